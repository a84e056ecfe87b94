import { createHash, type Hash } from 'node:crypto'
import { canonicalJSON } from '../../base/canonical-json.ts'
import { objectOf } from '../../base/json.ts'
import { toV1, toV2 } from '../../convert/exported.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { Database } from '../../sqlite/database.ts'
import { discover, type Generation } from '../../stores/catalog/discover.ts'
import type { RawRecord, Store, StoredSession, StoreKind } from '../../stores/store.ts'
import { mapSession, pathMap } from '../../transfer/import/path-map.ts'
import type { Target } from '../../transfer/write/target.ts'

/** What the records of a session are, without keeping them. */
export interface RecordFacts {
  /** Of all records in any order, and how many they are. */
  readonly digest: string
  /** The same without what tells where the session is: one that goes elsewhere keeps this. */
  readonly placeless: string
  /** The columns of each table that count: those that both sides have. */
  readonly columns: ReadonlyMap<string, readonly string[]>
}

/** Rows that no archive has whole: without its secret, a share is not restored. */
const left = new Set(['session_share'])

/** What says where a session is, in its row. */
const placeColumns = new Set(['project_id', 'workspace_id', 'parent_id', 'directory', 'path'])

function addTo(sum: Buffer, hash: Hash): void {
  const bytes = hash.digest()
  for (let at = 0; at < bytes.length; at++) sum[at]! ^= bytes[at]!
}

/** Adds up records to a digest that is the same in whatever order they come. */
export class RecordDigest {
  readonly #columnsOf: (table: string) => ReadonlySet<string>
  readonly #columns = new Map<string, readonly string[]>()
  readonly #sum = Buffer.alloc(32)
  readonly #heads = Buffer.alloc(32)
  readonly #placeless = Buffer.alloc(32)
  #count = 0

  /** @param columnsOf those of the store that is compared; none for a table that it has not, whose rows do not count */
  constructor(columnsOf: (table: string) => ReadonlySet<string>) {
    this.#columnsOf = columnsOf
  }

  add(record: RawRecord): void {
    if ('file' in record) {
      if (/^(?:session_share|share)\//.test(record.file)) return
      const isHead = record.file.startsWith('session/')
      addTo(isHead ? this.#heads : this.#sum, createHash('sha256').update(`${record.file}\0`).update(record.bytes))
    } else {
      const { table, columns } = record
      const names = this.#namesOf(table, columns)
      if (names.length === 0) return
      const isHead = columns.has('project_id')
      addTo(isHead ? this.#heads : this.#sum, rowHash(table, columns, names))
      if (isHead)
        addTo(
          this.#placeless,
          rowHash(
            table,
            columns,
            names.filter((name) => !placeColumns.has(name)),
          ),
        )
    }
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
    const rest = `${this.#count} ${this.#sum.toString('hex')}`
    return {
      digest: `${rest} ${this.#heads.toString('hex')}`,
      placeless: `${rest} ${this.#placeless.toString('hex')}`,
      columns: this.#columns,
    }
  }
}

function rowHash(
  table: string,
  columns: ReadonlyMap<string, Uint8Array | number | bigint | null>,
  names: readonly string[],
): Hash {
  const hash = createHash('sha256').update(table)
  for (const name of names) {
    const value = columns.get(name) ?? null
    if (value instanceof Uint8Array) hash.update(`\0${name}\0text ${value.length} `).update(value)
    else hash.update(`\0${name}\0${value === null ? 'null' : `number ${Object.is(value, -0) ? '-0' : value}`}`)
  }
  return hash
}

/** What a session says, without where it is: its messages and their number. */
export interface ContentFacts {
  readonly digest: string
  readonly messages: number
}

/**
 * @param generation in whose words; both sides of a comparison in the same
 * @param directory where the session is: old messages do not say it themselves
 */
export function contentDigest(
  session: StoredSession,
  generation: Generation,
  directory: string | null,
  map: readonly (readonly [string, string])[] = [],
): ContentFacts {
  const { shape, info } = session
  const place = shape === 'v1' ? { directory } : { location: { ...objectOf(info.location), directory } }
  const placed = { ...session, info: { ...info, ...place } }
  const mapped = map.length > 0 ? mapSession(placed, pathMap(map)) : placed
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
  layoutIs(kind: string | undefined): boolean {
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
  factsOf(id: SessionID, { columns }: RecordFacts): RecordFacts | undefined {
    const store = this.#store
    if (!store) return undefined
    const digest = new RecordDigest((table) => new Set(columns.get(table)))
    for (const record of store.records(id)) if ('file' in record || columns.has(record.table)) digest.add(record)
    return digest.facts
  }

  /** What a session says now, and where it is. */
  content(id: SessionID): (ContentFacts & { readonly directory: string | null }) | undefined {
    const info = this.#store?.info(id)
    if (!info || !this.#store) return undefined
    const directory = this.#store.session(id)?.directory ?? null
    return { directory, ...contentDigest({ ...info, messages: this.#store.messages(id) }, this.generation, directory) }
  }

  close(): void {
    for (const store of this.#stores) store.close()
    this.#stores = []
  }
}
