import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import type { Figures } from '../figures.ts'
import type { CountedSession } from '../sessions.ts'
import { fromStores, type Source } from '../source.ts'
import { FiguresFile } from './figures-file.ts'

/** A check of every row is done each time while it takes no longer than this; else now and then. */
const shortCheckMs = 80
const checkEveryMs = 600_000

/** Of more sessions than this the marks of all are looked at: then the file is known to be up to date until something moves. */
const manySessions = 200

/** How many sessions are written in one transaction. */
const writeTogether = 512

/**
 * Figures that are kept in a folder, and read anew only of sessions that changed. Where none can be kept, they are read each
 * time; likewise of a session of which something could not be read, so that it is named each time.
 */
export const cachedIn = (folder: string): Source =>
  function* (sessions) {
    for (const [found, some] of Map.groupBy(sessions, ({ stores }) => stores[0])) {
      const file = found && found.store.kind !== 'export-file' ? opened(folder, found.store) : undefined
      if (!found || !file) {
        yield* fromStores(some)
        continue
      }
      try {
        yield* withFile(file, found.store, some)
      } finally {
        file.close()
      }
    }
  }

function opened(folder: string, store: Store): FiguresFile | undefined {
  try {
    return FiguresFile.open(folder, store)
  } catch {
    return undefined
  }
}

/** What goes wrong with the file costs nothing but time. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

function* withFile(file: FiguresFile, store: Store, sessions: readonly CountedSession[]): ReturnType<Source> {
  const left = new Map(sessions.map((session) => [session.id, session]))
  const followers = followersOf(sessions)
  const fresh = attempt(() => freshIn(file, store, [...left.keys()], followers)) ?? new Set()
  const kept = file.read(fresh)[Symbol.iterator]()
  for (let next = attempt(() => kept.next()); next && !next.done; next = attempt(() => kept.next())) {
    const [id, figures] = next.value as [SessionID, Figures]
    yield [left.get(id)!, figures]
    left.delete(id)
  }
  const rest = [...left.values()]
  for (let at = 0; at < rest.length; at += writeTogether)
    yield* readAndKept(file, store, rest.slice(at, at + writeTogether), followers)
}

/** Which of these sessions the file has as they are now. */
function freshIn(file: FiguresFile, store: Store, ids: readonly SessionID[], followers: Followers): Set<SessionID> {
  const stamp = store.stamp()
  const same = stamp !== null && file.meta.text('stamp') === stamp
  const many = ids.length > manySessions
  const pulse = same || !many ? null : store.pulse()
  const isQuick = mayBeQuick(file)
  // What was written was of no session.
  const still = same || (isQuick && pulse !== null && pulse === file.meta.text('pulse'))
  if (still && !same && stamp !== null) attempt(() => file.meta.set('stamp', stamp))
  if (still && followers.size === 0) return new Set(ids)
  const known = file.marks(many ? undefined : ids)
  if (!still) dropChanged(file, store, known, many ? undefined : ids, { stamp, pulse, isQuick })
  return new Set(ids.filter((id) => known.has(id) && known.get(id)!.split('\n')[1] === (followers.get(id) ?? '')))
}

/** Whether a check of every row takes long, and was done not long ago. */
function mayBeQuick(file: FiguresFile): boolean {
  const [checkedAt, tookMs] = JSON.parse(file.meta.text('checked') ?? '[0,0]') as [number, number]
  return tookMs > shortCheckMs && Date.now() - checkedAt < checkEveryMs
}

/** Takes out of `known` what changed; where the marks of all sessions were looked at, out of the file, too. */
function dropChanged(
  file: FiguresFile,
  store: Store,
  known: Map<SessionID, string>,
  ids: readonly SessionID[] | undefined,
  state: { readonly stamp: string | null; readonly pulse: string | null; readonly isQuick: boolean },
): void {
  const quick = ids === undefined && state.isQuick
  const start = performance.now()
  const marks = store.marks(quick, ids)
  const took = performance.now() - start
  const { sessions: added, cursor } = store.added(file.meta.text('cursor'))
  for (const [id, mark] of known) {
    const [own = ''] = mark.split('\n')
    const now = marks.get(id)
    if (now === undefined || added.has(id) || !(own === now || (quick && own.startsWith(`${now}|`)))) known.delete(id)
  }
  if (ids !== undefined) return
  attempt(() => {
    file.begin()
    try {
      for (const id of file.marks().keys()) if (!known.has(id)) file.remove(id)
      file.meta.set('stamp', state.stamp ?? '')
      file.meta.set('pulse', state.pulse ?? '')
      file.meta.set('cursor', cursor)
      if (!quick) file.meta.set('checked', JSON.stringify([Date.now(), took]))
      file.commit()
    } catch (error) {
      file.rollback()
      throw error
    }
  })
}

function* readAndKept(
  file: FiguresFile,
  store: Store,
  sessions: readonly CountedSession[],
  followers: Followers,
): ReturnType<Source> {
  const ids = sessions.map(({ id }) => id)
  // Before the transcripts: what changes from now on is seen the next time.
  const marks = store.marks(false, ids)
  const read: [SessionID, Figures][] = []
  const before = problemsOf(sessions).length
  for (const [session, figures] of fromStores(sessions)) {
    yield [session, figures]
    read.push([session.id, figures])
  }
  const problems = problemsOf(sessions)
  if (problems.length > before) return
  const sound = read.filter(([id]) => marks.has(id) && !problems.some((reason) => reason.includes(id)))
  attempt(() => {
    file.begin()
    try {
      for (const [id, figures] of sound) file.put(id, `${marks.get(id)}\n${followers.get(id) ?? ''}`, figures)
      file.commit()
    } catch (error) {
      file.rollback()
      throw error
    }
  })
}

/** What could not be read so far. */
function problemsOf(sessions: readonly CountedSession[]): string[] {
  const stores = new Set(sessions.flatMap(({ stores: holders }) => holders))
  return [...stores].flatMap(({ store }) => store.problems().map(({ reason }) => reason))
}

/** The marks of the other copies of sessions that have any. */
type Followers = ReadonlyMap<SessionID, string>

function followersOf(sessions: readonly CountedSession[]): Followers {
  const followers = new Map<SessionID, string>()
  const byStore = new Map<Store, SessionID[]>()
  for (const { id, stores } of sessions)
    for (const { store } of stores.slice(1)) byStore.set(store, [...(byStore.get(store) ?? []), id])
  for (const [store, ids] of byStore) {
    for (const [id, mark] of store.marks(false, ids))
      followers.set(id, `${followers.get(id) ?? ''}${store.kind} ${store.path} ${mark};`.replaceAll('\n', ' '))
  }
  return followers
}
