import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const pageBytes = 4096

/** Where the first page of a table is. */
function rootOf(path: string, table: string): number {
  const db = new DatabaseSync(path, { readOnly: true })
  const row = db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').get(table)
  db.close()
  return Number(row?.rootpage)
}

/** Fills bytes of a file with zeros. */
export function zero(path: string, from: number, to: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(to - from), 0, to - from, from)
  closeSync(file)
}

/** Ways to damage a database of which rows are left. Each says how many pages are as they were. */
export const damages: Readonly<Record<string, (path: string) => number>> = {
  'the page above all sessions': (path) => {
    const root = rootOf(path, 'session')
    zero(path, (root - 1) * pageBytes, root * pageBytes)
    return Number.POSITIVE_INFINITY
  },
  'the page of the schema': (path) => {
    zero(path, 100, pageBytes)
    return Number.POSITIVE_INFINITY
  },
  'the first page with the header': (path) => {
    zero(path, 0, pageBytes)
    return Number.POSITIVE_INFINITY
  },
  'the last third, cut off': (path) => {
    const left = Math.floor((statSync(path).size * 2) / 3 / pageBytes)
    const file = openSync(path, 'r+')
    ftruncateSync(file, left * pageBytes)
    closeSync(file)
    return left
  },
  'the last third, never written': (path) => {
    const { size } = statSync(path)
    const left = Math.floor((size * 2) / 3 / pageBytes)
    zero(path, left * pageBytes, size)
    return left
  },
}
