import { setImmediate } from 'node:timers/promises'
import { keepMemoryLow } from '../base/low-memory.ts'
import type { Catalog, CatalogFilter } from '../stores/catalog/catalog.ts'
import { type Cell, emptyCell, type Figures, type Oddity, slotMs } from './figures.ts'
import { ownHistory, type WithHistory } from './history.ts'
import type { Window } from './read-figures.ts'
import { type CountedSession, countedSessions } from './sessions.ts'
import { figuresOfCopies, type Source } from './source.ts'

export interface CountOptions {
  /** Which sessions: those of roots that pass, with their subagents. Time, agent and model choose messages instead. */
  readonly filter: CatalogFilter
  readonly source: Source
  readonly progress?: (at: { readonly done: number; readonly sessions: number }) => void
  readonly signal?: AbortSignal
}

/** One session with the cells of it that count. */
export interface CountedCells {
  readonly session: CountedSession
  readonly cells: readonly Cell[]
  /** What it has in common with a session that it was forked from, and counts there. */
  readonly repeated: readonly Cell[]
  readonly oddities: readonly Oddity[]
}

/** How many sessions are counted between two looks at the clock. */
const pauseEvery = 256

/** Counts every chosen session, each message once over all stores, copies and forks. In no order. */
export async function* count(catalog: Catalog, options: CountOptions): AsyncIterable<CountedCells> {
  const { filter, source, progress, signal } = options
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY, agent, model, ...roots } = filter
  keepMemoryLow()
  const all = countedSessions(catalog, roots)
  const chosen = all.filter((session) => session.chosen)
  const forks: WithHistory[] = []
  const isMeant = cellFilter(agent, model)
  const window = { since, until }
  const counted = (session: CountedSession, figures: Figures, history: readonly Cell[]): CountedCells => {
    const isIn = (cell: Cell) => overlaps(cell, window) !== 'outside' && isMeant(cell)
    const own = history.filter((cell) => overlaps(cell, window) === 'inside')
    const repeated = figures.history.map(({ cell }) => cell).filter((cell) => !history.includes(cell) && isIn(cell))
    const cells = [...within(session, figures, window), ...own]
    // A session counts as one, also where nothing was said in it that does not belong to another.
    if (figures.cells.length + history.length === 0) cells.push(emptyCell(session.time.created))
    return { session, cells: cells.filter(isIn), repeated, oddities: figures.oddities }
  }
  let done = 0
  for (const [session, figures] of source(chosen)) {
    if (done++ % pauseEvery === 0) {
      if (done > 1) progress?.({ done, sessions: chosen.length })
      await setImmediate()
      signal?.throwIfAborted()
    }
    if (figures.history.length > 0) forks.push([session, figures])
    else yield counted(session, figures, [])
  }
  const histories = forks.length > 0 ? ownHistory(forks, all, source) : new Map<CountedSession, Cell[]>()
  for (const [session, figures] of forks) yield counted(session, figures, histories.get(session) ?? [])
}

function cellFilter(agent: string | undefined, model: string | undefined): (cell: Cell) => boolean {
  const [name, part] = [agent?.toLowerCase(), model?.toLowerCase()]
  return (cell) =>
    (name === undefined || cell.agent?.toLowerCase() === name) &&
    (part === undefined || (cell.model?.toLowerCase().includes(part) ?? false))
}

function overlaps({ slot }: Cell, { since, until }: Window): 'inside' | 'outside' | 'across' {
  const [from, to] = [slot * slotMs, (slot + 1) * slotMs]
  if (to <= since || from >= until) return 'outside'
  return from >= since && to <= until ? 'inside' : 'across'
}

/** The cells in a window. Of a session that has one across its edge the messages are read again. */
function within(session: CountedSession, figures: Figures, window: Window): readonly Cell[] {
  if (figures.cells.some((cell) => overlaps(cell, window) === 'across')) return figuresOfCopies(session, { window }).cells
  return figures.cells.filter((cell) => overlaps(cell, window) === 'inside')
}
