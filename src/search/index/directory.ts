import type { SessionID } from '../../opencode/ids.ts'
import type { Prepared } from './meta.ts'

/** Sessions of so many neighbouring numbers stand in one row: few rows to read of all, few bytes to write for one. */
const chunkSessions = 256

const doubles = ['first', 'updated'] as const
const integers = ['units', 'messages', 'parents', 'states', 'origin'] as const

/** What a session of the directory is. One that is gone is still there as a number, so that no other has to change its own. */
export const states = { open: 0, archived: 1, gone: 2 } as const

/** `parents` of a session without one, and of one whose parent is not here. */
export const noParent = -1
export const parentElsewhere = -2

export interface Origin {
  readonly projectID: string | null
  readonly directory: string | null
}

export interface DirectoryEntry {
  readonly id: SessionID
  readonly first: number
  readonly units: number
  readonly messages: number
  readonly updated: number
  readonly parent: number
  readonly archived: boolean
  readonly origin: Origin
}

/**
 * All sessions of an index as columns, in the order of their units: what a search needs of every session, loaded at once. A
 * session goes by its number here, which it keeps until it is read anew.
 */
export class Directory {
  count = 0
  /** Number of the session's first unit; its units follow one another. */
  first = new Float64Array()
  /** ms since the epoch. */
  updated = new Float64Array()
  units = new Int32Array()
  messages = new Int32Array()
  /** Number of the parent in this directory; `noParent`, or `parentElsewhere`. */
  parents = new Int32Array()
  /** One of `states`. */
  states = new Int32Array()
  /** Number of the project and directory in `origins`. */
  origin = new Int32Array()
  readonly origins: Origin[] = []
  readonly #originNumbers = new Map<string, number>()
  /** Of each chunk: the ids one after another, where they are equally long, or a list. */
  readonly #ids: (string | SessionID[])[] = []
  readonly #changed = new Set<number>()
  #newestUpTo: Float64Array | undefined

  /** The directory as it was last written. */
  static read(prepared: Prepared): Directory {
    const directory = new Directory()
    const rows = prepared('SELECT sessions, numbers, ids FROM directory ORDER BY chunk').all()
    directory.#reserve(rows.length * chunkSessions)
    for (const [chunk, row] of rows.entries()) {
      const { buffer } = (row.numbers as Uint8Array).slice()
      let at = 0
      for (const name of doubles) {
        directory[name].set(new Float64Array(buffer, at, chunkSessions), chunk * chunkSessions)
        at += 8 * chunkSessions
      }
      for (const name of integers) {
        directory[name].set(new Int32Array(buffer, at, chunkSessions), chunk * chunkSessions)
        at += 4 * chunkSessions
      }
      const ids = String(row.ids)
      directory.#ids.push(ids.startsWith('[') ? (JSON.parse(ids) as string[]) : ids)
      directory.count += Number(row.sessions)
    }
    for (const { project, directory: path } of prepared('SELECT project, directory FROM origin ORDER BY no').all())
      directory.#noteOrigin({
        projectID: project === null ? null : String(project),
        directory: path === null ? null : String(path),
      })
    return directory
  }

  id(at: number): SessionID {
    const ids = this.#ids[Math.floor(at / chunkSessions)]!
    const place = at % chunkSessions
    if (typeof ids !== 'string') return ids[place]!
    const width = ids.length / this.#sizeOf(Math.floor(at / chunkSessions))
    return ids.slice(place * width, (place + 1) * width)
  }

  /** For each number when the last of the sessions before it was updated, in ms since the epoch. */
  get newestUpTo(): Float64Array {
    if (!this.#newestUpTo) {
      const { count, updated } = this
      const newest = new Float64Array(count + 1)
      newest[0] = Number.NEGATIVE_INFINITY
      for (let at = 0; at < count; at++) newest[at + 1] = Math.max(newest[at]!, updated[at]!)
      this.#newestUpTo = newest
    }
    return this.#newestUpTo
  }

  isHere(at: number): boolean {
    return this.states[at] !== states.gone
  }

  /** The number of a session. @param first that of its first unit */
  numberOf(id: SessionID, first: number): number | undefined {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.first[middle]! < first) low = middle + 1
      else high = middle
    }
    // Sessions without units begin where the next one does.
    for (let at = low; at < this.count && this.first[at] === first; at++) if (this.isHere(at) && this.id(at) === id) return at
    return undefined
  }

  /** Adds a session behind all others. @returns its number */
  add(entry: DirectoryEntry): number {
    const at = this.count
    this.#reserve(at + 1)
    this.count++
    const chunk = Math.floor(at / chunkSessions)
    if (at % chunkSessions === 0) this.#ids.push([])
    else if (typeof this.#ids[chunk] === 'string') this.#ids[chunk] = this.#listOf(chunk, this.#sizeOf(chunk) - 1)
    ;(this.#ids[chunk] as SessionID[]).push(entry.id)
    this.change(at, entry)
    return at
  }

  /** @param entry with the same id and first unit */
  change(at: number, { first, units, messages, updated, parent, archived, origin }: DirectoryEntry): void {
    this.first[at] = first
    this.updated[at] = updated
    this.units[at] = units
    this.messages[at] = messages
    this.states[at] = archived ? states.archived : states.open
    this.origin[at] = this.#noteOrigin(origin)
    this.setParent(at, parent)
  }

  setParent(at: number, parent: number): void {
    this.parents[at] = parent
    this.#changed.add(Math.floor(at / chunkSessions))
    this.#newestUpTo = undefined
  }

  remove(at: number): void {
    this.units[at] = 0
    this.messages[at] = 0
    this.updated[at] = Number.NEGATIVE_INFINITY
    this.states[at] = states.gone
    this.setParent(at, noParent)
  }

  /** Writes what changed. */
  save(prepared: Prepared): void {
    const sql = 'INSERT OR REPLACE INTO directory (chunk, sessions, numbers, ids) VALUES (?, ?, ?, ?)'
    for (const chunk of this.#changed) {
      const bytes = new Uint8Array(chunkSessions * (8 * doubles.length + 4 * integers.length))
      const from = chunk * chunkSessions
      let at = 0
      for (const name of [...doubles, ...integers]) {
        const { buffer, byteLength } = this[name].slice(from, from + chunkSessions)
        bytes.set(new Uint8Array(buffer), at)
        at += byteLength
      }
      const size = this.#sizeOf(chunk)
      prepared(sql).run(chunk, size, bytes, packIDs(this.#listOf(chunk, size)))
    }
    this.#changed.clear()
    const insert = 'INSERT OR IGNORE INTO origin (no, project, directory) VALUES (?, ?, ?)'
    for (const [no, { projectID, directory }] of this.origins.entries()) prepared(insert).run(no, projectID, directory)
  }

  #sizeOf(chunk: number): number {
    return Math.min(chunkSessions, this.count - chunk * chunkSessions)
  }

  #listOf(chunk: number, size: number): SessionID[] {
    const ids = this.#ids[chunk]!
    if (typeof ids !== 'string') return ids
    const width = ids.length / size
    return Array.from({ length: size }, (_item, at) => ids.slice(at * width, (at + 1) * width))
  }

  #noteOrigin(origin: Origin): number {
    const key = JSON.stringify([origin.projectID, origin.directory])
    const known = this.#originNumbers.get(key)
    if (known !== undefined) return known
    this.#originNumbers.set(key, this.origins.length)
    return this.origins.push(origin) - 1
  }

  #reserve(count: number): void {
    if (count <= this.first.length) return
    const capacity = chunkSessions * Math.ceil(Math.max(count, this.first.length * 1.5) / chunkSessions)
    for (const name of doubles) {
      const grown = new Float64Array(capacity)
      grown.set(this[name])
      this[name] = grown
    }
    for (const name of integers) {
      const grown = new Int32Array(capacity)
      grown.set(this[name])
      this[name] = grown
    }
  }
}

/** Ids of one length one after another, which need no reading; others as JSON. */
function packIDs(ids: readonly SessionID[]): string {
  const text = ids.join('')
  const [first = ''] = ids
  return /^[\w-]+$/.test(text) && ids.every(({ length }) => length === first.length) ? text : JSON.stringify(ids)
}
