import type { SessionID } from '../../opencode/ids.ts'
import type { Row, SqlValue } from '../../sqlite/port.ts'
import { WritableDatabase } from '../../sqlite/writable.ts'
import type { Edit } from '../edit/edit.ts'
import { listChanges } from './changes.ts'
import { removeNotes } from './folder.ts'
import { makeNotes } from './notes-file.ts'

const table = `CREATE TABLE edit (n INTEGER PRIMARY KEY, kind TEXT, store TEXT, tbl TEXT, id TEXT, col TEXT, pointer TEXT, before, after);
  CREATE INDEX edit_store ON edit (store, n)`

/** What is noted of a change as a whole. */
export interface EditAbout {
  /** What is changed, or most of it: a database, or a JSON tree. */
  readonly database: string
  /** When, in ms since the epoch. */
  readonly time: number
}

/**
 * The notes of a change that is made of single edits, in stores and files beside them: each with what was there before. They are
 * on the disk before anything is changed.
 */
export class EditNotes {
  readonly change: string
  readonly #db: WritableDatabase
  #edits = 0
  #isNeeded = false

  /** @throws OcvaultError `failed` */
  constructor(folder: string, { database, time }: EditAbout) {
    const { db, change } = makeNotes(folder, time, table)
    this.#db = db
    this.change = change
    db.exec('BEGIN')
    db.run("INSERT INTO about (key, value) VALUES ('database', ?), ('time', ?)", database, time)
  }

  get edits(): number {
    return this.#edits
  }

  /** A session that edits are about. */
  session(id: SessionID, title: string): void {
    this.#db.run('INSERT OR IGNORE INTO session (tree, id, title) VALUES (1, ?, ?)', id, title)
  }

  add(edit: Edit): void {
    const [store, tbl, id, column, pointer, before, after] = columnsOf(edit)
    this.#edits++
    const sql = 'INSERT INTO edit (kind, store, tbl, id, col, pointer, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'
    this.#db.run(sql, edit.kind, store, tbl, id, column, pointer, before, after)
  }

  /** Nothing of what was added counts any more. */
  restart(): void {
    this.#db.exec('DELETE FROM edit; DELETE FROM session')
    this.#edits = 0
  }

  /** From now on a power cut does not lose them. */
  commit(): void {
    this.#db.exec('COMMIT')
    this.#db.all('PRAGMA wal_checkpoint(FULL)') // which ends in an fsync
  }

  get notes(): WritableDatabase {
    return this.#db
  }

  /** The change is made. Until then it counts as cut off. */
  done(): void {
    this.#db.run("INSERT INTO about (key, value) VALUES ('done', 1)")
  }

  /** Something was changed, and cannot be taken back now: they stay, as those of a change that was cut off. */
  remain(): void {
    this.#isNeeded = true
  }

  /** @param keep false where nothing was changed in the end */
  close(keep: boolean): void {
    this.#db.rollback()
    this.#db.close()
    if (!keep && !this.#isNeeded) removeNotes(this.#db.path)
  }
}

/** Removes the notes of a swap whose kept database is gone: nothing can be taken back by them. */
export function removeNotesOfSwap(folder: string, kept: string): void {
  for (const { path } of listChanges(folder, () => undefined)) {
    const notes = new WritableDatabase(path)
    let isOf = false
    try {
      isOf = hasEdits(notes) && notes.get("SELECT 1 FROM edit WHERE kind = 'swap' AND id = ?", kept) !== undefined
    } finally {
      notes.close()
    }
    if (isOf) removeNotes(path)
  }
}

type Columns = [store: string, tbl: SqlValue, id: SqlValue, col: SqlValue, pointer: SqlValue, before: SqlValue, after: SqlValue]

function columnsOf(edit: Edit): Columns {
  if (edit.kind === 'value') return [edit.store, edit.table, edit.id, edit.column, null, edit.before, edit.after]
  if (edit.kind === 'move') return [edit.from, null, edit.to, null, null, null, null]
  if (edit.kind === 'swap') return [edit.path, null, edit.kept, null, null, edit.mark, null]
  if (edit.kind === 'write') return [edit.path, null, null, null, null, edit.before, edit.after]
  if (edit.kind === 'row') {
    const row = printedRow(edit.row)
    return [edit.store, edit.table, null, null, null, edit.comes ? null : row, edit.comes ? row : null]
  }
  const { table: tbl = null, id = null, column = null } = edit.row ?? {}
  return [edit.store, tbl, id, column, JSON.stringify(edit.pointer), edit.before, edit.after]
}

/** A row as text: bytes of text in base64, so that whatever they are comes back. */
function printedRow(row: Row): string {
  const values = Object.entries(row).map(([name, value]) => {
    if (value instanceof Uint8Array) return [name, { text: Buffer.from(value).toString('base64') }]
    return [name, typeof value === 'bigint' ? { integer: String(value) } : value]
  })
  return JSON.stringify(Object.fromEntries(values))
}

function parsedRow(text: string): Row {
  const values = Object.entries(JSON.parse(text) as Record<string, null | number | string | { text?: string; integer?: string }>)
  return Object.fromEntries(
    values.map(([name, value]) => {
      if (typeof value !== 'object' || value === null) return [name, value]
      return [name, value.text === undefined ? BigInt(value.integer!) : Buffer.from(value.text, 'base64')]
    }),
  )
}

/** Whether notes are of a change that is made of edits. */
export const hasEdits = (notes: Pick<WritableDatabase, 'tables'>): boolean => notes.tables().has('edit')

/** Whether such a change was made to its end. */
export const isDone = (notes: Pick<WritableDatabase, 'get'>): boolean =>
  notes.get("SELECT 1 FROM about WHERE key = 'done'") !== undefined

/** How many edits are read at once. */
const chunk = 500

/**
 * The edits of a change, those of one column or file together: JSON texts of one record are changed at once.
 * @param backwards the last first
 */
export function* notedEdits(notes: WritableDatabase, backwards = false): Iterable<readonly Edit[]> {
  let group: Edit[] = []
  let name: string | undefined
  for (let after: number | undefined; ; ) {
    const range = after === undefined ? '' : `WHERE n ${backwards ? '<' : '>'} ${after}`
    const rows = notes.all(`SELECT * FROM edit ${range} ORDER BY n ${backwards ? 'DESC' : ''} LIMIT ${chunk}`)
    for (const row of rows) {
      const own = row.kind === 'json' ? [row.store, row.tbl, row.id, row.col].join('\0') : undefined
      if (group.length > 0 && (own === undefined || own !== name)) {
        yield group
        group = []
      }
      name = own
      group.push(editOf(row))
      after = Number(row.n)
    }
    if (rows.length < chunk) break
  }
  if (group.length > 0) yield group
}

function editOf(row: Row): Edit {
  const store = String(row.store)
  const [before, after] = [row.before as string, row.after as string]
  if (row.kind === 'move') return { kind: 'move', from: store, to: String(row.id) }
  if (row.kind === 'swap') return { kind: 'swap', path: store, kept: String(row.id), mark: before, back: false }
  if (row.kind === 'write') {
    return { kind: 'write', path: store, before: bytesOf(row.before), after: bytesOf(row.after) }
  }
  if (row.kind === 'row') {
    return { kind: 'row', store, table: String(row.tbl), comes: before === null, row: parsedRow(before ?? after) }
  }
  const at = { table: String(row.tbl), id: String(row.id), column: String(row.col) }
  if (row.kind === 'value') return { kind: 'value', store, ...at, before, after }
  return { kind: 'json', store, row: row.tbl === null ? null : at, pointer: JSON.parse(String(row.pointer)), before, after }
}

/** The content of a file; null where there is none. Node binds no bytes as null, too: nobody notes an empty file. */
const bytesOf = (value: SqlValue | undefined) => (value instanceof Uint8Array ? value : null)
