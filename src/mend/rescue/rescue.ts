import { OcvaultError } from '../../base/errors.ts'
import { objectOf, textOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { IsKnown, ProjectRecord, Store, StoredInfo } from '../../stores/store.ts'
import { type ImportOptions, writeSessions } from '../../transfer/import/import.ts'
import type { Incoming, LoadedSession } from '../../transfer/import/input/incoming.ts'
import { todosIn } from '../../transfer/import/input/todos.ts'
import type { ImportedSession, ImportReport } from '../../transfer/import/report.ts'
import type { Target } from '../../transfer/write/target.ts'
import type { Todo } from '../../transfer/write/writer.ts'
import type { Castaway, Castaways } from './castaway.ts'
import { projectsByDirectory } from './home-project.ts'
import { withMessageRows } from './lost-message-rows.ts'

/** What came from where, or would come. */
interface RescueSource {
  /** The store that it is from; the database itself where rows of it had lost their owners. */
  readonly path: string
  readonly kind: Store['kind']
  /** Why nobody showed it, as a sentence for a person without a full stop. */
  readonly reason: string
  readonly sessions: readonly SessionID[]
}

export interface RescueReport extends ImportReport {
  readonly sources: readonly RescueSource[]
}

type RescueOptions = Pick<ImportOptions, 'dryRun' | 'undo' | 'onProgress'>

/**
 * Brings castaways into the store in use, as an import does: planned, each tree in one transaction, read back, noted for undoing.
 * Rows that come from the same layout are written as they were, rows that are there already stay where they are. A session that
 * is there already is changed only by a copy that is newer and has all of it.
 * @param inUse the stores that are written
 * @throws OcvaultError as `writeSessions` does
 */
export async function rescueSessions(
  { sessions: castaways, notes }: Castaways,
  target: Target,
  inUse: readonly Store[],
  options: RescueOptions,
): Promise<RescueReport> {
  const known = projectsIn(castaways, inUse)
  const homeOf = projectsByDirectory(inUse)
  const incoming = castaways.map((each) => incomingOf(each, target, inUse, known, homeOf))
  const how = { ...options, keepProject: true, salvage: true, update: true }
  const refused = await refusedOf(incoming, target, inUse, how)
  const isRefused = new Set(refused.map(({ id }) => id))
  const report = await writeSessions(
    incoming.filter(({ id }) => !isRefused.has(id)),
    target,
    how,
  )
  const byID = new Map(castaways.map((each) => [each.session.id, each]))
  const isNews = ({ plan, id }: ImportedSession) => plan !== 'identical' && plan !== 'behind' && byID.has(id)
  const sessions = [...report.sessions, ...refused]
    .filter(isNews)
    .map((row) => ({ ...row, note: noteOf(row, byID.get(row.id)!) }))
  return { ...report, sessions, notes: [...report.notes, ...notes], sources: sourcesOf(sessions, byID) }
}

/**
 * Sessions that are in use and cannot be joined with their copy. They are told apart beforehand, so that they do not keep back
 * what is below them.
 */
async function refusedOf(
  incoming: readonly Incoming[],
  target: Target,
  inUse: readonly Store[],
  options: ImportOptions,
): Promise<readonly ImportedSession[]> {
  const isThere = (id: SessionID) => inUse.some((store) => !store.remains().has(id) && store.updated([id]).size > 0)
  const there = incoming.filter(({ id }) => isThere(id))
  if (there.length === 0) return []
  const { onProgress, ...how } = options
  const { sessions } = await writeSessions(there, target, { ...how, dryRun: true })
  return sessions.filter(({ result }) => result === 'refused')
}

/** What is known of projects; what the stores in use say counts. */
function projectsIn(castaways: readonly Castaway[], inUse: readonly Store[]): ReadonlyMap<string, ProjectRecord> {
  const known = new Map<string, ProjectRecord>()
  for (const store of [...new Set(castaways.flatMap(({ store, record }) => [store, ...(record ? [record] : [])])), ...inUse])
    for (const project of store.projects()) known.set(project.id, project)
  return known
}

function incomingOf(
  castaway: Castaway,
  target: Target,
  inUse: readonly Store[],
  known: ReadonlyMap<string, ProjectRecord>,
  homeOf: ReturnType<typeof projectsByDirectory>,
): Incoming {
  const { session, store, record } = castaway
  const { id, title, parentID, time } = session
  const from = record ?? store
  const info = () => infoOf(castaway, homeOf)
  const projectID = textOf(info()?.info.projectID)
  return {
    id,
    title,
    parentID: session.detached ? null : parentID,
    updated: time.updated,
    from: store.path,
    project: projectID === null ? undefined : known.get(projectID),
    load: async () => {
      const stored = info()
      if (!stored) throw new OcvaultError('failed', `session ${id} is in ${store.path}, but cannot be read`)
      const messages = { [Symbol.iterator]: () => store.messages(id)[Symbol.iterator]() }
      const todos = todosOf(store, id)
      const loaded: LoadedSession = { ...stored, messages, ...(todos.length > 0 && { todos }) }
      const isSameLayout = store.kind === (target.layout === 'sqlite' ? `sqlite-${target.generation}` : 'json-tree')
      if (!isSameLayout || from !== store || store.remains().has(id)) return loaded
      const records = { [Symbol.iterator]: () => recordsOf(store, loaded, inUse)[Symbol.iterator]() }
      const project = { [Symbol.iterator]: () => store.projectRecords(projectID ?? '')[Symbol.iterator]() }
      return { ...loaded, raw: { kind: store.kind, records, project } }
    },
  }
}

/** The things to do that are beside a session; of other files nothing is read. */
function todosOf(store: Store, id: SessionID): Todo[] {
  if (store.kind !== 'json-tree') return []
  const isOther: IsKnown = (record) => !('file' in record && record.file.startsWith('todo/'))
  const records = [...store.recordsBut(isOther, id)]
  const whole = records.flatMap((record) =>
    'file' in record && record.bytes instanceof Uint8Array ? [{ file: record.file, bytes: record.bytes }] : [],
  )
  return whole.flatMap((record) => todosIn(record, id)).map(([, todo]) => todo)
}

const recordsOf = (store: Store, session: LoadedSession, inUse: readonly Store[]) =>
  store.kind === 'sqlite-v1' && inUse.includes(store) ? withMessageRows(store, session) : store.records(String(session.info.id))

/** The session's own object: of a record that is gone what another copy says, else what its messages tell. */
function infoOf({ session, store, record }: Castaway, homeOf: ReturnType<typeof projectsByDirectory>): StoredInfo | undefined {
  const own = (record ?? store).info(session.id)
  if (!own || !store.remains().has(session.id)) return own
  const time = { ...objectOf(own.info.time), updated: session.time.updated }
  if (record) return { ...own, info: { ...own.info, time } }
  const directory = textOf(own.info.directory)
  const isUnknown = own.info.projectID === undefined || own.info.projectID === 'global'
  const home = directory === null || !isUnknown ? undefined : homeOf(directory)
  if (!home) return own
  return { ...own, info: { ...own.info, projectID: home.projectID, ...(home.path !== null && { path: home.path }) } }
}

function noteOf({ note }: ImportedSession, { store, record, others }: Castaway): string | null {
  const words = [
    ...(note === null ? [] : [note]),
    ...(record ? [`its record is that of ${record.path}`] : []),
    ...others.map(
      ({ path, messages }) => `${messages} of its messages are only in ${path}; the copy that is taken is of ${store.path}`,
    ),
  ]
  return words.length === 0 ? null : words.join('; ')
}

function sourcesOf(rows: readonly ImportedSession[], byID: ReadonlyMap<SessionID, Castaway>): RescueSource[] {
  const groups = Map.groupBy(rows, ({ id }) => {
    const { store, reason } = byID.get(id)!
    return JSON.stringify([store.path, store.kind, reason])
  })
  return [...groups.values()].map((those) => {
    const { store, reason } = byID.get(those[0]!.id)!
    return { path: store.path, kind: store.kind, reason, sessions: those.map(({ id }) => id) }
  })
}
