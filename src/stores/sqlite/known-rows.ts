import { dirname, isAbsolute, join } from 'node:path'
import { makeFolder, writeAtomically } from '../../base/files.ts'
import { fingerprint } from '../../base/fingerprint.ts'
import { isObject, type JsonObject, listOf, numberOf, objectOf, parseObject, textOf } from '../../base/json.ts'
import { ownCacheFolder } from '../../base/own-data.ts'
import { readRegular } from '../../base/regular.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { type Growth, growthOf, hasOnlyGrown } from './growth.ts'
import { sessionsInEvents, sessionsWithoutRow } from './lost-rows.ts'

type Pair = readonly [parent: SessionID, child: SessionID]

interface Known {
  /** When all rows were looked at, in ms since the epoch. */
  readonly time: number
  readonly stamp: string
  readonly tables: ReadonlyMap<string, Growth>
  readonly nested: readonly Pair[]
  readonly unlinked: readonly SessionID[]
}

/** A table, and the column that tells its rows apart. */
interface Keyed {
  readonly table: string
  readonly key: string
  readonly isOfSessions: boolean
}

/** Fewer sessions are looked through in no time. */
const fewestSessions = 2000
/** What is edited behind OpenCode's back, in rows that were known, is found after a day. */
const longestKnownMs = 86_400_000
const version = 2

/**
 * What looking through all rows of a large database has shown: that none belongs to a session without a row, which sessions are
 * started by one that is no root, and which look like subagents and name no parent. It is kept in the cache, so that the next
 * question looks at new rows alone, and at none where nothing was written: on 20,000 sessions that is half of the time of a list.
 * Where rows were taken out, or the last one is another, all are looked at again.
 */
export class KnownRows {
  readonly #db: Database
  readonly #name: string
  readonly #tables: readonly Keyed[]
  readonly #transcripts: readonly string[]
  readonly #sessions: readonly string[]
  /** Taken before anything is looked at. */
  readonly #stamp: string | null
  /** Null where nothing new is to be kept. */
  #growth: ReadonlyMap<string, Growth> | null = null
  #before: Known | undefined
  #isClean = false
  #nested: readonly Pair[] | undefined
  #unlinked: readonly SessionID[] | undefined

  /** @param own the table of the sessions @param transcripts tables with what is said in them */
  constructor(db: Database, own: string, transcripts: readonly string[]) {
    this.#db = db
    this.#transcripts = transcripts
    const present = db.tables()
    this.#sessions = ['session', 'session_v2'].filter((name) => present.has(name) && db.columns(name).has('id'))
    const rows = [...transcripts.map((table) => ({ table, key: 'id' })), { table: 'event_sequence', key: 'aggregate_id' }]
    this.#tables = [
      ...this.#sessions.map((table) => ({ table, key: 'id', isOfSessions: true })),
      ...rows
        .filter(({ table, key }) => present.has(table) && db.columns(table).has(key))
        .map((each) => ({ ...each, isOfSessions: false })),
    ]
    this.#name = `${own} ${db.path}`
    this.#stamp = db.stamp()
    this.#begin()
  }

  #begin(): void {
    const kept = knownIn(keptIn(this.#path), this.#name)
    if (kept && this.#stamp !== null && kept.stamp === this.#stamp) {
      this.#before = kept
      return
    }
    const growth = new Map<string, Growth>()
    const look = (isOfSessions: boolean) => {
      for (const { table, key } of this.#tables.filter((each) => each.isOfSessions === isOfSessions)) {
        const found = growthOf(this.#db, table, key, isOfSessions)
        if (found) growth.set(table, found)
      }
    }
    look(true)
    const sessions = this.#sessions.reduce((sum, table) => sum + (growth.get(table)?.rows ?? 0), 0)
    if (sessions < fewestSessions) return
    look(false)
    this.#growth = growth
    const holds = ({ table, key }: Keyed) => {
      const before = kept?.tables.get(table)
      // One that had no rows then is looked at from its first on.
      return !before || hasOnlyGrown(this.#db, table, key, before, growth.get(table))
    }
    if (kept && this.#tables.every(holds)) this.#before = kept
  }

  get #path(): string {
    return join(ownCacheFolder(), 'rows', `${fingerprint(this.#name)}.json`)
  }

  /** Whether it is known that no session is without its row: rows that came since are looked at. */
  noneLost(): boolean {
    if (!this.#before) return false
    const after = Object.fromEntries(this.#tables.map(({ table }) => [table, this.#after(table)]))
    const lost = sessionsWithoutRow(this.#db, this.#transcripts, this.#sessions, after).size
    const told = this.#transcripts.includes('message') ? sessionsInEvents(this.#db, this.#sessions, after).length : 0
    this.#isClean = lost + told === 0
    return this.#isClean
  }

  /** The row id up to which the rows of a table are known. */
  #after(table: string): number {
    return this.#before?.tables.get(table)?.last ?? -1
  }

  /** Notes that all rows were looked at, and none belongs to a session without its row. */
  noteNoneLost(): void {
    this.#isClean = true
    this.#keep()
  }

  /**
   * Sessions that one which is no root has started.
   * @param among finds them among the rows of sessions that came after a row id, or among all
   */
  nested(own: string, among: (after?: number) => readonly Pair[]): readonly Pair[] {
    if (this.#nested) return this.#nested
    const before = this.#before
    this.#nested = before ? [...before.nested, ...among(this.#after(own))] : among()
    this.#keep()
    return this.#nested
  }

  /**
   * Sessions that look like subagents and name no parent.
   * @param among as for {@link nested}
   */
  unlinked(own: string, among: (after?: number) => readonly SessionID[]): readonly SessionID[] {
    if (this.#unlinked) return this.#unlinked
    const before = this.#before
    this.#unlinked = before ? [...before.unlinked, ...among(this.#after(own))] : among()
    this.#keep()
    return this.#unlinked
  }

  /** A cache that cannot be written costs time, and nothing else. */
  #keep(): void {
    if (!this.#growth || !this.#isClean || !this.#nested || !this.#unlinked || !isAbsolute(this.#path)) return
    // While OpenCode writes, the next question would find it written again.
    if (this.#before && this.#stamp === null) return
    const tables = Object.fromEntries(this.#growth)
    const time = this.#before?.time ?? Date.now()
    const found = { nested: this.#nested, unlinked: this.#unlinked }
    const known = { version, name: this.#name, time, stamp: this.#stamp ?? '', tables, ...found }
    try {
      makeFolder(dirname(this.#path))
      writeAtomically(this.#path, [Buffer.from(JSON.stringify(known))], { sync: false })
    } catch {
      // Looked at again the next time.
    }
  }
}

function keptIn(path: string): JsonObject | undefined {
  try {
    return parseObject(readRegular(path).toString())
  } catch {
    return undefined
  }
}

/** What was known of a database, if that is not too long ago. */
function knownIn(kept: JsonObject | undefined, name: string): Known | undefined {
  const time = numberOf(kept?.time) ?? 0
  if (!kept || kept.version !== version || kept.name !== name || !(Date.now() - time < longestKnownMs)) return undefined
  const tables = Object.entries(objectOf(kept.tables)).flatMap(([table, value]) => {
    const growth = growthIn(value)
    return growth ? [[table, growth] as const] : []
  })
  const unlinked = listOf(kept.unlinked).filter((id) => typeof id === 'string')
  return { time, stamp: textOf(kept.stamp) ?? '', tables: new Map(tables), nested: pairsIn(kept.nested), unlinked }
}

function growthIn(value: unknown): Growth | undefined {
  if (!isObject(value)) return undefined
  const [last, rows, sum] = [value.last, value.rows, value.sum].map(numberOf)
  const key = textOf(value.key)
  if (last == null || key === null) return undefined
  return rows == null || sum == null ? { last, key } : { last, key, rows, sum }
}

const pairsIn = (value: unknown): Pair[] =>
  listOf(value).flatMap((pair) => {
    const [parent, child] = listOf(pair).map(textOf)
    return parent && child ? [[parent, child] as const] : []
  })
