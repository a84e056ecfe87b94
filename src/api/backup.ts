import { existsSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { EncryptFor } from '../archive/encrypt.ts'
import { manifestName } from '../archive/format/names.ts'
import { machineName } from '../archive/mirror/machine.ts'
import { updateMirror } from '../archive/mirror/mirror.ts'
import type { MirrorOptions, MirrorReport } from '../archive/mirror/update.ts'
import type { ArchiveSummary, WriteOptions } from '../archive/write/archive-writer.ts'
import { writeArchive } from '../archive/write/write.ts'
import { zipSink } from '../archive/write/zip-sink.ts'
import { OcvaultError } from '../base/errors.ts'
import { ownDataFolder } from '../base/own-data.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { refuseExisting } from '../transfer/export/destination.ts'
import type { Request, Selection } from './requests.ts'
import { filterOf } from './sessions.ts'

/** Who writes a backup, and what is told meanwhile. */
export interface BackupOptions extends Pick<WriteOptions, 'tool' | 'onProblem' | 'onProgress'> {
  readonly encrypt?: EncryptFor | undefined
}

/** A backup that is written. */
export interface BackedUp extends ArchiveSummary {
  readonly path: string
  readonly bytes: number
  readonly encrypted: boolean
}

/**
 * Writes the selected sessions, with their subagents, into one file; undefined when there are none.
 * @throws OcvaultError `refused` when the file is there and is not to be replaced; what {@link writeArchive} throws
 */
export async function backUp(
  catalog: Catalog,
  request: Request<'backup'>,
  options: BackupOptions,
): Promise<BackedUp | undefined> {
  refuseArchives(catalog)
  const { encrypt, ...told } = options
  const time = Date.now()
  const sessions = catalog.sessions(await filterOf(catalog, request))[Symbol.iterator]()
  const first = sessions.next()
  if (first.done) return undefined
  const encrypted = encrypt !== undefined
  const path = placeOf(catalog, request, { projectID: first.value.projectID, time, encrypted })
  if (!request.replace) refuseExisting([path])
  const sink = zipSink(path, encrypt)
  const about = { time, scope: scopeWords(request), snapshots: request.snapshots ?? false }
  const written = await writeArchive(catalog, allOf(first.value, sessions), sink, { ...told, ...about })
  return written && { path, bytes: sink.bytes, encrypted, ...written }
}

/** What is told while a mirror is written. */
export type MirrorWatch = Pick<MirrorOptions, 'tool' | 'onProblem' | 'onProgress'>

/** How a mirror is written on this machine. */
export const mirrorOptions = (watch: MirrorWatch): MirrorOptions => ({ machine: machineName(ownDataFolder()), ...watch })

/**
 * Brings a mirror of the selected sessions up to date; undefined when there are none, and no mirror yet.
 * @throws OcvaultError what {@link updateMirror} throws
 */
export async function mirrorSessions(
  catalog: Catalog,
  request: Request<'mirror'>,
  options: MirrorOptions,
): Promise<MirrorReport | undefined> {
  refuseArchives(catalog)
  const folder = resolve(request.to)
  const sessions = [...idsOf(catalog.sessions(await filterOf(catalog, request)))]
  if (sessions.length === 0 && !existsSync(join(folder, manifestName))) return undefined
  return updateMirror(catalog, sessions, folder, options)
}

function* allOf<T>(first: T, others: Iterator<T>): Iterable<T> {
  yield first
  yield* { [Symbol.iterator]: () => others }
}

/** Of a session nothing but this is kept: there may be a hundred thousand. */
function* idsOf(sessions: Iterable<Session>): Iterable<Pick<Session, 'id' | 'parentID' | 'subagents'>> {
  for (const { id, parentID, subagents } of sessions) yield { id, parentID, subagents }
}

/**
 * Only stores are backed up: what an archive holds beside its sessions would be lost on the way into another one.
 * @throws OcvaultError `usage` when one of them is an archive
 */
function refuseArchives({ stores }: Catalog): void {
  const archive = stores.find(({ store }) => store.kind === 'archive')
  if (archive) throw new OcvaultError('usage', `${archive.store.path} is a backup already: copy it as it is`)
}

/** The selection in words, for the manifest. */
export function scopeWords({
  project,
  text = [],
  since,
  until,
  agent,
  model,
  title,
  archived,
}: Selection): Record<string, unknown> {
  const filters = { since, until, agent, model, title, archived, ...(text.length > 0 && { text }) }
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined))
  return { ...(project === undefined ? { all: Object.keys(given).length === 0 } : { project: resolve(project) }), ...given }
}

/** What a backup is called after, where nobody has named it. */
interface Occasion {
  /** Of the first session. */
  readonly projectID: string | null
  /** ms since the epoch */
  readonly time: number
  readonly encrypted: boolean
}

/** The file of a backup: the one that is asked for, or one that says what is in it and when it was made. */
export function placeOf(catalog: Catalog, request: Request<'backup'>, { projectID, time, encrypted }: Occasion): string {
  const { output, project } = request
  const isFolder = output === undefined || statSync(output, { throwIfNoEntry: false })?.isDirectory()
  if (output !== undefined && !isFolder) return output
  const id = projectID ?? ''
  const worktree = catalog.stores.flatMap(({ store }) => [...store.projects()]).find((each) => each.id === id)?.worktree
  const name = basename(worktree ?? '') || basename(resolve(project ?? '.'))
  const parts = project === undefined ? ['all'] : [wordsOf(name).slice(0, 40), wordsOf(id).slice(0, 8)]
  const file = ['ocvault', ...parts.filter((part) => part !== ''), ...stampOf(time)].join('-')
  return join(output ?? '.', `${file}.zip${encrypted ? '.age' : ''}`)
}

/** What a file name takes on every system. */
const wordsOf = (name: string) => name.replace(/[^0-9A-Za-z._]+/g, '-').replace(/^[-.]+|[-.]+$/g, '')

/** Day and time of day, local, in digits. */
function stampOf(time: number): readonly [day: string, clock: string] {
  const at = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  return [
    `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`,
    [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(''),
  ]
}
