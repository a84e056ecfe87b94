import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { search } from '../search.ts'

/** What a search with a freshly opened catalog finds, and what it says could not be read. */
async function searched(root: string, word: string, indexes: string) {
  const catalog = openCatalog({ roots: [root] })
  try {
    const found: string[] = []
    for await (const { hits } of search(catalog, word, { indexes })) found.push(...hits.map(({ sessionID }) => sessionID))
    return { found: [...new Set(found)].sort(), problems: catalog.problems().map(({ reason }) => reason) }
  } finally {
    catalog.close()
  }
}

/** Makes a file look as if nobody had written to it for a while, so that its time can be trusted. */
const age = (path: string) => utimesSync(path, new Date(), new Date(Date.now() - 60_000))

/** A database of sessions with so many damaged pages in the middle of its parts that some of them are lost. */
function damaged(sessions: number): string {
  const db = new TestDatabase()
  db.db.exec('BEGIN')
  for (let n = 0; n < sessions; n++) {
    db.session({ id: `ses_${n}`, time_updated: n + 1 }).message(`ses_${n}`, `msg_${n}`, { role: 'user' })
    db.part(`ses_${n}`, `msg_${n}`, `prt_${n}`, { type: 'text', text: `filler word${n} ${'text '.repeat(250)}` })
  }
  db.db.exec('COMMIT')
  const { page } = db.db
    .prepare("SELECT pageno AS page FROM dbstat WHERE name = 'part' AND pagetype = 'leaf' LIMIT 1 OFFSET 5")
    .get() as { page: number }
  const path = db.done()
  const bytes = readFileSync(path)
  bytes.fill(0xab, (page - 1) * 4096, page * 4096)
  writeFileSync(path, bytes)
  age(path)
  return path
}

test.each([60, 400])('what could not be read of %d sessions is named by every search, also from the index', async (sessions) => {
  const path = damaged(sessions)
  const indexes = tempDir()
  const first = await searched(path, 'filler', indexes)
  expect(first.found.length).toBeGreaterThan(sessions / 2)
  expect(first.found.length).toBeLessThan(sessions)
  expect(first.problems).toEqual(expect.arrayContaining([expect.stringContaining('malformed')]))
  for (let again = 0; again < 2; again++) {
    const next = await searched(path, 'filler', indexes)
    expect(next.found).toEqual(first.found)
    expect(next.problems.sort()).toEqual(first.problems.sort())
  }
})

test('what was mended is read again, and no longer named', async () => {
  const db = new TestDatabase().session({ id: 'ses_1' }).message('ses_1', 'msg_1', { role: 'user' })
  const path = db.part('ses_1', 'msg_1', 'prt_1', '{"type":"text","text":"cut o').session({ id: 'ses_2', title: 'other' }).done()
  const indexes = tempDir()
  age(path)
  for (let again = 0; again < 2; again++)
    expect(await searched(path, 'other', indexes)).toEqual({
      found: ['ses_2'],
      problems: ['message msg_1: part prt_1 is not a JSON object'],
    })
  const mend = new DatabaseSync(path)
  mend.exec(`UPDATE part SET data = '{"type":"text","text":"cut off no more"}'`)
  mend.close()
  expect(await searched(path, 'more', indexes)).toEqual({ found: ['ses_1'], problems: [] })
})

test('so it is with files: one that is cut off is named until it is whole again or gone', async () => {
  const data = copyStore('1.1.65')
  const indexes = tempDir()
  const before = await searched(data, 'token', indexes)
  expect(before.problems).toEqual([])
  const catalog = openCatalog({ roots: [data] })
  const [message] = [...catalog.messages(before.found[0]!)]
  catalog.close()
  const path = join(data, 'storage/part', message!.id, `${message!.parts[0]!.id}.json`)
  const whole = readFileSync(path)
  writeFileSync(path, whole.subarray(0, 20))
  for (let again = 0; again < 3; again++)
    expect((await searched(data, 'token', indexes)).problems).toEqual([expect.stringContaining('damaged or cut off')])
  writeFileSync(path, whole)
  expect(await searched(data, 'token', indexes)).toEqual(before)
  rmSync(path)
  expect((await searched(data, 'token', indexes)).problems).toEqual([])
})

test('a message of many parts is written in portions, and found as one', async () => {
  const db = new TestDatabase().session({ id: 'ses_1' }).message('ses_1', 'msg_1', { role: 'user' })
  const text = `common ${'text '.repeat(100_000)}`
  for (let n = 0; n < 6; n++) db.part('ses_1', 'msg_1', `prt_${n}`, { type: 'text', text: `${text} last${n}` })
  const path = db.done()
  const catalog = openCatalog({ roots: [path] })
  const indexes = tempDir()
  for (const query of ['last0 last5', 'last4']) {
    const results: Record<string, unknown[]> = { indexed: [], read: [] }
    for await (const result of search(catalog, query, { indexes, now: 0 })) results.indexed!.push(result)
    for await (const result of search(catalog, query, { now: 0 })) results.read!.push(result)
    expect(results.indexed).toEqual(results.read)
    expect(results.indexed).toHaveLength(1)
  }
  catalog.close()
})
