import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { OcvaultError, StoreChanged } from '../base/errors.ts'
import { TestDatabase } from '../testing/database.ts'
import { copyStore, tempDir } from '../testing/temp.ts'
import { Database } from './database.ts'

/** Names, bytes and times of everything beside a database. */
function stateOf(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const stat = statSync(path, { bigint: true })
      const hash = stat.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
      return `${name} ${stat.mtimeNs} ${hash}`
    })
}

/** Another process that writes to a database, and ends when it is told or killed. */
async function writer(path: string, script: string): Promise<ChildProcess> {
  const code = `const { DatabaseSync } = require('node:sqlite'); const db = new DatabaseSync(${JSON.stringify(path)});
    db.exec('PRAGMA journal_mode=WAL; PRAGMA busy_timeout=5000'); ${script}; console.log('ready'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--no-warnings', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await once(child.stdout!, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'close')
}

/** A database whose last change is only in its log, because the writer was killed. */
async function crashed(): Promise<string> {
  const path = join(copyStore('1.18.33'), 'opencode.db')
  await kill(
    await writer(path, "db.exec('PRAGMA wal_autocheckpoint=0'); db.exec(\"UPDATE session SET title = 'only in the log'\")"),
  )
  return path
}

const titles = (path: string) => {
  const db = new Database(path)
  const rows = db.all('SELECT DISTINCT title FROM session').map((row) => row.title)
  db.close()
  return rows
}

describe('reading changes nothing', () => {
  test('beside a database that nobody has open', () => {
    const path = join(copyStore('1.18.33'), 'opencode.db')
    const before = stateOf(dirname(path))
    expect(titles(path)).toContain('Outside any repository')
    expect(stateOf(dirname(path))).toEqual(before)
  })

  test('after a crash, and sees what is only in the log', async () => {
    const path = await crashed()
    const before = stateOf(dirname(path))
    expect(before.map((line) => line.split(' ')[0])).toEqual(['opencode.db', 'opencode.db-shm', 'opencode.db-wal', 'storage'])
    expect(titles(path)).toEqual(['only in the log'])
    expect(stateOf(dirname(path))).toEqual(before)
  })

  test('after a crash and a copy without the shared memory', async () => {
    const path = await crashed()
    rmSync(`${path}-shm`)
    const before = stateOf(dirname(path))
    expect(titles(path)).toEqual(['only in the log'])
    expect(stateOf(dirname(path))).toEqual(before)
  })

  test('with an empty log, as a reader leaves it', () => {
    const path = join(copyStore('1.18.33'), 'opencode.db')
    writeFileSync(`${path}-wal`, '')
    const before = stateOf(dirname(path))
    expect(titles(path)).toContain('Outside any repository')
    expect(stateOf(dirname(path))).toEqual(before)
  })

  test('where the path has characters that mean something in a URI', () => {
    const folder = join(tempDir(), 'a b?c#d%41&é')
    mkdirSync(folder)
    const path = join(folder, 'opencode.db')
    copyFileSync(join(copyStore('1.18.33'), 'opencode.db'), path)
    expect(titles(path)).toContain('Outside any repository')
  })
})

describe('beside a running writer', () => {
  test('every read succeeds, and sees a whole and newer state', async () => {
    const path = join(tempDir(), 'opencode.db')
    const child = await writer(
      path,
      `db.exec('CREATE TABLE a(n); CREATE TABLE b(n); INSERT INTO a VALUES(0); INSERT INTO b VALUES(0); PRAGMA wal_autocheckpoint=20');
       let n = 0; setInterval(() => { for (let i = 0; i < 20; i++) db.exec('BEGIN; UPDATE a SET n = ' + ++n + '; UPDATE b SET n = ' + n + '; COMMIT') }, 20)`,
    )
    const db = new Database(path)
    let last = 0
    for (let reads = 0; last <= 100 || reads <= 100; reads++) {
      const row = db.get('SELECT a.n AS a, b.n AS b FROM a, b')!
      expect(row.a).toBe(row.b)
      expect(Number(row.a)).toBeGreaterThanOrEqual(last)
      last = Number(row.a)
    }
    await kill(child)
    expect(Number(db.get('SELECT n FROM a')!.n)).toBeGreaterThanOrEqual(last)
  })

  test('a writer that comes later is noticed', async () => {
    const path = join(copyStore('1.18.33'), 'opencode.db')
    const db = new Database(path)
    expect(db.get('SELECT count(*) AS n FROM session')!.n).toBe(9)
    const child = await writer(path, "db.exec('DELETE FROM session')")
    expect(db.get('SELECT count(*) AS n FROM session')!.n).toBe(0)
    await kill(child)
  })
})

describe('what is no database', () => {
  test.each([
    ['text', 'not a database, whatever its name says, and longer than a header'.repeat(20)],
    ['a cut header', 'SQLite format 3\0'],
  ])('%s is refused in one line', (_label, content) => {
    const path = join(tempDir(), 'opencode.db')
    writeFileSync(path, content)
    let error: unknown
    try {
      new Database(path)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(OcvaultError)
    expect((error as OcvaultError).message).toContain(path)
    expect((error as OcvaultError).message).not.toContain('\n')
  })

  test('a missing file is not found, and not made', () => {
    const path = join(tempDir(), 'opencode.db')
    expect(() => new Database(path)).toThrow(`no such database: ${path}`)
    expect(readdirSync(dirname(path))).toEqual([])
  })
})

describe('one state for many statements', () => {
  const titles = (db: Database) => db.all('SELECT title FROM session ORDER BY id').map(({ title }) => title)

  test('beside a writer with a log: what it commits is seen when the state is let go', () => {
    const path = new TestDatabase().session({ id: 'ses_1', title: 'before' }).done()
    const writer = new DatabaseSync(path)
    writer.exec("PRAGMA journal_mode = WAL; UPDATE session SET title = 'log'")
    const db = new Database(path)
    const release = db.hold()
    const inner = db.hold()
    expect(titles(db)).toEqual(['log'])
    writer.exec(
      "UPDATE session SET title = 'after'; INSERT INTO todo VALUES ('ses_1', 'c', 's', 'p', 1, 1, 1); PRAGMA wal_checkpoint",
    )
    expect(titles(db)).toEqual(['log'])
    inner()
    inner()
    expect(titles(db)).toEqual(['log'])
    release()
    expect(titles(db)).toEqual(['after'])
    db.close()
    writer.close()
  })

  test('without a log: a change of the file is told in the end', () => {
    const path = new TestDatabase().session({ id: 'ses_1', title: 'before' }).done()
    const db = new Database(path)
    const release = db.hold()
    expect(titles(db)).toEqual(['before'])
    const writer = new DatabaseSync(path)
    writer.exec("UPDATE session SET title = 'after'")
    writer.close()
    expect(release).toThrow(StoreChanged)
    expect(titles(db)).toEqual(['after'])
    db.close()
  })
})

test('a log that a writer begins beside a file that is held changes nothing', () => {
  const path = new TestDatabase().session({ id: 'ses_1', title: 'before' }).done()
  const setUp = new DatabaseSync(path)
  setUp.exec('PRAGMA journal_mode = WAL')
  setUp.close()
  const db = new Database(path)
  const release = db.hold()
  const writer = new DatabaseSync(path)
  writer.exec("PRAGMA wal_autocheckpoint = 0; UPDATE session SET title = 'after'")
  expect(db.get('SELECT title FROM session')).toEqual({ title: 'before' })
  expect(release).not.toThrow()
  expect(db.get('SELECT title FROM session')).toEqual({ title: 'after' })
  writer.close()
  db.close()
})

test.skipIf(process.platform === 'win32')('a database, or a log beside it, that may not be read is named so', () => {
  const nobody = 65534
  for (const end of ['', '-wal']) {
    const path = new TestDatabase().done()
    writeFileSync(`${path}-wal`, 'x'.repeat(32))
    chmodSync(path + end, 0)
    const isRoot = process.getuid?.() === 0
    if (isRoot) chownSync(dirname(path), nobody, nobody)
    // Nothing is forbidden to root.
    if (isRoot) process.seteuid?.(nobody)
    try {
      expect(() => new Database(path)).toThrow(`cannot read ${path}: no permission (EACCES`)
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  }
})
