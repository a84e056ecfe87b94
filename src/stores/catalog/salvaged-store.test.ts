import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { damages, zero } from '../../testing/damage.ts'
import { databaseOf, multiplied } from '../../testing/multiplied.ts'
import { tempDir } from '../../testing/temp.ts'
import { type Catalog, openCatalog } from './catalog.ts'

beforeEach(() => void vi.stubEnv('XDG_CACHE_HOME', tempDir()))
afterEach(() => vi.unstubAllEnvs())

function opened(path: string): Catalog {
  const catalog = openCatalog({ roots: [path] })
  onTestFinished(() => catalog.close())
  return catalog
}

/** Everything that is told of each session. */
const told = (catalog: Catalog) =>
  new Map(
    [...catalog.sessions()].map(({ id }) => {
      const { info, messages } = catalog.stored(id)!
      return [id, JSON.stringify([info, [...messages]])]
    }),
  )

/** How many rows of a table are in the pages up to one. */
function rowsUpTo(path: string, table: string, page: number): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const sql = "SELECT coalesce(sum(ncell), 0) AS n FROM dbstat WHERE name = ? AND pagetype = 'leaf' AND pageno <= ?"
  const row = db.prepare(sql).get(table, Math.min(page, 2 ** 31))
  db.close()
  return Number(row?.n)
}

describe.each(Object.entries(damages))('a database of which %s is destroyed', (_name, damage) => {
  test('gives every session of which the page is left, as it was, and is left alone', () => {
    const path = multiplied('1.18.33', 40)
    const before = told(opened(path))
    const sound = tempCopy(path)
    const left = damage(path)
    const bytes = readFileSync(path)
    const catalog = opened(path)
    const after = [...catalog.sessions()]
    expect(after.filter(({ remains }) => remains === undefined)).toHaveLength(rowsUpTo(sound, 'session', left))
    expect(catalog.problems().map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^is (?:damaged|cut off: .*); shown is what its pages still hold: \d+ sessions, [\d,]+ messages$/),
    ])
    if (left === Number.POSITIVE_INFINITY) expect(told(catalog)).toEqual(before)
    expect(readFileSync(path).equals(bytes)).toBe(true)
  })
})

function tempCopy(path: string): string {
  const copy = join(tempDir(), 'sound.db')
  copyFileSync(path, copy)
  return copy
}

test.each(['1.2.1', '1.14.34', '1.18.33', '2.0-constructed', '2.0-preview', 'upgraded-1.1.65-1.2.1-1.18.33'])(
  'a database of %s without its header gives its sessions as they were',
  (release) => {
    const path = databaseOf(release)
    const before = told(opened(path))
    zero(path, 0, 4096)
    expect(told(opened(path))).toEqual(before)
  },
)

test('without any statement of its schema left, tables are known by the shapes of their rows', () => {
  for (const release of ['1.2.1', '1.18.33', '2.0-constructed', 'upgraded-1.1.65-1.2.1-1.18.33']) {
    const path = databaseOf(release)
    const before = told(opened(path))
    const bytes = readFileSync(path)
    for (let at = bytes.indexOf('CREATE TABLE'); at >= 0; at = bytes.indexOf('CREATE TABLE')) bytes.fill('x', at, at + 12)
    bytes.fill(0, 0, 4096)
    writeFileSync(path, bytes)
    expect(told(opened(path))).toEqual(before)
  }
})

test('what is only in the log is given, and what its last transaction did not end is not', () => {
  const source = multiplied('1.18.33', 2)
  const db = new DatabaseSync(source)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0')
  db.exec("UPDATE session SET title = 'only in the log'")
  const path = join(tempDir(), 'opencode.db')
  copyFileSync(source, path)
  copyFileSync(`${source}-wal`, `${path}-wal`)
  db.close()
  const log = readFileSync(`${path}-wal`)
  // The frame that ends a transaction says how large the database is then.
  zero(path, 0, 4096)
  expect(titles(opened(path))).toEqual(new Set(['only in the log']))
  log.writeUInt32BE(0, 32 + (Math.floor((log.length - 32) / 4120) - 1) * 4120 + 4)
  writeFileSync(`${path}-wal`, log)
  expect(titles(opened(path)).has('only in the log')).toBe(false)
})

const titles = (catalog: Catalog) => new Set(Array.from(catalog.sessions(), ({ title }) => title))

test('what was deleted stays deleted', () => {
  const path = multiplied('1.18.33', 40)
  const db = new DatabaseSync(path)
  db.exec("PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF; DELETE FROM session WHERE id LIKE '%0___'")
  db.close()
  const before = told(opened(path))
  damages['the page above all sessions']!(path)
  expect(told(opened(path))).toEqual(before)
})

test('which message is not whole is said', () => {
  const path = multiplied('1.18.33', 10)
  const db = new DatabaseSync(path, { readOnly: true })
  const [page] = db.prepare("SELECT pageno FROM dbstat WHERE name = 'part' AND pagetype = 'leaf' ORDER BY pageno DESC").all()
  const ids = db.prepare('SELECT id, message_id FROM part').all()
  db.close()
  zero(path, (Number(page?.pageno) - 1) * 4096, Number(page?.pageno) * 4096)
  damages['the page of the schema']!(path)
  const catalog = opened(path)
  const there = new Set<string>()
  for (const { id } of catalog.sessions())
    for (const { parts } of catalog.messages(id)) for (const part of parts) there.add(part.id)
  const lost = Map.groupBy(
    ids.filter(({ id }) => !there.has(String(id))),
    (row) => row.message_id,
  )
  expect(lost.size).toBeGreaterThan(1)
  const named = catalog.problems().flatMap(({ reason }) => /^message (\w+): (\d+|a) parts? of it/.exec(reason)?.slice(1) ?? [])
  const expected = [...lost].flatMap(([message, parts]) => [message, parts.length === 1 ? 'a' : String(parts.length)])
  expect(named.toSorted()).toEqual(expected.toSorted())
})

test('it is dug out once for each state of the file, and kept where its owner alone reads it', () => {
  const folder = join(tempDir(), 'cache')
  vi.stubEnv('XDG_CACHE_HOME', folder)
  const path = databaseOf('1.18.33')
  zero(path, 0, 4096)
  opened(path)
  const [name] = readdirSync(join(folder, 'ocvault/salvaged'))
  const kept = join(folder, 'ocvault/salvaged', name!)
  const { ino } = statSync(kept)
  if (process.platform !== 'win32') expect(statSync(kept).mode & 0o777).toBe(0o600)
  opened(path)
  expect(statSync(kept).ino).toBe(ino)
  zero(path, 4096, 8192)
  expect([...opened(path).sessions()].length).toBeGreaterThan(0)
  expect(statSync(kept).ino).not.toBe(ino)
  expect(readdirSync(join(folder, 'ocvault/salvaged'))).toEqual([name])
})

test('without a place for it, it is dug out anew, and nothing stays', () => {
  vi.stubEnv('XDG_CACHE_HOME', '/dev/null')
  const path = databaseOf('1.18.33')
  zero(path, 0, 4096)
  const catalog = openCatalog({ roots: [path] })
  const files = readdirSync(tmpdir()).filter((name) => name.startsWith('.ocvault-salvage'))
  expect([...catalog.sessions()].length).toBeGreaterThan(0)
  catalog.close()
  const own = files.filter((name) => name.includes(`-${process.pid}-`))
  expect(own).toHaveLength(1)
  expect(readdirSync(tmpdir())).not.toContain(own[0])
})

test('what never was a database is refused as before', () => {
  const path = join(tempDir(), 'opencode.db')
  writeFileSync(path, 'no database at all '.repeat(1000))
  expect(() => openCatalog({ roots: [path] })).toThrow(/not a SQLite database/)
})
