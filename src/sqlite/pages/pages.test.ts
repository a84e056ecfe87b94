import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tempDir } from '../../testing/temp.ts'
import { times } from '../../testing/thorough.ts'
import { freePages } from './freelist.ts'
import { PageImages } from './images.ts'
import { PageFile } from './page-file.ts'
import { TextBytes } from './record.ts'
import { type FoundRow, rowsIn } from './rows-in-page.ts'
import type { RowShape } from './shape.ts'

const shape: RowShape = {
  table: 'part',
  columns: [
    { name: 'id', type: 'text', required: true, begins: 'prt_' },
    { name: 'message_id', type: 'text', required: true, begins: 'msg_' },
    { name: 'number', type: 'integer', required: false },
    { name: 'data', type: 'text', required: true },
  ],
  fewest: 4,
}

interface Values {
  readonly id: string
  readonly number: number | null
  readonly data: string
}

const idOf = (index: number) => `prt_${index.toString(16).padStart(12, '0')}AbCdEfGhIjKlMn`
const messageID = `msg_${'0'.repeat(12)}AbCdEfGhIjKlMn`

/** A database with such rows, closed; in WAL mode its log stays. */
function databaseOf(rows: readonly Values[], after: (db: DatabaseSync) => void = () => undefined, pageBytes = 4096): string {
  const path = join(tempDir(), 'a.db')
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA synchronous = OFF; PRAGMA secure_delete = OFF`)
  db.exec('CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, number integer, data text NOT NULL)')
  const insert = db.prepare('INSERT INTO part VALUES (?, ?, ?, ?)')
  db.exec('BEGIN')
  for (const { id, number, data } of rows) insert.run(id, messageID, number, data)
  db.exec('COMMIT')
  after(db)
  const copy = join(tempDir(), 'b.db')
  copyFileSync(path, copy)
  if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
  db.close()
  return copy
}

interface Read {
  readonly inCell: boolean
  readonly rowid: number | null
  readonly id: string
  /** Undefined where its overflow pages are gone. */
  readonly values: Values | undefined
}

function found(path: string): Read[] {
  const images = new PageImages(path)
  try {
    return [...images.all()].flatMap((image) =>
      Array.from(rowsIn(image, [shape]), (row) => ({
        inCell: row.inCell,
        rowid: row.rowid,
        id: row.text(0),
        values: valuesOf(row),
      })),
    )
  } finally {
    images.close()
  }
}

const valuesOf = (row: FoundRow): Values | undefined => {
  for (const [id, , number, data] of row.readings()) {
    return { id: String(id), number: number as number | null, data: data instanceof TextBytes ? data.toString() : '' }
  }
  return undefined
}

const numbers = fc.option(fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(0, 1, -1, 127, 128, 32_768, -8_388_608)))
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.integer({ min: 0, max: 20_000 }).map((length) => 'x'.repeat(length)),
)

describe('a page reader', () => {
  test('reads every row as SQLite does, whatever its size, and each page size', () => {
    const pageSizes = fc.constantFrom(512, 1024, 4096, 65_536)
    fc.assert(
      fc.property(fc.array(fc.tuple(numbers, texts), { minLength: 1, maxLength: 12 }), pageSizes, (cells, pageBytes) => {
        const rows = cells.map(([number, data], index) => ({ id: idOf(index), number, data: data.replaceAll('\0', '') }))
        const read = found(databaseOf(rows, undefined, pageBytes)).filter((row) => row.inCell)
        expect(read.map(({ values }) => values).sort((a, b) => (a!.id < b!.id ? -1 : 1))).toEqual(rows)
        expect(read.map(({ rowid }) => rowid).sort((a, b) => a! - b!)).toEqual(rows.map((_row, index) => index + 1))
      }),
      { numRuns: times(15, 200) },
    )
  })

  test('finds rows that were deleted; what it gives is what was there', () => {
    let there = 0
    let gaveSome = 0
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: 4, maxLength: 40 }), fc.nat(), (sizes, which) => {
        const rows = sizes.map((size, index) => ({ id: idOf(index), number: index, data: `${index} ${'y'.repeat(size)}` }))
        const gone = rows[which % rows.length]!
        const path = databaseOf(rows, (db) => db.prepare('DELETE FROM part WHERE id = ?').run(gone.id))
        const given = found(path).filter((row) => row.id === gone.id && row.values)
        for (const { values } of given) expect(values).toEqual(gone)
        there++
        if (given.length > 0) gaveSome++
      }),
      { numRuns: times(25, 300), endOnFailure: true },
    )
    // SQLite may have moved other rows over it.
    expect(gaveSome).toBeGreaterThan(there / 2)
  })

  test('reads older frames of the log, each with its overflow pages as they were then', () => {
    const rows = [{ id: idOf(0), number: 1, data: 'a'.repeat(9000) }]
    const path = databaseOf([], (db) => {
      db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0')
      db.prepare('INSERT INTO part VALUES (?, ?, ?, ?)').run(idOf(0), messageID, 1, rows[0]!.data)
      db.prepare('UPDATE part SET data = ?').run('b'.repeat(9000))
      db.exec('DELETE FROM part')
    })
    const texts = found(path).flatMap(({ values }) => values?.data.slice(0, 1) ?? [])
    expect(new Set(texts)).toEqual(new Set(['a', 'b']))
  })

  test('follows the list of free pages', () => {
    const rows = Array.from({ length: 200 }, (_row, index) => ({ id: idOf(index), number: index, data: 'z'.repeat(3000) }))
    const path = databaseOf(rows, (db) => db.exec('DELETE FROM part'))
    const db = new DatabaseSync(path)
    const count = Number(db.prepare('PRAGMA freelist_count').get()?.freelist_count)
    db.close()
    const file = new PageFile(path)
    const { leaves: free } = freePages(file, file.count)
    expect(count).toBeGreaterThan(100)
    expect(free.size).toBeGreaterThan(count - 5)
    expect(free.size).toBeLessThanOrEqual(count)
    file.close()
  })
})

describe('hostile files', () => {
  const rows = Array.from({ length: 60 }, (_row, index) => ({ id: idOf(index), number: index, data: 'w'.repeat(index * 90) }))

  test('of any kind end, with what can be read: no crash, no hang', () => {
    const sound = readFileSync(databaseOf(rows, (db) => db.exec('DELETE FROM part WHERE number % 3 = 0')))
    const place = fc.oneof(
      fc.nat({ max: sound.length - 1 }),
      fc.nat({ max: sound.length / 4096 - 1 }).map((page) => page * 4096 + 8),
    )
    const changes = fc.array(fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 64 })), { minLength: 1, maxLength: 30 })
    const path = join(tempDir(), 'hostile.db')
    fc.assert(
      fc.property(changes, fc.option(fc.nat({ max: sound.length })), (some, cut) => {
        const bytes = Buffer.from(sound)
        for (const [at, change] of some) bytes.set(change.subarray(0, Math.min(change.length, bytes.length - at)), at)
        writeFileSync(path, bytes.subarray(0, cut ?? bytes.length))
        for (const { values } of found(path)) if (values) expect(values.id).toMatch(/^prt_/)
      }),
      { numRuns: times(100, 5000) },
    )
  })

  test('a chain of overflow pages that goes in a circle ends', () => {
    const path = databaseOf([{ id: idOf(0), number: 1, data: 'q'.repeat(50_000) }])
    const bytes = readFileSync(path)
    const last = bytes.lastIndexOf('qqqq')
    const page = Math.floor(last / 4096)
    bytes.writeUInt32BE(page + 1, page * 4096)
    writeFileSync(path, bytes)
    expect(found(path).map(({ values }) => values)).toEqual([undefined])
  })

  test('what is no database holds no rows', () => {
    const path = join(tempDir(), 'x.db')
    for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(100_000, 0xff)]) {
      writeFileSync(path, bytes)
      expect(found(path)).toEqual([])
    }
  })
})
