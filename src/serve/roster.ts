import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { subagentTitle } from '../stores/filter.ts'
import type { StoreKind } from '../stores/store.ts'

/** What a list is filtered and sorted by: little of each session, because there may be a hundred thousand. */
export interface Entry {
  readonly id: string
  readonly title: string
  readonly updated: number
  readonly directory: string | null
  readonly agent: string | null
  /** `provider/model`. */
  readonly model: string | null
  readonly archived: boolean
  readonly stranded: boolean
  /** Where the leading copy stands. */
  readonly store: StoreKind | null
  readonly parentID: string | null
}

/** Which sessions of the list are wanted; absent conditions are not asked. */
export interface RosterFilter {
  /** Words that title, id or directory hold, in any case. */
  readonly text?: readonly string[]
  readonly directory?: string
  readonly agent?: string
  readonly model?: string
  readonly store?: string
  readonly since?: number
  readonly until?: number
  readonly archived?: 'only' | 'no'
  readonly stranded?: boolean
  /** Also the sessions of subagents. */
  readonly subagents?: boolean
}

/** How many sessions have each value, the most first. */
type Facet = readonly (readonly [value: string, sessions: number])[]

export interface Facets {
  readonly directory: Facet
  readonly agent: Facet
  readonly model: Facet
  readonly store: Facet
  readonly archived: number
  readonly stranded: number
}

/** So many sessions are taken in before others get a turn. */
const slice = 500

/** Clocks of machines that write into one store may be apart so far, in ms. */
const overlapMs = 120_000

/** A list of all sessions, newest first, from which a page is cut at any place, and counted. */
export class Roster {
  readonly entries: readonly Entry[]

  private constructor(entries: readonly Entry[]) {
    this.entries = entries
  }

  /** Reads all headers, and lets others have a turn now and then. */
  static async of(catalog: Catalog): Promise<Roster> {
    const stranded = new Set(Array.from(catalog.stranded(), ({ session }) => session.id))
    const entries: Entry[] = []
    const shared = sharing()
    for (const session of catalog.sessions()) {
      entries.push(entryOf(session, stranded.has(session.id), shared))
      if (entries.length % slice === 0) await new Promise(setImmediate)
    }
    return new Roster(entries)
  }

  /**
   * The same with what was written since: sessions that came or changed are read, and no others. One that was deleted stays until
   * the list is made anew.
   */
  with(catalog: Catalog): Roster {
    const newest = this.entries[0]?.updated ?? 0
    const changed = [...catalog.sessions({ since: Math.min(newest, Date.now()) - overlapMs })]
    const stranded = new Set(Array.from(catalog.stranded(changed), ({ session }) => session.id))
    const ids = new Set(changed.map(({ id }) => id))
    const shared = sharing()
    const fresh = changed.map((session) => entryOf(session, stranded.has(session.id), shared))
    const rest = this.entries.filter(({ id }) => !ids.has(id))
    return new Roster([...fresh, ...rest].sort((a, b) => b.updated - a.updated || (a.id < b.id ? -1 : 1)))
  }

  select(filter: RosterFilter): Entry[] {
    const { directory, agent, model, store, since, until, archived, stranded, subagents } = filter
    const words = (filter.text ?? []).map((word) => word.toLowerCase())
    return this.entries.filter(
      (entry) =>
        (subagents || entry.parentID === null) &&
        (directory === undefined || entry.directory === directory) &&
        (agent === undefined || entry.agent === agent) &&
        (model === undefined || entry.model === model) &&
        (store === undefined || entry.store === store) &&
        (since === undefined || entry.updated >= since) &&
        (until === undefined || entry.updated < until) &&
        (archived === undefined || entry.archived === (archived === 'only')) &&
        (stranded === undefined || entry.stranded === stranded) &&
        words.every((word) => holds(entry, word)),
    )
  }
}

const holds = ({ id, title, directory }: Entry, word: string) =>
  title.toLowerCase().includes(word) || id.toLowerCase().includes(word) || (directory?.toLowerCase().includes(word) ?? false)

/** Gives equal texts as one and the same: directories, agents and models come thousands of times. */
function sharing(): (text: string | null) => string | null {
  const known = new Map<string, string>()
  return (text) => {
    if (text === null) return null
    const same = known.get(text)
    if (same !== undefined) return same
    known.set(text, text)
    return text
  }
}

function entryOf(session: Session, stranded: boolean, shared: (text: string | null) => string | null): Entry {
  const { id, title, time, directory, agent, model, copies, parentID, detached } = session
  return {
    id,
    title: title ?? '',
    updated: time.updated,
    directory: shared(directory),
    agent: shared(agent ?? subagentTitle(title)?.agent ?? null),
    model: shared(model && `${model.providerID}/${model.modelID}`),
    archived: time.archived !== null,
    stranded,
    store: copies[0]?.store ?? null,
    parentID: detached === undefined ? parentID : null,
  }
}

/** What the sessions of a list have in common. */
export function facetsOf(entries: readonly Entry[]): Facets {
  const count = (value: (entry: Entry) => string | null): Facet => {
    const counts = new Map<string, number>()
    for (const entry of entries) {
      const each = value(entry)
      if (each !== null) counts.set(each, (counts.get(each) ?? 0) + 1)
    }
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  }
  const sum = (holds: (entry: Entry) => boolean) => entries.reduce((n, entry) => n + (holds(entry) ? 1 : 0), 0)
  return {
    directory: count(({ directory }) => directory),
    agent: count(({ agent }) => agent),
    model: count(({ model }) => model),
    store: count(({ store }) => store),
    archived: sum(({ archived }) => archived),
    stranded: sum(({ stranded }) => stranded),
  }
}
