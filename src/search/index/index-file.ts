import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { SessionID } from '../../opencode/ids.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import { longestToken, pieceMark } from '../text/tokens.ts'

/** Grows with every change of what is stored or how text is cut: an index of another format is made anew. */
const format = '2'

/** Each unit has eight row ids in the full-text table, one for each field. */
export const rowsPerUnit = 8

export interface IndexedMessage {
  readonly id: string
  readonly role: string
  readonly kind: string
  readonly agent: string
  readonly model: string
}

export interface IndexedUnit {
  readonly tool: string
  /** [number of the field, text cut for the index, or its UTF-8]; the weightiest field comes first. */
  readonly texts: readonly (readonly [number, string | Uint8Array])[]
}

/** Takes a session's content in its order. */
export interface SessionWriter {
  title(unit: IndexedUnit): void
  message(message: IndexedMessage, units: readonly IndexedUnit[]): void
  /** @param mark what changes with the session, read before its transcript was; empty when it could not be read whole, so that it is read again */
  end(mark: string): void
}

/** What filters of units ask about, of one session. */
export interface Attributes {
  readonly messages: (readonly [role: string, kind: string, agent: string, model: string])[]
  /** Of each unit: its message (-1 for the title), its tool, its weightiest field. */
  readonly units: (readonly [message: number, tool: string, field: number])[]
}

/** All sessions of an index as columns, in the order of their units: what a search needs of every session, loaded at once. */
export interface Directory {
  readonly ids: readonly SessionID[]
  /** Number of the session's first unit; its units follow one another. */
  readonly first: Float64Array
  readonly units: Float64Array
  readonly messages: Float64Array
  readonly updated: Float64Array
  /** Number of the parent in this directory; -1 for none, -2 for one that is not here. */
  readonly parents: Float64Array
  readonly archived: Float64Array
  /** Number of the project and directory in `places`. */
  readonly place: Float64Array
  readonly places: readonly { readonly projectID: string | null; readonly directory: string | null }[]
  /** A bit for each unit: whether it is the first of its message. */
  readonly starts: Uint8Array
}

const columns = ['first', 'units', 'messages', 'updated', 'parents', 'archived', 'place'] as const
type Columns = Record<(typeof columns)[number], Float64Array<ArrayBuffer>>

const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE session (
  no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent TEXT, project TEXT, directory TEXT, updated REAL NOT NULL, archived INTEGER NOT NULL,
  first INTEGER NOT NULL, units INTEGER NOT NULL, messages INTEGER NOT NULL, mark TEXT NOT NULL, starts TEXT NOT NULL,
  attributes TEXT NOT NULL, message_ids TEXT NOT NULL
);
CREATE VIRTUAL TABLE text USING fts5(body, content='', contentless_delete=1, tokenize='ascii');
CREATE TABLE word (word TEXT PRIMARY KEY) WITHOUT ROWID;
`

const decoder = new TextDecoder()

/** An index that cannot be read any further. Deleting it mends that: the next search makes it anew. */
export class DamagedIndex extends Error {
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`the search index ${path} is damaged`, { cause })
    this.path = path
  }
}

/**
 * The full-text index of one store: a SQLite database of its own, which holds no text, only which words stand in which units. Several
 * processes may use one at once (write-ahead log); what is written is written in one transaction.
 */
export class IndexFile {
  readonly path: string
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  /** Whether it is made anew: then its words are listed in the end, all at once. */
  readonly #whole: boolean
  #directory: Directory | undefined
  #next: number | undefined

  private constructor(path: string, db: DatabaseSync, whole: boolean) {
    this.path = path
    this.db = db
    this.#whole = whole
  }

  /** Opens the index of a store; null when there is none, or one that this release cannot use: of another format or store, or damaged. */
  static open(path: string, store: Store): IndexFile | null {
    if (!existsSync(path)) return null
    let db: DatabaseSync | undefined
    try {
      db = new DatabaseSync(path, { timeout: 1000 })
      const index = new IndexFile(path, db, false)
      if (index.meta('format') === format && index.meta('store') === nameOf(store)) return index
    } catch {
      // Damaged, or not a database: as good as none.
    }
    db?.close()
    return null
  }

  /** Begins an empty index in a new file, for filling it in one go: nothing of it is safe from a crash until `finish`. */
  static create(path: string, store: Store): IndexFile {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    removeDatabase(path)
    const db = new DatabaseSync(path)
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192; PRAGMA locking_mode = EXCLUSIVE')
    db.exec(schema)
    // Words are collected in memory and written in large runs, which are merged less often.
    db.exec("INSERT INTO text (text, rank) VALUES ('hashsize', 16777216); BEGIN")
    const index = new IndexFile(path, db, true)
    index.setMeta('format', format)
    index.setMeta('store', nameOf(store))
    return index
  }

  /** Ends the filling of a new index. Other processes may open it from now on. */
  finish(): void {
    this.writeDirectory()
    this.#openVocabulary()
    this.db.exec('INSERT INTO word SELECT term FROM temp.vocabulary')
    this.db.exec("INSERT INTO text (text, rank) VALUES ('hashsize', 4194304); COMMIT")
    this.db.exec('PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL')
    this.close()
  }

  /** @throws DamagedIndex for whatever SQLite says against what should always work */
  #read<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw new DamagedIndex(this.path, error)
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = this.db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  meta(key: string): string | null {
    const value = this.#statement('SELECT value FROM meta WHERE key = ?').get(key)?.value
    return typeof value === 'string' ? value : null
  }

  setMeta(key: string, value: SQLInputValue): void {
    this.#statement('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value').run(
      key,
      value,
    )
  }

  /** The mark of each session, as it was when the session was read. */
  marks(): Map<SessionID, string> {
    return new Map(
      this.#statement('SELECT id, mark FROM session')
        .all()
        .map((row) => [String(row.id), String(row.mark)]),
    )
  }

  setMark(id: SessionID, mark: string): void {
    this.#statement('UPDATE session SET mark = ? WHERE id = ?').run(mark, id)
  }

  /** The number after all units that are there. Sessions are added at the end, so that the last ones are those that changed last. */
  #nextUnit(): number {
    this.#next ??= Number(this.db.prepare('SELECT max(first + units) AS next FROM session').get()?.next ?? 0)
    return this.#next
  }

  /** Begins to write a session. Its text goes in message by message, so that a long one needs no more memory than a short one. */
  begin(header: SessionHeader): SessionWriter {
    const first = this.#nextUnit()
    const insertText = this.#statement('INSERT INTO text (rowid, body) VALUES (?, ?)')
    const insertSession = this.#statement(
      `INSERT INTO session (id, parent, project, directory, updated, archived, first, units, messages, mark, starts, attributes, message_ids)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    const ids: string[] = []
    const starts: number[] = []
    const attributes: Attributes = { messages: [], units: [] }
    const addUnits = (message: number, units: readonly IndexedUnit[]) => {
      if (units.length > 0) starts.push(attributes.units.length)
      for (const { tool, texts } of units) {
        const row = (first + attributes.units.length) * rowsPerUnit
        // In the order of row ids: with one that is smaller than the last FTS5 writes out all that it has collected.
        for (const [field, text] of [...texts].sort((a, b) => a[0] - b[0])) {
          insertText.run(row + field, text)
          if (!this.#whole) this.#addWords(text)
        }
        attributes.units.push([message, tool, texts[0]?.[0] ?? 0])
      }
    }
    return {
      title: (unit) => addUnits(-1, [unit]),
      message: ({ id, role, kind, agent, model }, units) => {
        addUnits(ids.length, units)
        ids.push(id)
        attributes.messages.push([role, kind, agent, model])
      },
      end: (mark) => {
        const { id, parentID, projectID, directory, time } = header
        const numbers = [time.updated, time.archived === null ? 0 : 1, first, attributes.units.length, ids.length]
        const texts = [mark, JSON.stringify(starts), packAttributes(attributes), JSON.stringify(ids)]
        insertSession.run(id, parentID, projectID, directory, ...numbers, ...texts)
        this.#next = first + attributes.units.length
      },
    }
  }

  /** Words of what was removed stay: nobody looks for them. */
  #addWords(text: string | Uint8Array): void {
    const insert = this.#statement('INSERT INTO word (word) VALUES (?) ON CONFLICT DO NOTHING')
    const words = typeof text === 'string' ? text : decoder.decode(text)
    // What FTS5's tokenizer `ascii` takes for a word.
    for (const word of new Set(words.toLowerCase().match(/[a-z0-9\u0080-\uffff]+/g))) insert.run(word)
  }

  remove(id: SessionID): void {
    const row = this.#statement('SELECT no, first, units FROM session WHERE id = ?').get(id)
    if (!row) return
    const [first, units] = [Number(row.first), Number(row.units)]
    this.#statement('DELETE FROM text WHERE rowid >= ? AND rowid < ?').run(
      BigInt(first * rowsPerUnit),
      BigInt((first + units) * rowsPerUnit),
    )
    this.#statement('DELETE FROM session WHERE no = ?').run(row.no!)
  }

  writeDirectory(): void {
    const count = this.db.prepare('SELECT count(*) AS n, max(first + units) AS end FROM session').get()!
    const values = Object.fromEntries(columns.map((column) => [column, new Float64Array(Number(count.n))])) as Columns
    const starts = new Uint8Array((Number(count.end ?? 0) >> 3) + 1)
    const number = new Map<SessionID, number>()
    for (const { id } of this.db.prepare('SELECT id FROM session ORDER BY first').iterate()) number.set(String(id), number.size)
    const places = new Map<string, number>()
    const rows = this.db.prepare(
      'SELECT parent, project, directory, updated, archived, first, units, messages, starts FROM session ORDER BY first',
    )
    let at = 0
    for (const row of rows.iterate()) {
      for (const column of ['first', 'units', 'messages', 'updated', 'archived'] as const)
        values[column][at] = Number(row[column])
      values.parents[at] = number.get(String(row.parent)) ?? (row.parent === null ? -1 : -2)
      const place = JSON.stringify([row.project, row.directory])
      if (!places.has(place)) places.set(place, places.size)
      values.place[at] = places.get(place)!
      for (const start of JSON.parse(String(row.starts)) as number[]) {
        const unit = Number(row.first) + start
        starts[unit >> 3]! |= 1 << (unit & 7)
      }
      at++
    }
    for (const column of columns) this.setMeta(column, new Uint8Array(values[column].buffer))
    this.setMeta('starts', starts)
    this.setMeta('ids', JSON.stringify([...number.keys()]))
    this.setMeta('places', `[${[...places.keys()].join(',')}]`)
    this.#directory = undefined
  }

  directory(): Directory {
    this.#directory ??= this.#read(() => this.#readDirectory())
    return this.#directory
  }

  #readDirectory(): Directory {
    const blob = (key: string) => this.#statement('SELECT value FROM meta WHERE key = ?').get(key)?.value as Uint8Array
    const numbers = Object.fromEntries(
      columns.map((column) => [column, new Float64Array(blob(column).slice().buffer)]),
    ) as Columns
    const places = (JSON.parse(this.meta('places') ?? '[]') as [string | null, string | null][]).map(
      ([projectID, directory]) => ({
        projectID,
        directory,
      }),
    )
    return { ...numbers, ids: JSON.parse(this.meta('ids') ?? '[]') as string[], starts: blob('starts'), places }
  }

  parentOf(id: SessionID): SessionID | null {
    const parent = this.#read(() => this.#statement('SELECT parent FROM session WHERE id = ?').get(id)?.parent)
    return typeof parent === 'string' ? parent : null
  }

  attributes(id: SessionID): Attributes {
    return this.#read(() => {
      const row = this.#statement('SELECT attributes FROM session WHERE id = ?').get(id)
      return unpackAttributes(String(row?.attributes ?? '{}'))
    })
  }

  messageIDs(id: SessionID): string[] {
    return this.#read(() => {
      const row = this.#statement('SELECT message_ids FROM session WHERE id = ?').get(id)
      return JSON.parse(String(row?.message_ids ?? '[]')) as string[]
    })
  }

  /** Row ids of the full-text table that meet an expression, from one up to but without another, in order. */
  rows(expression: string, from: number, to: number): Float64Array {
    // As one text: of a million rows node:sqlite makes a million arrays, which takes longer and twice the memory.
    const sql =
      'SELECT json_group_array(rowid) AS ids FROM (SELECT rowid FROM text WHERE text MATCH ? AND rowid >= ? AND rowid < ?)'
    // FTS5 seeks only to integers, and JavaScript's numbers reach SQLite as floating point.
    const row = this.#read(() => this.#statement(sql).get(expression, BigInt(from), BigInt(to)))
    return Float64Array.from(JSON.parse(String(row?.ids)) as number[])
  }

  /** In how many rows of these fields an expression is met; those beyond `most` are not counted. */
  count(expression: string, fieldNumbers: readonly number[] | null, most: number): number {
    const where = fieldNumbers ? ` AND (rowid & ${rowsPerUnit - 1}) IN (${fieldNumbers.join(',')})` : ''
    const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM text WHERE text MATCH ?${where} LIMIT ?)`
    const limit = Number.isFinite(most) ? BigInt(most) : -1n // SQLite's word for none
    return this.#read(() => Number(this.#statement(sql).get(expression, limit)?.n))
  }

  /** Words in which some letters stand; null when there are more than `most`. @param letters of `[a-z0-9]` */
  wordsWith(letters: string, most: number): string[] | null {
    const sql = 'SELECT word FROM word WHERE instr(word, ?) > 0 OR octet_length(word) >= ? LIMIT ?'
    // A word that was cut may have held them.
    const words = this.#read(() => this.#statement(sql).all(letters, longestToken - 1, most + 1))
    return words.length > most ? null : words.map(({ word }) => String(word))
  }

  #openVocabulary(): void {
    this.db.exec('CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, text, row)')
  }

  /** Words of the index near a word, with how often they stand there: those that begin with one of the given letters. */
  *vocabulary(beginnings: readonly string[]): Iterable<{ readonly word: string; readonly count: number }> {
    this.#openVocabulary()
    for (const beginning of beginnings.flatMap((letter) => [letter, pieceMark + letter])) {
      const statement = this.#statement('SELECT term, doc FROM temp.vocabulary WHERE term >= ? AND term < ?')
      for (const row of statement.iterate(beginning, `${beginning}\u{10ffff}`)) {
        const term = String(row.term)
        yield { word: term.startsWith(pieceMark) ? term.slice(pieceMark.length) : term, count: Number(row.doc) }
      }
    }
  }

  close(): void {
    this.#statements.clear()
    if (this.db.isOpen) this.db.close()
  }
}

/** Which store an index belongs to. */
export const nameOf = (store: Store) => `${store.kind} ${store.path}`

/** Deletes a database with the files that SQLite keeps beside it. */
export function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
}

/** Bytes of a database and its log. */
export const bytesOf = (path: string) =>
  ['', '-wal'].reduce((sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0), 0)

/** Names once, and numbers for them: most messages of a session have the same role, agent and model. */
function packAttributes({ messages, units }: Attributes): string {
  const names = new Map<string, number>()
  const number = (name: string) => {
    if (!names.has(name)) names.set(name, names.size)
    return names.get(name)!
  }
  const m = messages.map((values) => values.map(number))
  const u = units.map(([message, tool, field]) => [message, number(tool), field])
  return JSON.stringify({ n: [...names.keys()], m: m.flat(), u: u.flat() })
}

function unpackAttributes(json: string): Attributes {
  const { n = [], m = [], u = [] } = JSON.parse(json) as { n?: string[]; m?: number[]; u?: number[] }
  const messages: [string, string, string, string][] = []
  for (let at = 0; at < m.length; at += 4) messages.push([n[m[at]!]!, n[m[at + 1]!]!, n[m[at + 2]!]!, n[m[at + 3]!]!])
  const units: [number, string, number][] = []
  for (let at = 0; at < u.length; at += 3) units.push([u[at]!, n[u[at + 1]!]!, u[at + 2]!])
  return { messages, units }
}
