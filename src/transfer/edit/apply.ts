import { existsSync, rmSync, statSync } from 'node:fs'
import { fileMark } from '../../base/file-mark.ts'
import { moveForGood, replaceForGood, writeAtomically } from '../../base/files.ts'
import { readRegular } from '../../base/regular.ts'
import { takeExclusive } from '../../sqlite/exclusive.ts'
import type { Row, SqlValue } from '../../sqlite/port.ts'
import { quoted } from '../../sqlite/quoted.ts'
import type { WritableDatabase } from '../../sqlite/writable.ts'
import { textBytes } from '../write/sqlite/raw-rows.ts'
import type { Edit, JsonEdit, RowEdit, SwapEdit, ValueEdit } from './edit.ts'
import { rawTexts, withTexts } from './json-places.ts'

/** What is there: what stood before the edit, what it makes of that, something else, or nothing: the row or file is gone. */
export type Standing = 'before' | 'after' | 'other' | 'gone'

/** An edit that would undo another one. */
export function inverse(edit: Edit): Edit {
  if (edit.kind === 'row') return { ...edit, comes: !edit.comes }
  if (edit.kind === 'move') return { ...edit, from: edit.to, to: edit.from }
  if (edit.kind === 'swap') return { ...edit, back: !edit.back }
  return { ...edit, before: edit.after, after: edit.before } as Edit
}

/** Edits of rows of one database: what stands there, and what shall. Everything runs in the caller's transaction. */
export class RowEditor {
  readonly #db: WritableDatabase

  constructor(db: WritableDatabase) {
    this.#db = db
  }

  /** @param edits of JSON in one and the same column of one row, or one edit of another kind */
  standing(edits: readonly (ValueEdit | JsonEdit | RowEdit)[]): Standing {
    const standings = new Set(edits.map((edit) => this.#standingOf(edit)))
    return standings.size === 1 ? [...standings][0]! : 'other'
  }

  #standingOf(edit: ValueEdit | JsonEdit | RowEdit): Standing {
    if (edit.kind === 'value') {
      const row = this.#db.get(`SELECT ${quoted(edit.column)} AS value FROM main.${quoted(edit.table)} WHERE id = ?`, edit.id)
      return standing(row?.value, edit.before, edit.after)
    }
    if (edit.kind === 'row') {
      const isThere = this.#db.get(`SELECT 1 FROM main.${quoted(edit.table)} WHERE ${sameRow(edit.row)}`, ...valuesOf(edit.row))
      return (isThere !== undefined) === edit.comes ? 'after' : 'before'
    }
    const bytes = this.#json(edit)
    return standing(bytes && rawTexts(bytes, [edit.pointer])[0], edit.before, edit.after)
  }

  #json({ row }: JsonEdit): Uint8Array | undefined {
    const { table, id, column } = row!
    const sql = `SELECT CAST(${quoted(column)} AS BLOB) AS value FROM main.${quoted(table)} WHERE id = ?`
    const value = this.#db.get(sql, id)?.value
    return value instanceof Uint8Array ? value : undefined
  }

  /** Makes edits that stand at `before`. @param edits as for {@link standing} */
  make(edits: readonly (ValueEdit | JsonEdit | RowEdit)[]): void {
    const [first] = edits
    if (first?.kind === 'value') {
      const sql = `UPDATE main.${quoted(first.table)} SET ${quoted(first.column)} = ? WHERE id = ?`
      this.#db.run(sql, first.after, first.id)
    } else if (first?.kind === 'row') this.#makeRow(first)
    else if (first) {
      const bytes = this.#json(first)
      const { table, id, column } = first.row!
      if (!bytes) return
      const changed = withTexts(
        bytes,
        (edits as readonly JsonEdit[]).map(({ pointer, after }) => ({ pointer, raw: after })),
      )
      this.#db.run(`UPDATE main.${quoted(table)} SET ${quoted(column)} = CAST(? AS TEXT) WHERE id = ?`, textBytes(changed), id)
    }
  }

  #makeRow({ table, row, comes }: RowEdit): void {
    const names = Object.keys(row)
    if (comes) {
      const marks = names.map((name) => (row[name] instanceof Uint8Array ? 'CAST(? AS TEXT)' : '?')).join(', ')
      const sql = `INSERT OR IGNORE INTO main.${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${marks})`
      this.#db.run(sql, ...valuesOf(row))
    } else if (!this.isUsed(table, row)) {
      this.#db.run(`DELETE FROM main.${quoted(table)} WHERE ${sameRow(row)}`, ...valuesOf(row))
    }
  }

  /** Whether rows of other tables belong to a project: they would go with it. */
  isUsed(table: string, row: Row): boolean {
    if (table !== 'project') return false
    const id = row.id instanceof Uint8Array ? Buffer.from(row.id).toString() : String(row.id)
    const tables = this.#db.tables()
    const owned = ['session', 'session_v2', 'workspace', 'permission', 'project_directory', 'worktree']
    return owned.some(
      (each) =>
        tables.has(each) &&
        this.#db.columns(each).some(({ name }) => name === 'project_id') &&
        this.#db.get(`SELECT 1 FROM main.${each} WHERE project_id = ? LIMIT 1`, id) !== undefined,
    )
  }
}

function standing<T>(now: T | undefined, before: T, after: T): Standing {
  if (now === undefined) return 'gone'
  return now === after ? 'after' : now === before ? 'before' : 'other'
}

const sameRow = (row: Row) =>
  Object.entries(row)
    .map(([name, value]) => `${quoted(name)} IS ${value instanceof Uint8Array ? 'CAST(? AS TEXT)' : '?'}`)
    .join(' AND ')

const valuesOf = (row: Row): SqlValue[] => Object.values(row).map((value) => textBytes(value))

/** What is there of a file that is changed, or moved. @param edits JSON of one file, or one edit of another kind */
export function fileStanding(edits: readonly Edit[]): Standing {
  const [first] = edits
  if (first?.kind === 'move') {
    const [from, to] = [existsSync(first.from), existsSync(first.to)]
    return from ? (to ? 'other' : 'before') : to ? 'after' : 'gone'
  }
  if (first?.kind === 'swap') return swapStanding(first)
  const path = first?.kind === 'write' ? first.path : first?.kind === 'json' ? first.store : ''
  const bytes = readIfThere(path)
  if (first?.kind === 'write') {
    if (isContent(bytes, first.after)) return 'after'
    return isContent(bytes, first.before) ? 'before' : bytes ? 'other' : 'gone'
  }
  if (!bytes) return 'gone'
  const texts = edits as readonly JsonEdit[]
  const now = rawTexts(
    bytes,
    texts.map(({ pointer }) => pointer),
  )
  if (texts.every(({ after }, at) => now[at] === after)) return 'after'
  return texts.every(({ before }, at) => now[at] === before) ? 'before' : 'other'
}

/** Of a swap that is taken back. One that was cut off before it was made has nothing to be taken back. */
function swapStanding({ path, kept, mark }: SwapEdit): Standing {
  const [now, before] = [statSync(path, { throwIfNoEntry: false }), statSync(kept, { throwIfNoEntry: false })]
  if (!before || (now && now.dev === before.dev && now.ino === before.ino)) return 'after'
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })
  return fileMark(path) === mark && (log?.size ?? 0) === 0 ? 'before' : 'other'
}

/** Puts the database that was there before in its place again. @throws OcvaultError `refused` while somebody has it open */
function swapBack({ path, kept }: SwapEdit): void {
  const taken = takeExclusive(path)
  try {
    replaceForGood(kept, path)
  } finally {
    taken.db.close()
  }
}

const isContent = (now: Buffer | undefined, content: Uint8Array | null) =>
  content === null ? now === undefined : now?.equals(content) === true

/** Makes edits of files that stand at `before`. @throws OcvaultError `failed` */
export function editFile(edits: readonly Edit[]): void {
  const [first] = edits
  if (first?.kind === 'move') moveForGood(first.from, first.to)
  else if (first?.kind === 'swap') swapBack(first)
  else if (first?.kind === 'write') {
    if (first.after) writeAtomically(first.path, [first.after])
    else rmSync(first.path, { force: true })
  } else if (first?.kind === 'json') {
    const texts = (edits as readonly JsonEdit[]).map(({ pointer, after }) => ({ pointer, raw: after }))
    writeAtomically(first.store, [withTexts(readRegular(first.store), texts)])
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readRegular(path)
  } catch {
    return undefined
  }
}
