import { OcvaultError } from '../../base/errors.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Row, SqlValue } from '../../sqlite/port.ts'
import { quoted } from '../../sqlite/quoted.ts'
import type { WritableDatabase } from '../../sqlite/writable.ts'
import { textBytes } from '../write/sqlite/raw-rows.ts'
import { type DigestTable, exactRows, rowDigest, sessionDigest } from '../write/sqlite/row-digest.ts'
import type { Reversal } from './reversal.ts'

/** One row that the change added, changed or removed. */
interface Touched {
  readonly tree: number
  readonly table: string
  readonly id: string
  readonly digest: Uint8Array | null
}

/** A row that was put above rows which were there without it, and the column that tells it. */
interface Adopted {
  readonly table: string
  readonly key: 'id' | 'session_id'
  readonly id: string
  readonly digest: Uint8Array | null
}

/** Rows that are to be removed without what hangs on them; none in notes that are older than there were such rows. */
function adoptedIn(notes: WritableDatabase): Adopted[] {
  if (!notes.tables().has('adopted')) return []
  return notes.all('SELECT tbl, key, id, digest FROM adopted ORDER BY tree DESC').map((row) => ({
    table: String(row.tbl),
    key: row.key === 'id' ? 'id' : 'session_id',
    id: String(row.id),
    digest: row.digest instanceof Uint8Array ? row.digest : null,
  }))
}

/** Whether rows of these notes can be taken back only while the database does not look at foreign keys. */
export const leavesOrphans = (notes: WritableDatabase): boolean => adoptedIn(notes).length > 0

/** Whether the log of events told of a session before it was made. */
const isLogged = (notes: WritableDatabase, id: SessionID): boolean =>
  notes.tables().has('logged') && notes.get('SELECT 1 FROM logged WHERE id = ?', id) !== undefined

/** The tables whose rows go with a row of this one: `column` there is `key` here. */
function hangingOn(db: WritableDatabase, table: string) {
  return [...db.tables()].flatMap((child) =>
    db
      .all('SELECT "table" AS parent, "from" AS own, "to" AS key, on_delete FROM pragma_foreign_key_list(?)', child)
      .filter(({ parent, on_delete }) => parent === table && on_delete === 'CASCADE' && child !== table)
      .map(({ own, key }) => ({ child, column: String(own), key: String(key ?? 'id') })),
  )
}

/** What it takes to get a database back to where it was. */
export class RowsReversal implements Reversal {
  /** The newest first. */
  readonly made: readonly SessionID[]
  readonly changed: readonly SessionID[]
  readonly changedSince = new Set<SessionID>()
  readonly #db: WritableDatabase
  readonly #notes: WritableDatabase
  readonly #tables: readonly DigestTable[]
  readonly #isMade: ReadonlySet<SessionID>
  /** The tables of the notes. */
  readonly #noted: ReadonlySet<string>
  readonly #rows: Touched[] = []
  /** Rows that go alone: what hangs on them was there before. */
  readonly #adopted: readonly Adopted[]
  readonly #hasEvents: boolean

  constructor(db: WritableDatabase, notes: WritableDatabase) {
    this.#db = db
    this.#notes = notes
    this.#tables = JSON.parse(String(notes.get("SELECT value FROM about WHERE key = 'tables'")?.value ?? '[]'))
    if (this.#tables.length === 0) throw new OcvaultError('failed', `${notes.path} does not say what was changed`)
    for (const { table, columns } of this.#tables) {
      const there = new Set(db.columns(table).map(({ name }) => name))
      const gone = columns.find((name) => !there.has(name))
      if (gone !== undefined) {
        throw new OcvaultError('refused', `${db.path} has another schema since: table ${table} has no column ${gone} any more`)
      }
    }
    this.#noted = notes.tables()
    this.#adopted = adoptedIn(notes)
    this.#hasEvents = db.columns('event_sequence').length > 0
    const noted = notes.all('SELECT id, digest FROM made ORDER BY tree DESC')
    const adopted = this.#adopted.filter(({ table }) => table === this.#session)
    const digests = new Map([...noted, ...adopted].map(({ id, digest }) => [String(id), digest]))
    this.#isMade = new Set(digests.keys())
    this.made = [...digests.keys()].filter((id) => this.#isThere(id))
    for (const id of this.made) this.#checkMade(id, digests.get(id))
    for (const each of this.#adopted) if (each.key === 'id' && each.table !== this.#session) this.#checkAdopted(each)
    this.#checkRows()
    const all = notes.all('SELECT DISTINCT id FROM session').map(({ id }) => String(id))
    this.changed = all.filter((id) => !this.#isMade.has(id) && this.#isThere(id))
  }

  get #session(): string {
    return this.#tables[0]!.table
  }

  #isThere(id: SessionID): boolean {
    return this.#db.get(`SELECT 1 FROM main.${quoted(this.#session)} WHERE id = ?`, id) !== undefined
  }

  #checkMade(id: SessionID, digest: unknown): void {
    const isSame = digest instanceof Uint8Array && Buffer.from(digest).equals(sessionDigest(this.#db, this.#tables, id))
    const children = this.#db.all(`SELECT id FROM main.${quoted(this.#session)} WHERE parent_id = ?`, id)
    if (!isSame || children.some((child) => !this.#isMade.has(String(child.id)))) this.changedSince.add(id)
  }

  #checkAdopted({ table, id, digest }: Adopted): void {
    const now = this.#now({ table, id })
    if (now && digest && !rowDigestEquals(now, digest)) this.changedSince.add(this.#sessionOf({ table, id }, now))
  }

  #checkRows(): void {
    for (const row of this.#notes.all('SELECT tree, tbl, id, digest FROM after ORDER BY tree DESC')) {
      const touched = {
        tree: Number(row.tree),
        table: String(row.tbl),
        id: String(row.id),
        digest: row.digest instanceof Uint8Array ? row.digest : null,
      }
      const now = this.#now(touched)
      const before = this.#before(touched)
      // Noted, but never done: the import was killed in between.
      if (before ? now !== undefined && rowDigestEquals(now, rowDigest(before)) : now === undefined) continue
      this.#rows.push(touched)
      const isAsWritten = touched.digest === null ? now === undefined : now !== undefined && rowDigestEquals(now, touched.digest)
      if (!isAsWritten) this.changedSince.add(this.#sessionOf(touched, now ?? before))
    }
  }

  #columns(table: string): readonly string[] {
    return this.#tables.find((each) => each.table === table)?.columns ?? []
  }

  #now({ table, id }: Pick<Touched, 'table' | 'id'>): Row | undefined {
    for (const row of exactRows(this.#db, table, this.#columns(table), 'id = ?', id)) return row
    return undefined
  }

  #before({ tree, table, id }: Touched): Row | undefined {
    const name = `before ${table}`
    if (!this.#noted.has(name)) return undefined
    const columns = this.#columns(table)
    for (const row of exactRows(this.#notes, name, columns, '" tree" = ? AND " id" = ?', tree, id)) return row
    return undefined
  }

  #sessionOf({ table, id }: Pick<Touched, 'table' | 'id'>, row: Row | undefined): SessionID {
    const owner = row?.session_id
    return table === this.#session ? id : owner instanceof Uint8Array ? Buffer.from(owner).toString() : id
  }

  run(): void {
    const alone = new Set(this.#adopted.filter(({ table }) => table === this.#session).map(({ id }) => id))
    for (const id of this.made) {
      if (alone.has(id)) continue
      this.#remove(this.#session, 'id = ?', id)
      if (this.#hasEvents && !isLogged(this.#notes, id)) this.#remove('event_sequence', 'aggregate_id = ?', id)
    }
    // Added rows first: a place of 2.x (`seq`) may be taken by one until then. Owners before what belongs to them.
    for (const touched of this.#rows) {
      if (!this.#before(touched)) this.#remove(touched.table, 'id = ?', touched.id)
    }
    const replaced = this.#rows.filter((touched) => this.#before(touched) !== undefined)
    for (const { table, id } of replaced) this.#clearPlace(table, id)
    for (const { table } of this.#tables) {
      for (const touched of replaced) if (touched.table === table) this.#putBack(touched)
    }
    for (const { table, key, id } of this.#adopted) this.#db.run(`DELETE FROM main.${quoted(table)} WHERE ${key} = ?`, id)
    for (const { id, time } of this.#notes.all('SELECT id, time FROM project')) this.#removeProject(String(id), Number(time))
  }

  /** Places of 2.x are unique: all go out of the way before the old ones come back. */
  #clearPlace(table: string, id: string): void {
    if (this.#columns(table).includes('seq')) this.#db.run(`UPDATE main.${quoted(table)} SET seq = -seq - 1 WHERE id = ?`, id)
  }

  #putBack(touched: Touched): void {
    const row = this.#before(touched)
    if (!row) return
    const columns = Object.keys(row)
    const names = columns.map(quoted).join(', ')
    const marks = columns.map((name) => (row[name] instanceof Uint8Array ? 'CAST(? AS TEXT)' : '?')).join(', ')
    const set = columns.filter((name) => name !== 'id').map((name) => `${quoted(name)} = excluded.${quoted(name)}`)
    this.#db.run(
      `INSERT INTO main.${quoted(touched.table)} (${names}) VALUES (${marks}) ON CONFLICT (id) DO UPDATE SET ${set.join(', ')}`,
      ...columns.map((name): SqlValue => textBytes(row[name] ?? null)),
    )
  }

  /** A project that the import made, unless it is in use since. */
  #removeProject(id: string, time: number): void {
    const used = ['session', 'session_v2'].filter((table) => this.#db.columns(table).length > 0)
    if (used.some((table) => this.#db.get(`SELECT 1 FROM main.${table} WHERE project_id = ? LIMIT 1`, id))) return
    this.#remove('project', 'id = ? AND time_updated = ?', id, time)
  }

  /** Removes rows with all that hangs on them; where foreign keys are off, in their place. */
  #remove(table: string, condition: string, ...params: SqlValue[]): void {
    if (this.#adopted.length > 0) {
      for (const { child, column, key } of hangingOn(this.#db, table)) {
        const owners = `SELECT ${quoted(key)} FROM main.${quoted(table)} WHERE ${condition}`
        this.#remove(child, `${quoted(column)} IN (${owners})`, ...params)
      }
    }
    this.#db.run(`DELETE FROM main.${quoted(table)} WHERE ${condition}`, ...params)
  }
}

const rowDigestEquals = (row: Row, digest: Uint8Array): boolean => Buffer.from(rowDigest(row)).equals(digest)
