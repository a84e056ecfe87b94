import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { databaseBytes, fileURI, removeDatabase } from './database-files.ts'
import { isBusy, isCorruption, sqliteCode, sqliteCodes } from './errors.ts'
import { openConnection } from './open.ts'
import type { Connection } from './port.ts'

/** What every engine behind the port must do: a second one is tried with the same. */
function open(path = join(tempDir(), 'a.db'), options?: Parameters<typeof openConnection>[1]): Connection & { path: string } {
  const db = openConnection(path, options)
  onTestFinished(() => db.close())
  return Object.assign(db, { path })
}

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const table = 'CREATE TABLE t (id INTEGER PRIMARY KEY, v)'

describe('values', () => {
  test.each([
    ['null', null],
    ['text', 'é\n日本'],
    ['empty text', ''],
    ['an integer', 42],
    ['a fraction', 0.5],
    ['bytes', Uint8Array.of(0, 1, 255)],
    ['an integer beyond 2^53', 2n ** 62n],
  ])('%s comes out as it went in', (_name, value) => {
    const db = open()
    db.exec(table)
    expect(db.prepared('INSERT INTO t (v) VALUES (?)').run(value)).toBe(1)
    expect(db.prepared('SELECT v FROM t').get()).toEqual({ v: value })
    expect(db.prepared('SELECT v FROM t').all()).toEqual([{ v: value }])
  })

  test('large integers make none of the others large, and are forgotten by the next run', () => {
    const db = open()
    const statement = db.prepared('SELECT ? AS a, 7 AS b, 9007199254740993 AS c WHERE 1')
    expect(statement.all(1)).toEqual([{ a: 1, b: 7, c: 9007199254740993n }])
    expect(statement.get(2)).toEqual({ a: 2, b: 7, c: 9007199254740993n })
    expect(db.prepared('SELECT 7 AS b').get()).toEqual({ b: 7 })
  })

  test('of an exact statement every integer is a bigint', () => {
    const rows = open().prepareExact("SELECT 1 AS a, 9007199254740993 AS b, 0.5 AS c, 'x' AS d").iterate()
    expect([...rows]).toEqual([{ a: 1n, b: 9007199254740993n, c: 0.5, d: 'x' }])
  })
})

describe('statements', () => {
  test('say how many rows they changed, and whether there is none', () => {
    const db = open()
    db.exec(`${table}; INSERT INTO t (v) VALUES (1), (2), (3)`)
    expect(db.prepared('UPDATE t SET v = 0 WHERE v > ?').run(1)).toBe(2)
    expect(db.prepared('SELECT v FROM t WHERE v = ?').get(9)).toBeUndefined()
    expect(db.prepared('SELECT v FROM t WHERE v = ?').all(9)).toEqual([])
  })

  test('are kept: the same for the same text', () => {
    const db = open()
    expect(db.prepared('SELECT 1')).toBe(db.prepared('SELECT 1'))
    expect(db.prepared('SELECT 1')).not.toBe(db.prepared('SELECT 2'))
  })

  test('give rows one by one, and hold no lock when one stops early', () => {
    const db = open()
    db.exec(`${table}; INSERT INTO t (v) VALUES (1), (2), (3)`)
    for (const { v } of db.prepared('SELECT v FROM t ORDER BY v').iterate()) if (v === 2) break
    db.exec('DROP TABLE t')
    expect(db.prepared("SELECT count(*) AS n FROM sqlite_master WHERE name = 't'").get()).toEqual({ n: 0 })
  })

  test('call functions that are defined, with integers as they are', () => {
    const db = open()
    db.define('joined', (...values) => values.map((value) => `${typeof value}:${value}`).join(' '))
    expect(db.prepared("SELECT joined(1, 'x', NULL, 9007199254740993) AS j").get()).toEqual({
      j: 'bigint:1 string:x object:null bigint:9007199254740993',
    })
  })
})

describe('a connection', () => {
  test('knows whether it is in a transaction, and whether it is open', () => {
    const db = open()
    expect([db.isOpen, db.isInTransaction]).toEqual([true, false])
    db.exec('BEGIN')
    expect(db.isInTransaction).toBe(true)
    db.close()
    db.close()
    expect(db.isOpen).toBe(false)
  })

  test('that only reads makes no file, and writes none', () => {
    const path = join(tempDir(), 'none.db')
    expect(sqliteCode(thrownBy(() => openConnection(path, { readOnly: true })))).toBe(sqliteCodes.cannotOpen)
    expect(existsSync(path)).toBe(false)
    const { path: there } = open()
    openConnection(there).exec(table)
    const reader = open(there, { readOnly: true })
    expect(sqliteCode(thrownBy(() => reader.exec('INSERT INTO t (v) VALUES (1)')))).toBe(sqliteCodes.readOnly)
  })

  test('looks after foreign keys where that is asked for', () => {
    const schema = 'CREATE TABLE a (id PRIMARY KEY); CREATE TABLE b (a REFERENCES a (id)); INSERT INTO b VALUES (1)'
    expect(() => open().exec(schema)).not.toThrow()
    const error = thrownBy(() => open(undefined, { foreignKeys: true }).exec(schema))
    expect(sqliteCode(error)).toBe(sqliteCodes.constraint)
  })

  test('waits for a lock as long as it is told, and no longer', () => {
    const writer = open()
    writer.exec(`${table}; BEGIN EXCLUSIVE`)
    const begin = performance.now()
    const error = thrownBy(() => open(writer.path, { timeoutMs: 300 }).exec('BEGIN IMMEDIATE'))
    expect(isBusy(error)).toBe(true)
    expect(performance.now() - begin).toBeGreaterThan(250)
    writer.exec('COMMIT')
    expect(() => open(writer.path).exec('BEGIN IMMEDIATE')).not.toThrow()
  })

  test('to what is no database says so', () => {
    const path = join(tempDir(), 'a.db')
    writeFileSync(path, 'no database, but long enough to be asked about'.repeat(30))
    const error = thrownBy(() => open(path).exec(table))
    expect([isCorruption(error), isBusy(error)]).toEqual([true, false])
    expect(sqliteCode(new Error('another'))).toBeUndefined()
    expect(sqliteCode(undefined)).toBeUndefined()
  })
})

describe('the files of a database', () => {
  test('are counted and removed together', () => {
    const path = join(tempDir(), 'a.db')
    const db = open(path)
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${table}; INSERT INTO t (v) VALUES (randomblob(100000))`)
    const both = databaseBytes(path)
    expect(both).toBeGreaterThan(100_000)
    db.close()
    writeFileSync(`${path}-journal`, 'x')
    removeDatabase(path)
    for (const suffix of ['', '-wal', '-shm', '-journal']) expect(existsSync(path + suffix)).toBe(false)
    expect(databaseBytes(path)).toBe(0)
  })

  test.each(['a b.db', 'a?b#c%41&d=e.db', 'é日本.db'])('%s is opened by its URI', (name) => {
    const path = join(tempDir(), name)
    open(`${fileURI(path)}?mode=rwc`).exec(table)
    expect(existsSync(path)).toBe(true)
  })
})
