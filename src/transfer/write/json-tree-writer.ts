import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { canonicalJSON, sameJSON } from '../../base/canonical-json.ts'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { writeAtomically } from '../../base/files.ts'
import { type JsonObject, numberOf, objectOf, parseObject, textOf } from '../../base/json.ts'
import { ProblemLog } from '../../base/problems.ts'
import type { ExportedV1 } from '../../convert/exported.ts'
import { isPathSafe, type SessionID } from '../../opencode/ids.ts'
import { folderNames, jsonNames } from '../../stores/json/json-files.ts'
import type { RawRecord } from '../../stores/store.ts'
import type { Outgoing, Project, SessionPlan, StoreWriter, Todo, UndoNotes, WriteOptions, WriteResult } from './writer.ts'

/** What notes for undoing call the files of a tree, and the column with their bytes. */
export const fileTable = { table: 'file', key: 'path', columns: ['bytes'] } as const

/** A file of a tree, by its path with `/`. */
interface TreeFile {
  readonly path: string
  readonly bytes: Uint8Array
}

interface Planned {
  readonly outgoing: Outgoing<ExportedV1>
  readonly id: SessionID
  readonly plan: SessionPlan
  /** The session's file that is there. */
  readonly there: string | undefined
  /** Messages that are written. */
  readonly touched: ReadonlySet<string>
  /** Whether the session's own file is written. */
  readonly head: boolean
}

const named = 5
const placeKeys = ['projectID', 'directory', 'path', 'workspaceID']
const printed = (object: JsonObject): Buffer => Buffer.from(JSON.stringify(object, null, 2))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

/** The names that 0.6 to 1.1.65 read; anything else is not written. */
const grammar =
  /^(?:session\/[^/]+\/|message\/[^/]+\/|part\/[^/]+\/|todo\/|session_diff\/|session_share\/|share\/|project\/|permission\/)[^/]+\.json$/

/**
 * Writes sessions into `storage/` as 0.6 to 1.1.65 read it. Those releases have no transactions: each file is put in place at once, and the
 * file that makes a session known comes last, so that at any moment there are whole sessions only.
 */
export class JsonTreeWriter implements StoreWriter<ExportedV1> {
  readonly generation = 'v1'
  readonly path: string
  readonly notes: readonly string[] = []
  /** No release that reads a tree tells projects by their remote. */
  readonly asksRemote = false
  readonly #sessions = new Map<SessionID, string>()

  /** @param root the `storage` folder; made with the first session */
  constructor(root: string) {
    this.path = root
    const log = new ProblemLog()
    for (const project of folderNames(join(root, 'session'), log)) {
      for (const id of jsonNames(join(root, 'session', project), log)) this.#sessions.set(id, `session/${project}/${id}.json`)
    }
  }

  has(id: SessionID): boolean {
    return this.#sessions.has(id)
  }

  plan(tree: readonly Outgoing<ExportedV1>[]): SessionPlan[] {
    return tree.map((outgoing) => this.#planOf(outgoing).plan)
  }

  write(tree: readonly Outgoing<ExportedV1>[], { update, undo }: WriteOptions): WriteResult {
    const planned = tree.map((outgoing) => this.#planOf(outgoing))
    const plans = planned.map(({ plan }) => plan)
    if (plans.some(({ kind }) => kind === 'diverged' || (kind === 'replaces' && !update))) return { written: false, plans }
    const changing = planned.filter(({ plan }) => ['new', 'adds', 'replaces'].includes(plan.kind))
    if (changing.length > 0) this.#apply(changing, undo)
    return { written: changing.length > 0, plans }
  }

  #apply(sessions: readonly Planned[], undo: UndoNotes): void {
    const change = new Change(this.path)
    let noted = false
    try {
      undo.begin([fileTable])
      noted = true
      const seen = new Set<string>()
      for (const session of sessions) this.#note(session, seen, undo)
      undo.commit()
      for (const session of sessions) {
        for (const file of this.#transcript(session)) change.put(file)
        for (const path of this.#removed(session)) change.remove(path)
      }
      for (const { outgoing } of sessions) for (const file of this.#missingProject(outgoing)) change.put(file)
      // The root last: with it the tree is there.
      for (const session of sessions.toReversed()) for (const file of this.#head(session)) change.put(file)
    } catch (error) {
      change.takeBack()
      if (noted) undo.discard()
      throw error
    }
    for (const session of sessions) for (const { path } of this.#head(session)) this.#sessions.set(session.id, path)
  }

  /** @param seen files that are noted already: sessions of one tree share a project */
  #note(session: Planned, seen: Set<string>, undo: UndoNotes): void {
    const { id, outgoing, plan } = session
    undo.session(id, textOf(outgoing.exported.info.title) ?? '')
    const whole = createHash('sha256')
    for (const files of [this.#transcript(session), this.#missingProject(outgoing), this.#head(session)]) {
      for (const { path, bytes } of files) {
        if (seen.has(path)) continue
        seen.add(path)
        const before = this.#read(path)
        if (before && Buffer.from(before).equals(bytes)) continue
        if (before) undo.before(fileTable.table, path, { bytes: before })
        undo.after(fileTable.table, path, sha256(bytes))
        whole.update(`${path}\0`).update(sha256(bytes))
      }
    }
    for (const path of this.#removed(session)) {
      undo.before(fileTable.table, path, { bytes: this.#read(path) ?? null })
      undo.after(fileTable.table, path, null)
    }
    if (plan.kind === 'new') undo.made(id, whole.digest())
  }

  /** Messages and parts that are to be written, and what else belongs to a session that is new. */
  *#transcript({ outgoing, id, plan, touched }: Planned): Iterable<TreeFile> {
    for (const file of filesOf(outgoing, id)) {
      const [folder, owner = '', name = ''] = file.path.replace(/\.json$/, '').split('/')
      const isWanted =
        folder === 'message'
          ? touched.has(name)
          : folder === 'part'
            ? touched.has(owner)
            : folder !== 'session' && plan.kind === 'new'
      if (isWanted) yield file
    }
  }

  /** Parts that only the tree has, of messages that are written. */
  #removed({ outgoing, id, plan, touched }: Planned): string[] {
    if (plan.kind === 'new') return []
    const wanted = new Set<string>()
    for (const { path } of filesOf(outgoing, id)) wanted.add(path)
    return [...touched].flatMap((message) => this.#names('part', message)).filter((path) => !wanted.has(path))
  }

  *#head({ outgoing, id, there, head }: Planned): Iterable<TreeFile> {
    if (!head) return
    const file = headOf(outgoing, id)
    if (there === undefined) {
      yield file
      return
    }
    // One that is there stays where it is.
    const before = this.#object(there)
    const place = Object.fromEntries(placeKeys.filter((key) => key in before).map((key) => [key, before[key]]))
    const info = parseObject(Buffer.from(file.bytes).toString()) ?? {}
    yield { path: there, bytes: printed({ ...info, ...place }) }
  }

  *#missingProject({ project, raw }: Outgoing<ExportedV1>): Iterable<TreeFile> {
    const path = `project/${safe(project.id)}.json`
    if (existsSync(join(this.path, path))) return
    const stored = raw?.kind === 'json-tree' ? [...raw.project].filter(isFile) : []
    if (stored.some(({ file }) => file === path)) for (const { file, bytes } of stored) yield { path: checked(file), bytes }
    else yield { path, bytes: printed(projectObject(project)) }
  }

  #planOf(outgoing: Outgoing<ExportedV1>): Planned {
    const id = safe(textOf(outgoing.exported.info.id) ?? '')
    const there = this.#sessions.get(id)
    const touched = new Set<string>()
    const wanted = new Set<string>()
    const paths = new Set<string>()
    const changed = new Set<string>()
    const present = new Set(there === undefined ? [] : this.#names('message', id))
    for (const { path, bytes } of filesOf(outgoing, id)) {
      if (!/^(?:message|part)\//.test(path)) continue
      paths.add(path)
      const [folder, owner = '', name = ''] = path.replace(/\.json$/, '').split('/')
      const message = folder === 'message' ? name : owner
      wanted.add(message)
      if (!present.has(`message/${id}/${message}.json`)) touched.add(message)
      else if (!this.#holds(path, bytes)) changed.add(message)
    }
    for (const message of wanted) {
      if (!touched.has(message) && this.#names('part', message).some((path) => !paths.has(path))) changed.add(message)
    }
    const missing = [...present].filter((path) => !paths.has(path)).length
    const messages = { total: wanted.size, added: touched.size, changed: changed.size, missing }
    const { differences, newer } = there === undefined ? { differences: [], newer: 0 } : this.#compareHeads(outgoing, id, there)
    const rows = differences.length
    const all = [...differences, ...[...changed].map((message) => `message ${message}`)]
    const words = all.length > named ? [...all.slice(0, named), 'and more'] : all
    for (const message of changed) touched.add(message)
    const planned = (kind: SessionPlan['kind'], head: boolean): Planned => ({
      outgoing,
      id,
      there,
      touched,
      head,
      plan: { id, kind, messages, differences: newer < 0 && changed.size > 0 ? ['what is here is newer', ...words] : words },
    })
    if (there === undefined) return planned('new', true)
    if (missing > 0) return planned(touched.size > 0 ? 'diverged' : 'behind', false)
    if (changed.size > 0) return planned('replaces', newer >= 0)
    if (touched.size > 0) return planned('adds', newer >= 0)
    if (rows === 0) return planned('identical', false)
    return newer < 0 ? planned('behind', false) : planned('replaces', true)
  }

  #compareHeads(outgoing: Outgoing<ExportedV1>, id: SessionID, there: string): { differences: string[]; newer: number } {
    const have = this.#object(there)
    const want = parseObject(Buffer.from(headOf(outgoing, id).bytes).toString()) ?? {}
    const updated = (info: JsonObject) => numberOf(objectOf(info.time).updated) ?? 0
    const keys = new Set([...Object.keys(have), ...Object.keys(want)])
    const plain = (value: unknown, key: string) =>
      canonicalJSON(key === 'time' ? { ...objectOf(value), updated: 0 } : (value ?? null))
    const differences = [...keys].filter((key) => !placeKeys.includes(key) && plain(have[key], key) !== plain(want[key], key))
    return { differences: differences.map((key) => `its ${key}`), newer: updated(want) - updated(have) }
  }

  #holds(path: string, bytes: Uint8Array): boolean {
    const have = this.#read(path)
    if (!have) return false
    return Buffer.from(have).equals(bytes) || sameJSON(have.toString(), Buffer.from(bytes).toString())
  }

  #names(kind: 'message' | 'part', owner: string): string[] {
    return jsonNames(join(this.path, kind, owner), new ProblemLog()).map((name) => `${kind}/${owner}/${name}.json`)
  }

  #object(path: string): JsonObject {
    return parseObject(this.#read(path)?.toString() ?? null) ?? {}
  }

  #read(path: string): Buffer<ArrayBuffer> | undefined {
    return readIfThere(join(this.path, path))
  }

  close(): void {}
}

/** The content of a file; undefined when it is not there. @throws OcvaultError `failed` when it cannot be read */
export function readIfThere(path: string): Buffer<ArrayBuffer> | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

type RawFile = Extract<RawRecord, { readonly file: string }>
const isFile = (record: RawRecord): record is RawFile => 'file' in record

function safe(id: string): string {
  if (isPathSafe(id)) return id
  throw new OcvaultError('failed', `${JSON.stringify(id)} is no name of a file`)
}

function checked(path: string): string {
  if (grammar.test(path) && path.split('/').every(isPathSafe)) return path
  throw new OcvaultError('failed', `${JSON.stringify(path)} is no file of a session`)
}

const isTree = ({ raw }: Outgoing<ExportedV1>): boolean => raw?.kind === 'json-tree'

/** Everything of a session, its own file first. */
function* filesOf(outgoing: Outgoing<ExportedV1>, id: SessionID): Iterable<TreeFile> {
  yield headOf(outgoing, id)
  const { raw, exported, todos = [] } = outgoing
  if (raw && isTree(outgoing)) {
    for (const record of raw.records) {
      if (!isFile(record)) continue
      const path = checked(record.file)
      if (!path.startsWith('session/')) yield { path, bytes: record.bytes }
    }
    return
  }
  if (todos.length > 0) yield { path: `todo/${id}.json`, bytes: Buffer.from(JSON.stringify(numbered(todos), null, 2)) }
  for (const { info, parts } of exported.messages) {
    const message = safe(textOf(info.id) ?? '')
    yield { path: `message/${id}/${message}.json`, bytes: printed({ ...info, sessionID: id }) }
    for (const part of parts) {
      const path = `part/${message}/${safe(textOf(part.id) ?? '')}.json`
      yield { path, bytes: printed({ ...part, sessionID: id, messageID: message }) }
    }
  }
}

/** The releases of that time give each an id. */
const numbered = (todos: readonly Todo[]) => todos.map((todo, index) => ({ ...todo, id: String(index + 1) }))

/** The session's own file: as it was stored, unless the session goes elsewhere. */
function headOf(outgoing: Outgoing<ExportedV1>, id: SessionID): TreeFile {
  const { raw, exported, isMoved, project } = outgoing
  const path = `session/${safe(project.id)}/${id}.json`
  if (raw && isTree(outgoing)) {
    for (const record of raw.records) {
      if (!isFile(record) || !record.file.startsWith('session/')) continue
      const stored = parseObject(Buffer.from(record.bytes).toString()) ?? {}
      const parentID = textOf(exported.info.parentID)
      if (!isMoved && textOf(stored.parentID) === parentID) return { path: checked(record.file), bytes: record.bytes }
      const { parentID: _, ...rest } = stored
      const place = isMoved ? { projectID: project.id, directory: exported.info.directory } : {}
      return { path, bytes: printed({ ...rest, ...place, ...(parentID !== null && { parentID }) }) }
    }
  }
  return { path, bytes: printed(exported.info) }
}

function projectObject({ id, worktree, vcs }: Project): JsonObject {
  const now = Date.now()
  return { id, worktree, ...(vcs && { vcs }), sandboxes: [], time: { created: now, updated: now } }
}

/** Files that were written, each read back, and what stood there before: so that a failure in the middle leaves nothing. */
class Change {
  readonly #root: string
  readonly #before: { readonly path: string; readonly bytes: Buffer | undefined }[] = []

  constructor(root: string) {
    this.#root = root
  }

  put({ path, bytes }: TreeFile): void {
    const full = join(this.#root, path)
    const before = readIfThere(full)
    if (before?.equals(bytes)) return
    try {
      mkdirSync(dirname(full), { recursive: true })
    } catch (error) {
      throw new OcvaultError('failed', `cannot write ${full}: ${reasonOf(error)}`, { cause: error })
    }
    this.#before.push({ path: full, bytes: before })
    writeAtomically(full, [bytes])
    if (!readIfThere(full)?.equals(bytes)) throw new OcvaultError('failed', `${full} did not keep what was written`)
  }

  remove(path: string): void {
    const full = join(this.#root, path)
    this.#before.push({ path: full, bytes: readIfThere(full) })
    rmSync(full, { force: true })
  }

  takeBack(): void {
    for (const { path, bytes } of this.#before.toReversed()) {
      if (bytes) writeAtomically(path, [bytes])
      else removeFile(this.#root, path)
    }
  }
}

/** Removes a file, and the folders that are empty without it. */
export function removeFile(root: string, path: string): void {
  rmSync(path, { force: true })
  for (let folder = dirname(path); folder.startsWith(root) && folder !== root; folder = dirname(folder)) {
    if (!existsSync(folder)) continue
    if (readdirSync(folder).length > 0) return
    rmdirSync(folder)
  }
}
