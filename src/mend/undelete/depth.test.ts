import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { undelete } from '../../api/undelete.ts'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { damages, zero } from '../../testing/damage.ts'
import { TestDatabase } from '../../testing/database.ts'
import { databaseOf, multiplied } from '../../testing/multiplied.ts'
import { tempDir } from '../../testing/temp.ts'
import { lookDeep } from './depth.ts'

beforeEach(() => void vi.stubEnv('XDG_CACHE_HOME', tempDir()))
afterEach(() => vi.unstubAllEnvs())

function deep(path: string) {
  const catalog = openCatalog({ roots: [path] })
  try {
    return lookDeep(catalog)
  } finally {
    catalog.close()
  }
}

/** How many rows there are, of which a session counts for a table that has none of it. */
function rowsIn(path: string) {
  const db = new DatabaseSync(path, { readOnly: true })
  const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  const [sessions, messages, parts] = [count('session'), count('message'), count('part')]
  db.close()
  return { sessions, wholeSessions: sessions, messages, wholeMessages: messages, parts }
}

const nothing = { sessions: 0, wholeSessions: 0, messages: 0, wholeMessages: 0, parts: 0 }

test('a sound database gives what it has, and nothing was deleted', () => {
  const path = databaseOf('1.18.33')
  expect(deep(path)).toEqual([{ path, damaged: 'no', live: rowsIn(path), freed: nothing }])
})

test('of a damaged one it is said what is left, and what of it is whole', () => {
  const path = multiplied('1.18.33', 10)
  const all = rowsIn(path)
  const cut = join(tempDir(), 'opencode.db')
  copyFileSync(path, cut)
  damages['the page of the schema']!(path)
  expect(deep(path)).toEqual([{ path, damaged: 'yes', live: all, freed: nothing }])
  damages['the last third, cut off']!(cut)
  const [{ damaged, live }] = deep(cut) as [ReturnType<typeof deep>[number]]
  expect(damaged).toBe('yes')
  expect(live.parts).toBeLessThan(all.parts)
  expect(live.wholeSessions).toBeLessThan(live.sessions)
  expect(live.wholeSessions).toBeGreaterThan(0)
})

test('one that only a look at all pages shows to be damaged is read from its pages from then on, where that gives more', () => {
  const path = multiplied('1.18.33', 4)
  const db = new DatabaseSync(path)
  // Small pages make a tree of three levels of few rows.
  db.exec('PRAGMA page_size = 512; VACUUM')
  const inner = db
    .prepare("SELECT pageno FROM dbstat WHERE name = 'part' AND pagetype = 'internal' AND path <> '/' ORDER BY path")
    .all()
  db.close()
  const all = rowsIn(path)
  expect(inner.length).toBeGreaterThan(2)
  // Neither on the way to the first nor to the last row.
  const page = Number(inner[1]?.pageno)
  zero(path, (page - 1) * 512, page * 512)
  const before = openCatalog({ roots: [path] })
  expect(before.stores[0]?.store.salvaged).toBeUndefined()
  before.close()
  expect(deep(path)).toEqual([{ path, damaged: 'more from now on', live: all, freed: nothing }])
  const after = openCatalog({ roots: [path] })
  expect(after.stores[0]?.store.salvaged).toBeDefined()
  after.close()
})

test('sessions of a damaged database come into a sound one by undelete, whole where nothing is missing', async () => {
  const path = databaseOf('1.18.33')
  damages['the page of the schema']!(path)
  const fresh = new TestDatabase('1.18.33').done()
  const found = await undelete({ root: fresh, archives: [path] })
  try {
    const roots = found.sessions.filter(({ session }) => session.parentID === null)
    expect(found.sessions.map(({ whole }) => whole)).toEqual(found.sessions.map(() => true))
    await found.bringBack(roots, { dryRun: false, undo: tempDir() })
  } finally {
    found.close()
  }
  expect(rowsIn(fresh)).toEqual(rowsIn(databaseOf('1.18.33')))
})

test('what was deleted from a damaged database is found in its pages, too', async () => {
  const path = multiplied('1.18.33', 20)
  const db = new DatabaseSync(path)
  const [{ id }] = db.prepare("SELECT id FROM session WHERE parent_id IS NULL AND id LIKE '%0015'").all() as [{ id: string }]
  db.exec('PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF')
  db.prepare('DELETE FROM session WHERE id = ?').run(id)
  db.close()
  damages['the page above all sessions']!(path)
  const [depth] = deep(path)
  expect(depth?.freed).toMatchObject({ sessions: 1 })
})
