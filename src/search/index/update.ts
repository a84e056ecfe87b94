import { nameOfProblem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { isCorruption, sqliteCode, sqliteCodes } from '../../sqlite/errors.ts'
import type { Store } from '../../stores/store.ts'
import { append } from './append.ts'
import { type FillOptions, fill, settle } from './fill.ts'
import { DamagedIndex, type IndexFile } from './index-file.ts'

/** A check of every row is done at every search of a store with no more messages than this; else now and then. */
const fewMessages = 20_000
const checkEveryMs = 600_000

export interface UpdateOptions extends FillOptions {
  /** Compares all rows, if that is due: it is not done while somebody waits for an answer, where anything else can tell. */
  readonly thorough?: boolean
}

/** An index is rather made anew than updated where more than half of its sessions changed, and more than so many. */
const fewChanged = 200

/**
 * Updates an index; gives the sessions that it could not update, or `rebuild` when it may be made anew, and so much changed that
 * this is better.
 */
export async function update(
  index: IndexFile,
  store: Store,
  options: UpdateOptions,
  mayRebuild: boolean,
): Promise<ReadonlySet<SessionID> | 'rebuild'> {
  const stamp = store.stamp()
  const isDue = options.thorough === true && isCheckDue(index)
  if (stamp !== null && index.meta.text('stamp') === stamp && !isDue) return new Set()
  // Before anything is compared: what changes from now on, the next search sees.
  const pulse = store.pulse()
  const isLarge = (index.meta.number('size') ?? 0) > fewMessages
  const quick = isLarge && !isDue && (pulse !== null || !isCheckDue(index))
  if (quick && pulse !== null && pulse === index.meta.text('pulse') && index.problems().length === 0) {
    noteStamp(index, stamp)
    return new Set()
  }
  const changes = (quick && pulse !== null && namedChanges(index, store, pulse)) || comparedChanges(index, store, quick)
  const { changed, gone, cursor } = changes
  if (mayRebuild && changed.length > fewChanged && changed.length > changes.known / 2) return 'rebuild'
  try {
    // Another process may be writing: what it writes will be what we would have.
    index.db.exec('BEGIN IMMEDIATE')
    index.forget()
    try {
      const before = index.meta.text('cursor')
      const anew = changed.filter((id) => !append(index, store, id, before))
      for (const id of [...gone, ...anew]) index.remove(id)
      await fill(index, store, anew, options)
      if (changed.length + gone.length > 0) index.writeColumns()
      settle(index, store, { stamp, pulse, cursor }, !quick)
      index.db.exec('COMMIT')
    } catch (error) {
      if (index.db.isInTransaction) index.db.exec('ROLLBACK')
      index.forget()
      throw error
    }
  } catch (error) {
    if (isDamage(error) || options.signal?.aborted) throw error
    return new Set([...changed, ...gone])
  }
  return new Set()
}

interface Changes {
  readonly changed: readonly SessionID[]
  readonly gone: readonly SessionID[]
  readonly cursor: string
  /** How many sessions the index knows, where it was asked. */
  readonly known: number
}

/** Whether a session is another one than the index knows. @param mark quick, or of all its rows */
const differs = (mark: string, before: string | undefined, quick: boolean) =>
  before === undefined || before === '' || (before !== mark && !(quick && before.startsWith(`${mark}|`)))

/** What OpenCode's own records name, if that is all that changed; null where every session has to be compared. */
function namedChanges(index: IndexFile, store: Store, pulse: string): Changes | null {
  const before = index.meta.text('pulse')
  if (!before || index.problems().length > 0) return null
  const { sessions, cursor } = store.added(index.meta.text('cursor'))
  const ids = [...sessions]
  const marks = store.marks(true, ids)
  const known = index.marks(ids)
  if (
    !store.explains?.(
      before,
      pulse,
      ids.map((id) => [known.get(id), marks.get(id)] as const),
    )
  )
    return null
  const changed = ids.filter((id) => marks.has(id))
  return { changed, gone: ids.filter((id) => known.has(id) && !marks.has(id)), cursor, known: Number.POSITIVE_INFINITY }
}

/** What changed by the marks of all sessions. */
function comparedChanges(index: IndexFile, store: Store, quick: boolean): Changes {
  const marks = store.marks(quick)
  const { sessions: added, cursor } = store.added(index.meta.text('cursor'))
  const known = index.marks()
  // What could not be read then is tried again, unless this process has been told of it already.
  const named = new Set(store.problems().map(nameOfProblem))
  const broken = new Set<SessionID>()
  for (const [id, problems] of index.problemsBySession())
    if (problems.some((problem) => !named.has(nameOfProblem(problem)))) broken.add(id)
  const changed = [...marks]
    .filter(([id, mark]) => differs(mark, known.get(id), quick) || added.has(id) || broken.has(id))
    .map(([id]) => id)
  return { changed, gone: [...known.keys()].filter((id) => !marks.has(id)), cursor, known: known.size }
}

/** Whether a store has moved, and its rows were not all compared for a while. */
export const isCheckDue = (index: IndexFile) =>
  index.meta.text('unchecked') === '1' && Date.now() - (index.meta.number('checked') ?? 0) >= checkEveryMs

/** Nothing of what was written was of a session. Where the index cannot be written, the next search finds the same again. */
function noteStamp(index: IndexFile, stamp: string | null): void {
  try {
    if (stamp !== null) index.meta.set('stamp', stamp)
    if (index.meta.text('unchecked') !== '1') index.meta.set('unchecked', '1')
  } catch (error) {
    if (isDamage(error)) throw error
  }
}

/** What SQLite says of a database that is damaged, that is none, or that lacks a table. */
export function isDamage(error: unknown): boolean {
  return error instanceof DamagedIndex || isCorruption(error) || sqliteCode(error) === sqliteCodes.error
}
