import type { SqlValue, Statement } from '../../sqlite/port.ts'

/** Gives a prepared statement, the same for the same SQL. */
export type Prepared = (sql: string) => Statement

/** What an index notes of itself: one value for each name. */
export class Meta {
  readonly #prepared: Prepared

  constructor(prepared: Prepared) {
    this.#prepared = prepared
  }

  #value(key: string): unknown {
    return this.#prepared('SELECT value FROM meta WHERE key = ?').get(key)?.value
  }

  text(key: string): string | null {
    const value = this.#value(key)
    return typeof value === 'string' ? value : null
  }

  number(key: string): number | null {
    const value = this.#value(key)
    return typeof value === 'number' ? value : null
  }

  bytes(key: string): Uint8Array {
    const value = this.#value(key)
    return value instanceof Uint8Array ? value : new Uint8Array()
  }

  set(key: string, value: SqlValue): void {
    const sql = 'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value'
    this.#prepared(sql).run(key, value)
  }
}
