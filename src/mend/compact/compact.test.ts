import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hostileSchema, TestDatabase } from '../../testing/database.ts'
import { blockBytes, fillDisk, smallDisk } from '../../testing/small-disk.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { some } from '../../testing/thorough.ts'
import { listChanges } from '../../transfer/undo/changes.ts'
import { takeBack } from '../../transfer/undo/take-back.ts'
import { type CompactReport, compact, forgetKept } from './compact.ts'

const every = Number.MAX_SAFE_INTEGER

/** Every row of every table but events, with its number, as text. */
function rowsOf(path: string): string[] {
  const db = new DatabaseSync(path, { readOnly: true })
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'event' ORDER BY name").all()
  const rows = tables.flatMap(({ name }) => {
    const all = db.prepare(`SELECT rowid AS n, * FROM "${name}"`)
    all.setReadBigInts(true)
    return all
      .all()
      .map((row) => `${name} ${JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value))}`)
  })
  const schema = db
    .prepare('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL')
    .all()
    .map(({ sql }) => String(sql))
  db.close()
  return [...rows, ...schema].sort()
}

function query(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA foreign_keys = OFF')
  const rows = db.prepare(sql).all()
  db.close()
  return rows.map((row) => ({ ...row }))
}

const count = (path: string, what = 'event') => Number(query(path, `SELECT count(*) AS n FROM ${what}`)[0]!.n)

class Store {
  readonly path: string
  readonly undo: string

  constructor(path: string, undo = join(tempDir(), 'undo')) {
    this.path = path
    this.undo = undo
  }

  compact(options: Partial<Parameters<typeof compact>[1]> = {}): CompactReport {
    return compact(this.path, { eventsBefore: every, undo: this.undo, ...options })
  }

  takeBack(): unknown {
    const [change] = listChanges(this.undo, (path, reason) => expect.unreachable(`${path}: ${reason}`))
    return takeBack(change!)
  }

  files(): string[] {
    return readdirSync(dirname(this.path)).filter((name) => name !== 'storage')
  }
}

const real = (release = '1.18.33') => new Store(join(copyStore(release), 'opencode.db'))

test('events go, every other row and its number stay, and the database that was there is kept', () => {
  const store = real()
  const before = rowsOf(store.path)
  const bytes = readFileSync(store.path)
  const report = store.compact()
  expect(rowsOf(store.path)).toEqual(before)
  expect([count(store.path), count(store.path, 'event_sequence')]).toEqual([0, 9])
  expect(report).toMatchObject({ dryRun: false, notes: [], bytes: { before: bytes.length, after: statSync(store.path).size } })
  expect(report.sessions).toHaveLength(9)
  expect(report.bytes.after).toBeLessThan(bytes.length * 0.7)
  expect(count(report.kept!)).toBe(257)
  expect(query(store.path, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  expect(query(store.path, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
})

test('an undo puts the one before back, unless the new one was used since', () => {
  const store = real()
  store.compact()
  store.takeBack()
  expect(count(store.path)).toBe(257)
  expect(store.files()).toEqual(['opencode.db'])
  const { kept } = store.compact()
  query(store.path, "UPDATE session SET title = 'Went on' RETURNING id")
  expect(() => store.takeBack()).toThrow('since then this was changed')
  expect(forgetKept(store.path, store.undo).map(({ path }) => path)).toEqual([kept])
  expect(listChanges(store.undo, () => undefined)).toEqual([])
  expect(query(store.path, 'SELECT DISTINCT title FROM session')).toEqual([{ title: 'Went on' }])
})

test('again within the same second keeps both, and says nothing of events that are gone', () => {
  const store = real()
  const reports = [1, 2, 3].map(() => store.compact())
  expect(new Set(reports.map(({ kept }) => kept)).size).toBe(3)
  expect(reports.flatMap(({ notes }) => notes)).toEqual([])
  expect(count(store.path)).toBe(0)
})

test('what a stranger has written behind the statement of a table is not run', () => {
  const store = real()
  const intruder = hostileSchema(store.path, 'todo', 'COMMIT')
  expect(() => store.compact()).toThrow('is not as the original (the schema)')
  expect(existsSync(intruder)).toBe(false)
})

test('a dry run says less than is given back in the end, and changes nothing', () => {
  const store = real()
  const before = rowsOf(store.path)
  const dry = store.compact({ dryRun: true })
  expect(rowsOf(store.path)).toEqual(before)
  expect([count(store.path), dry.kept, dry.change]).toEqual([257, null, null])
  expect(existsSync(store.undo)).toBe(false)
  expect(store.compact().bytes.after).toBeLessThanOrEqual(dry.bytes.after)
})

test('a dry run writes nothing, beside somebody who has the database open, and says who', () => {
  const store = real()
  const open = new DatabaseSync(store.path)
  onTestFinished(() => open.close())
  open.exec("PRAGMA journal_mode = WAL; UPDATE session SET title = 'Just now'")
  const files = () => ['', '-wal'].map((end) => readFileSync(`${store.path}${end}`).toString('latin1'))
  const before = files()
  const { sessions, notes } = store.compact({ dryRun: true })
  expect(sessions.length).toBeGreaterThan(0)
  if (process.platform === 'linux') expect(notes).toEqual([])
  expect(files()).toEqual(before)
})

describe('events stay', () => {
  const told = (id: string) =>
    new TestDatabase()
      .insert('event_sequence', { aggregate_id: id, seq: 1 })
      .insert('event', { id: 'evt_1', aggregate_id: id, seq: 0, type: 'session.created.1', data: '{}' })
      .insert('event', {
        id: 'evt_2',
        aggregate_id: id,
        seq: 1,
        type: 'message.updated.1',
        data: JSON.stringify({ info: { id: 'msg_1' } }),
      })

  test.each<[string, (db: TestDatabase) => TestDatabase, number]>([
    ['of a session whose row is gone', (db) => db, 2],
    ['of a session whose messages are gone', (db) => db.session({ id: 'ses_a' }), 2],
    ['of a session that lost its first message', (db) => db.session({ id: 'ses_a' }).message('ses_a', 'msg_2', {}), 2],
    ['not of one that has all', (db) => db.session({ id: 'ses_a' }).message('ses_a', 'msg_1', {}), 0],
  ])('%s', (_, prepare, left) => {
    const store = new Store(prepare(told('ses_a')).done())
    const { notes } = store.compact()
    expect(count(store.path)).toBe(left)
    expect(notes).toHaveLength(left > 0 ? 1 : 0)
  })

  test('of sessions that were updated since, of all when none are to go, and in a database of 2.x', () => {
    const store = real()
    const [newest] = query(store.path, 'SELECT id, time_updated AS at FROM session ORDER BY time_updated DESC')
    store.compact({ eventsBefore: Number(newest!.at) })
    expect(query(store.path, 'SELECT DISTINCT aggregate_id AS id FROM event')).toEqual([{ id: newest!.id }])
    const whole = real()
    whole.compact({ eventsBefore: null })
    expect(count(whole.path)).toBe(257)
    const second = real('2.0-constructed')
    const before = rowsOf(second.path)
    expect(second.compact().notes).toEqual(['events stay: OpenCode 2.x reads them; free pages are given back all the same'])
    expect(rowsOf(second.path)).toEqual(before)
  })
})

test('free pages are given back, whatever is in the tables: text with a NUL, large numbers, tables without row numbers', () => {
  const db = new TestDatabase()
  db.db.exec(`CREATE TABLE odd (id INTEGER PRIMARY KEY AUTOINCREMENT, "a b" TEXT, n REAL, made AS (n * 2)); CREATE INDEX odd_n ON odd (n) WHERE n > 1;
    CREATE TABLE keyed (k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE VIEW seen AS SELECT * FROM odd;
    CREATE TRIGGER told AFTER DELETE ON odd BEGIN INSERT INTO keyed VALUES (old.id, 'gone'); END;
    INSERT INTO odd (id, "a b", n) VALUES (7, CAST(x'610062ff' AS TEXT), 1e300), (9, NULL, -0.0); INSERT INTO keyed VALUES ('k', 9007199254740993);
    CREATE TABLE big (v); INSERT INTO big VALUES (zeroblob(3000000)); DELETE FROM big; PRAGMA user_version = 5`)
  const store = new Store(db.done())
  const rows = () => [
    query(store.path, 'SELECT id, hex("a b") AS a, n, made FROM odd'),
    query(store.path, 'SELECT k, CAST(v AS TEXT) AS v FROM keyed'),
    query(store.path, 'SELECT name, seq FROM sqlite_sequence'),
    query(store.path, 'PRAGMA user_version'),
  ]
  const before = rows()
  const { bytes } = store.compact()
  expect(rows()).toEqual(before)
  expect(bytes.before - bytes.after).toBeGreaterThan(2_900_000)
})

describe('a database that somebody has open', () => {
  /** Another process that does something with the database, and stays. */
  async function holder(path: string, script: string): Promise<ChildProcess> {
    const code = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(${JSON.stringify(path)});
      ${script}; console.log('ready'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--no-warnings', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout!, 'data')
    return child
  }

  test.each([
    ['and reads nothing', "db.exec('PRAGMA journal_mode = WAL'); db.prepare('SELECT 1 FROM session').get()"],
    ['and reads', "db.exec('PRAGMA journal_mode = WAL; BEGIN'); db.prepare('SELECT 1 FROM session').get()"],
    ['and writes', "db.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE')"],
    ['without a log, and reads', "db.exec('PRAGMA journal_mode = DELETE; BEGIN'); db.prepare('SELECT 1 FROM session').get()"],
  ])('%s is refused, and told who', async (_label, script) => {
    const store = real()
    const { pid } = await holder(store.path, script)
    const who = existsSync('/proc/self/fd') ? `node (process ${pid}) has` : 'another program has'
    expect(() => store.compact()).toThrow(`${who} ${store.path} open: end it first`)
    expect(count(store.path)).toBe(257)
    expect(store.files().filter((name) => /tmp|before/.test(name))).toEqual([])
  })

  test('meanwhile, and waits for it, gets its own database back: nothing is swapped', async () => {
    const store = real()
    let waiting: ChildProcess | undefined
    const onStep = (what: string) => {
      if (waiting || !what.startsWith('comparing')) return
      const script = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(${JSON.stringify(store.path)}, { timeout: 60000 });
        db.exec("UPDATE session SET title = 'Written meanwhile'"); db.close()`
      waiting = spawn(process.execPath, ['--no-warnings', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
      // Until it has the file open, and waits for the lock.
      for (let tries = 0; tries < 2000 && !holds(waiting!.pid!, store.path); tries++) pause(10)
    }
    if (!existsSync('/proc/self/fd')) return
    expect(() => store.compact({ onStep })).toThrow('node (process ')
    await once(waiting!, 'close')
    expect(query(store.path, 'SELECT DISTINCT title FROM session')).toEqual([{ title: 'Written meanwhile' }])
    expect(count(store.path)).toBe(257)
    expect(store.files().filter((name) => /tmp|before/.test(name))).toEqual([])
  })
})

const pause = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

function holds(pid: number, path: string): boolean {
  const { ino } = statSync(path)
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    try {
      return statSync(`/proc/${pid}/fd/${fd}`).ino === ino
    } catch {
      return false
    }
  })
}

test('what is not there, and a table of another program, are refused', () => {
  expect(() => new Store(join(tempDir(), 'opencode.db')).compact()).toThrow('no such database')
  const db = new TestDatabase()
  db.db.exec('CREATE VIRTUAL TABLE words USING fts5 (text)')
  const store = new Store(db.done())
  expect(() => store.compact()).toThrow('has a table that OpenCode does not make: words')
  expect(store.files()).toEqual(['opencode.db'])
})

describe('a full disk', () => {
  test('is seen before anything is written', ({ skip }) => {
    const disk = smallDisk(8_000_000)
    if (disk === undefined) return skip()
    const path = join(disk, 'opencode.db')
    copyFileSync(real().path, path)
    const store = new Store(path)
    expect(() => store.compact()).toThrow(/^the copy takes about \d+ kB, and the disk has 7\.\d MB free$/)
    expect([store.files(), count(path)]).toEqual([['opencode.db'], 257])
  })

  test('at whatever step it becomes full, and after however many bytes, leaves the old database or the new one', ({ skip }) => {
    const disk = smallDisk(20_000_000)
    if (disk === undefined) return skip()
    const path = join(disk, 'opencode.db')
    const source = real().path
    const steps: string[] = []
    copyFileSync(source, path)
    const before = rowsOf(path)
    const { bytes } = new Store(path).compact({ onStep: (what) => steps.push(what) })
    const writing = steps.filter((what) => /^(writing|comparing)/.test(what))
    expect(writing.length).toBeGreaterThan(20)
    const blocks = Array.from({ length: Math.ceil(bytes.after / blockBytes) }, (_item, at) => at)
    const cases: (readonly [step: string, free: number])[] = [
      ...some(writing, 4).map((step) => [step, 0] as const),
      ...some(blocks, 6).map((free) => [writing[0]!, free] as const),
    ]
    const seen = new Set<boolean>()
    for (const [at, free] of cases) {
      const when = `${at}, ${free} blocks free`
      for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true })
      copyFileSync(source, path)
      const store = new Store(path, join(disk, 'undo'))
      const filler = join(disk, 'filler')
      let error: unknown
      let isFull = false
      try {
        store.compact({
          onStep: (what) => {
            if (what === at && !isFull) fillDisk(filler, free)
            isFull ||= what === at
          },
        })
      } catch (thrown) {
        error = thrown
      }
      rmSync(filler)
      seen.add(error === undefined)
      // Small tables may still fit into what the copy has already.
      if (error) expect(String(error), when).toMatch(/no space is left|disk fails, or is full|ENOSPC/)
      expect([rowsOf(path), count(path)], when).toEqual([before, error ? 257 : 0])
      expect(
        store.files().filter((name) => /tmp|-journal/.test(name)),
        when,
      ).toEqual([])
      if (error)
        expect(
          listChanges(store.undo, () => undefined),
          when,
        ).toEqual([])
    }
    expect(seen.has(false)).toBe(true)
  })
})
