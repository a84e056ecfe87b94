import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { TestDatabase } from '../../testing/database.ts'
import { tempDir } from '../../testing/temp.ts'
import { times } from '../../testing/thorough.ts'
import { openCatalog } from '../catalog/catalog.ts'

/** As many sessions as are worth remembering something of; the newest has the largest number. */
const many = 2000
const idOf = (number: number) => `ses_${String(number).padStart(6, '0')}`

function largeDatabase(): TestDatabase {
  const made = new TestDatabase()
  made.db.exec('BEGIN')
  for (let number = 0; number < many; number++) made.session({ id: idOf(number) }).message(idOf(number), `msg_${number}`, {})
  made.db.exec('COMMIT')
  return made
}

/** What a list is made of, with a cache in a folder: sessions that are roots, and which of them have no row or no parent. */
function looked(path: string, cache: string): string[] {
  vi.stubEnv('XDG_CACHE_HOME', cache)
  const catalog = openCatalog({ roots: [path] })
  try {
    const roots = Array.from(catalog.sessions({ roots: true }), ({ id, remains, detached }) => [id, remains, detached].join(' '))
    const unlinked = catalog.stores.flatMap(({ store }) =>
      Array.from(store.sessions({ unlinked: true }), ({ id }) => `unlinked ${id}`),
    )
    return [...roots, ...unlinked].sort()
  } finally {
    catalog.close()
    vi.unstubAllEnvs()
  }
}

let settled = 1_700_000_000
function settle(path: string): void {
  settled++
  for (const end of ['', '-wal', '-shm']) if (existsSync(path + end)) utimesSync(path + end, settled, settled)
}

const rowsKept = (cache: string) => readdirSync(join(cache, 'ocvault', 'rows'))

test('what is known of a large database is kept, and what changes in it is found all the same', () => {
  const cache = tempDir()
  const made = largeDatabase()
  expect(looked(made.path, cache)).toHaveLength(many)
  expect(rowsKept(cache)).toHaveLength(1)
  let next = many
  const steps: Record<string, () => void> = {
    'a session': () => made.session({ id: idOf(next++) }),
    'a message without a session': () => made.message(`ses_gone${next}`, `msg_${next++}`, {}),
    'a subagent of a root': () => made.session({ id: idOf(next++), parent_id: idOf(5) }),
    'a subagent that names no parent': () => made.session({ id: idOf(next++), title: 'look (@plan subagent)' }),
    'a subagent without a parent': () => made.session({ id: idOf(next++), parent_id: `ses_nowhere${next}` }),
    'a session is deleted by hand': () => made.db.exec(`DELETE FROM session WHERE id = '${idOf((next * 7) % many)}'`),
    'the newest is deleted by hand, and another has its row id': () => {
      made.db.exec('DELETE FROM session WHERE rowid = (SELECT max(rowid) FROM session)')
      made.session({ id: idOf(next++) })
    },
    'messages are deleted': () => made.db.exec('DELETE FROM message WHERE rowid > (SELECT max(rowid) - 3 FROM message)'),
    'all is written anew': () => made.db.exec('VACUUM'),
  }
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (names, isQuiet) => {
        for (const name of names) steps[name]!()
        // What was written a while ago is known by the times of its files.
        if (isQuiet) settle(made.path)
        for (let again = 0; again < 2; again++) expect(looked(made.path, cache)).toEqual(looked(made.path, tempDir()))
      },
    ),
    { numRuns: times(6, 40) },
  )
  made.done()
})

test('nothing is kept of a small database, nor of one where a session has lost its row', () => {
  const cache = tempDir()
  const small = new TestDatabase().session({ id: idOf(1) }).done()
  expect(looked(small, cache)).toHaveLength(1)
  const made = largeDatabase()
  made.message('ses_gone', 'msg_gone', {})
  expect(looked(made.path, cache)).toHaveLength(many + 1)
  expect(() => rowsKept(cache)).toThrow('ENOENT')
  made.done()
})

test.each([
  ['nothing', ''],
  ['half of it', '{"version":1,"na'],
  ['another shape', '{"version":1,"name":7,"time":"x","tables":[],"nested":{"a":1}}'],
  ['a newer version', '{"version":2}'],
])('a cache that holds %s counts for nothing', (_label, content) => {
  const cache = tempDir()
  const made = largeDatabase()
  looked(made.path, cache)
  const [name] = rowsKept(cache)
  writeFileSync(join(cache, 'ocvault', 'rows', name!), content)
  made.message('ses_gone', 'msg_gone', {})
  expect(looked(made.path, cache)).toHaveLength(many + 1)
  made.done()
})

test('a cache that cannot be written costs nothing but time', () => {
  const cache = tempDir()
  mkdirSync(join(cache, 'ocvault'))
  writeFileSync(join(cache, 'ocvault', 'rows'), 'a file')
  const path = largeDatabase().done()
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(looked(path, cache)).toHaveLength(many)
})
