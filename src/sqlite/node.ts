import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Connection, OpenOptions, Row, SqlValue, Statement } from './port.ts'

/** Behind the port: Node's own SQLite. The one file that knows it. */

class NodeStatement implements Statement {
  readonly #statement: StatementSync

  constructor(statement: StatementSync) {
    this.#statement = statement
  }

  run(...params: SqlValue[]): number {
    return Number(this.#statement.run(...params).changes)
  }

  get(...params: SqlValue[]): Row | undefined {
    try {
      return this.#statement.get(...params) as Row | undefined
    } catch (error) {
      return this.#withLarge(error, params)[0]
    }
  }

  all(...params: SqlValue[]): Row[] {
    try {
      return this.#statement.all(...params) as Row[]
    } catch (error) {
      return this.#withLarge(error, params)
    }
  }

  iterate(...params: SqlValue[]): IterableIterator<Row> {
    return this.#statement.iterate(...params) as IterableIterator<Row>
  }

  /** Where an integer does not fit into a number, Node throws. */
  #withLarge(error: unknown, params: readonly SqlValue[]): Row[] {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_OUT_OF_RANGE') throw error
    this.#statement.setReadBigInts(true)
    try {
      const rows = this.#statement.all(...params) as Row[]
      for (const row of rows) {
        for (const [name, value] of Object.entries(row)) {
          if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[name] = Number(value)
        }
      }
      return rows
    } finally {
      this.#statement.setReadBigInts(false)
    }
  }
}

class NodeConnection implements Connection {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, Statement>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  get isOpen(): boolean {
    return this.#db.isOpen
  }

  get isInTransaction(): boolean {
    return this.#db.isTransaction
  }

  exec(sql: string): void {
    this.#db.exec(sql)
  }

  prepared(sql: string): Statement {
    let statement = this.#statements.get(sql)
    if (!statement) {
      statement = new NodeStatement(this.#db.prepare(sql))
      this.#statements.set(sql, statement)
    }
    return statement
  }

  prepareExact(sql: string): Statement {
    const statement = this.#db.prepare(sql)
    statement.setReadBigInts(true)
    return new NodeStatement(statement)
  }

  define(name: string, run: (...values: SqlValue[]) => SqlValue): void {
    this.#db.function(name, { deterministic: true, varargs: true, useBigIntArguments: true }, run)
  }

  close(): void {
    this.#statements.clear()
    if (this.#db.isOpen) this.#db.close()
  }
}

export function openWithNode(
  address: string,
  { readOnly = false, timeoutMs = 0, foreignKeys = false, cutOff = false }: OpenOptions = {},
): Connection {
  const options = { readOnly, timeout: timeoutMs, enableForeignKeyConstraints: foreignKeys, ...(cutOff && { defensive: false }) }
  const db = new DatabaseSync(address, options)
  // The one thing that makes SQLite pass over how many pages a file should have (btree.c, lockBtree).
  if (cutOff) db.exec('PRAGMA writable_schema = ON')
  return new NodeConnection(db)
}
