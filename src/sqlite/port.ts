/** What a column holds, and what a parameter of a statement may be. */
export type SqlValue = null | number | bigint | string | Uint8Array

/** A row by the names of its columns, in their order. */
export type Row = Record<string, SqlValue>

/** A statement of SQL, prepared once and run as often as is wanted. What SQLite says against it is thrown: see `errors.ts`. */
export interface Statement {
  /** Runs it. @returns how many rows it changed */
  run(...params: SqlValue[]): number
  /** The first row. An integer beyond 2^53 comes as a bigint. */
  get(...params: SqlValue[]): Row | undefined
  /** All rows, likewise. */
  all(...params: SqlValue[]): Row[]
  /** Rows one by one; the statement is free again when they were read to their end, or `return` was called. */
  iterate(...params: SqlValue[]): IterableIterator<Row>
}

/** A database as whoever only asks needs it. */
export interface Readable {
  all(sql: string, ...params: SqlValue[]): Row[]
  get(sql: string, ...params: SqlValue[]): Row | undefined
  tables(): Set<string>
}

/** An open database. */
export interface Connection {
  readonly isOpen: boolean
  readonly isInTransaction: boolean
  /** Runs statements without parameters, of which nothing is asked. */
  exec(sql: string): void
  /** A statement that is kept with the connection: the same for the same text. */
  prepared(sql: string): Statement
  /** A statement for one use, all of whose integers are bigints: as they are stored, whatever their size. */
  prepareExact(sql: string): Statement
  /** Makes a function of SQL, which must give the same for the same arguments; integers come to it as bigints. */
  define(name: string, run: (...values: SqlValue[]) => SqlValue): void
  /** Does nothing when it is closed already. */
  close(): void
}

export interface OpenOptions {
  /** Default false: written too, and made when it is not there, unless a URI says otherwise. */
  readonly readOnly?: boolean
  /** How long a statement waits for a lock. Default 0. */
  readonly timeoutMs?: number
  /** Default false, as for SQLite itself. */
  readonly foreignKeys?: boolean
  /** Whether a file that is shorter than it says is read as far as it goes. Default false: SQLite refuses it. */
  readonly cutOff?: boolean
}

/** Opens a database. @param address a path, or a URI (`fileURI`) */
export type Open = (address: string, options?: OpenOptions) => Connection
