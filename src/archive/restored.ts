import { createHash } from 'node:crypto'
import { toV1, toV2 } from '../convert/exported.ts'
import type { SessionID } from '../opencode/ids.ts'
import { Database } from '../stores/database.ts'
import { discover, type Generation } from '../stores/discover.ts'
import type { RawRecord, Store, StoredSession, StoreKind } from '../stores/store.ts'
import { mapSession, pathMap } from '../transfer/path-map.ts'
import { canonicalJSON } from '../transfer/same-json.ts'
import type { Target } from '../transfer/target.ts'

/** What the records of a session are, without keeping them. */
export interface RecordFacts {
  /** Of all records in any order, and how many they are. */
  readonly digest: string
  /** The columns of each table that count: those that both sides have. */
  readonly columns: ReadonlyMap<string, readonly string[]>
}

/** Rows that no archive has whole: without its secret, a share is not restored. */
const left = new Set(['session_share'])

/** Adds up records to a digest that is the same in whatever order they come. */
export class RecordDigest {
  readonly #columnsOf: (table: string) => ReadonlySet<string>
  readonly #columns = new Map<string, readonly string[]>()
  readonly #sum = Buffer.alloc(32)
  #count = 0

  /** @param columnsOf those of the store that is compared; none for a table that it has not, whose rows do not count */
  constructor(columnsOf: (table: string) => ReadonlySet<string>) {
    this.#columnsOf = columnsOf
  }

  add(record: RawRecord): void {
    const hash = createHash('sha256')
    if ('file' in record) {
      if (/^(?:session_share|share)\//.test(record.file)) return
      hash.update(`${record.file}\0`).update(record.bytes)
    } else {
      const { table, columns } = record
      const names = this.#namesOf(table, columns)
      if (names.length === 0) return
      hash.update(table)
      for (const name of names) {
        const value = columns.get(name) ?? null
        if (value instanceof Uint8Array) hash.update(`\0${name}\0text ${value.length} `).update(value)
        else hash.update(`\0${name}\0${value === null ? 'null' : `number ${Object.is(value, -0) ? '-0' : value}`}`)
      }
    }
    const bytes = hash.digest()
    for (let at = 0; at < bytes.length; at++) this.#sum[at]! ^= bytes[at]!
    this.#count++
  }

  #namesOf(table: string, columns: ReadonlyMap<string, unknown>): readonly string[] {
    let names = this.#columns.get(table)
    if (!names) {
      const there = this.#columnsOf(table)
      names = left.has(table) ? [] : [...columns.keys()].filter((name) => there.has(name)).sort()
      this.#columns.set(table, names)
    }
    return names
  }

  get facts(): RecordFacts {
    return { digest: `${this.#count} ${this.#sum.toString('hex')}`, columns: this.#columns }
  }
}

/** What a session says, without where it is: its messages and their number. */
export interface ContentFacts {
  readonly digest: string
  readonly messages: number
}

/** @param generation in whose words; both sides of a comparison in the same */
export function contentDigest(
  session: StoredSession,
  generation: Generation,
  map: readonly (readonly [string, string])[],
): ContentFacts {
  const mapped = map.length > 0 ? mapSession(session, pathMap(map)) : session
  const exported = generation === 'v1' ? toV1(mapped) : toV2(mapped)
  const hash = createHash('sha256')
  let messages = 0
  for (const message of exported.messages) {
    hash.update(canonicalJSON(message)).update('\n')
    messages++
  }
  return { digest: `${messages} ${hash.digest('hex')}`, messages }
}

/** Reads what was restored, as any other program would: through a connection of its own. */
export class TargetReader {
  readonly generation: Generation
  readonly #target: Target
  readonly #columns = new Map<string, ReadonlySet<string>>()
  #stores: readonly Store[] = []

  constructor(target: Target) {
    this.#target = target
    this.generation = target.generation
  }

  /** Whether sessions of this layout can be in the target as they are. */
  layoutIs(kind: StoreKind): boolean {
    return kind === this.#kind
  }

  get #kind(): StoreKind {
    return this.#target.layout === 'json-tree' ? 'json-tree' : `sqlite-${this.generation}`
  }

  /** The columns of a table of the target. */
  columns(table: string): ReadonlySet<string> {
    let columns = this.#columns.get(table)
    if (!columns) {
      const db = new Database(this.#target.path)
      try {
        columns = db.tables().has(table) ? db.columns(table) : new Set<string>()
      } finally {
        db.close()
      }
      this.#columns.set(table, columns)
    }
    return columns
  }

  reopen(): void {
    this.close()
    try {
      this.#stores = discover({ roots: [this.#target.path] }).stores.map(({ store }) => store)
    } catch {
      this.#stores = [] // a tree into which nothing was written
    }
  }

  get #store(): Store | undefined {
    return this.#stores.find(({ kind }) => kind === this.#kind)
  }

  /** The digest of a session's records, over the columns that counted before. */
  digestOf(id: SessionID, { columns }: RecordFacts): string | undefined {
    const store = this.#store
    if (!store) return undefined
    const digest = new RecordDigest((table) => new Set(columns.get(table)))
    for (const record of store.records(id)) if ('file' in record || columns.has(record.table)) digest.add(record)
    return digest.facts.digest
  }

  content(id: SessionID): ContentFacts | undefined {
    const info = this.#store?.info(id)
    if (!info || !this.#store) return undefined
    return contentDigest({ ...info, messages: this.#store.messages(id) }, this.generation, [])
  }

  close(): void {
    for (const store of this.#stores) store.close()
    this.#stores = []
  }
}
