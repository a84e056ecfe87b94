import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { writeAtomically } from '../../base/files.ts'
import { ProblemLog } from '../../base/problems.ts'
import { nameOfTemporary } from '../../base/temporary.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Row } from '../../sqlite/port.ts'
import type { WritableDatabase } from '../../sqlite/writable.ts'
import { fileNames, folderNames, jsonNames } from '../../stores/json/json-files.ts'
import { fileTable, readIfThere, removeFile, sha256 } from '../write/json-tree/tree-files.ts'
import { exactRows } from '../write/sqlite/row-digest.ts'
import type { Reversal } from './reversal.ts'

/** A file that the change made, changed or removed. */
interface Touched {
  readonly path: string
  readonly before: Buffer | undefined
}

/** Files that OpenCode keeps of a session, and that go with it, by the folder that they are in. */
const besideSession = ['session_diff', 'todo']

/** What it takes to get a JSON tree back to where it was. */
export class TreeReversal implements Reversal {
  readonly made: readonly SessionID[]
  readonly changed: readonly SessionID[]
  readonly changedSince = new Set<SessionID>()
  readonly #root: string
  readonly #notes: WritableDatabase
  /** The trees of sessions that are taken back. */
  readonly #trees: ReadonlySet<number> | undefined
  readonly #touched: Touched[] = []
  /** Files that came since, of what the change had made. */
  readonly #since = new Set<string>()
  readonly #noted: ReadonlySet<string>
  /** The sessions of messages that were noted. */
  readonly #owners = new Map<string, SessionID>()
  /** The first session of each tree. */
  readonly #firsts: ReadonlyMap<number, SessionID>
  readonly #log = new ProblemLog()

  /** @param trees those of the notes that are taken back; all, where they are not given */
  constructor(root: string, notes: WritableDatabase, trees?: ReadonlySet<number>) {
    this.#root = root
    this.#notes = notes
    this.#trees = trees
    this.#noted = new Set(this.#rows('SELECT tree, id FROM after').map(({ id }) => String(id)))
    for (const path of this.#noted) {
      const [kind, owner = '', name = ''] = path.split('/')
      if (kind === 'message') this.#owners.set(basename(name, '.json'), owner)
    }
    const sessions = this.#rows('SELECT tree, id FROM session ORDER BY tree, id')
    this.#firsts = new Map(sessions.toReversed().map(({ tree, id }) => [Number(tree), String(id)]))
    const noted = new Set(this.#rows('SELECT tree, id FROM made ORDER BY tree DESC').map(({ id }) => String(id)))
    const all = new Set(sessions.map(({ id }) => String(id)))
    const heads = this.#headFiles()
    this.#checkFiles(noted)
    for (const id of noted) this.#checkMade(id, heads.get(id) ?? [])
    this.made = [...noted].filter((id) => heads.has(id))
    this.changed = [...all].filter((id) => !noted.has(id) && heads.has(id))
  }

  #rows(sql: string): Row[] {
    return this.#notes.all(sql).filter(({ tree }) => this.#trees?.has(Number(tree)) ?? true)
  }

  /** Every session's own files: OpenCode moves one to another project's folder. */
  #headFiles(): Map<SessionID, string[]> {
    const files = new Map<SessionID, string[]>()
    for (const project of folderNames(join(this.#root, 'session'), this.#log)) {
      for (const id of jsonNames(join(this.#root, 'session', project), this.#log)) {
        files.set(id, [...(files.get(id) ?? []), `session/${project}/${id}.json`])
      }
    }
    return files
  }

  #checkFiles(made: ReadonlySet<SessionID>): void {
    const hasBefore = this.#notes.tables().has(`before ${fileTable.table}`)
    for (const { tree, id, digest } of this.#rows('SELECT tree, id, digest FROM after ORDER BY tree DESC')) {
      const path = String(id)
      const before = hasBefore ? this.#before(Number(tree), path) : undefined
      const now = readIfThere(join(this.#root, path))
      // Noted, but never done: the import was killed in between.
      if (before ? now?.equals(before) : now === undefined) continue
      this.#touched.push({ path, before })
      const isAsWritten = digest instanceof Uint8Array ? now !== undefined && sha256(now).equals(digest) : now === undefined
      const owner = this.#sessionOf(path, Number(tree))
      // A project is kept up to date by OpenCode, and is no part of a session.
      if (!isAsWritten && !path.startsWith('project/')) this.changedSince.add(owner)
      // A message that goes takes its parts along, those that came since as well.
      const [kind, , name = ''] = path.split('/')
      if (kind === 'message' && !before && !made.has(owner)) this.#checkParts(basename(name, '.json'), owner)
    }
  }

  /** Notes what a session that was made has got since, wherever its own file is now. */
  #checkMade(id: SessionID, heads: readonly string[]): void {
    for (const path of heads) this.#checkSince(path, id)
    for (const message of jsonNames(join(this.#root, 'message', id), this.#log)) {
      this.#checkSince(`message/${id}/${message}.json`, id)
      this.#checkParts(message, id)
    }
    // What OpenCode has written beside a session is no reason to keep it, and would be of no use without it.
    for (const folder of besideSession) {
      const path = `${folder}/${id}.json`
      if (!this.#noted.has(path) && existsSync(join(this.#root, path))) this.#since.add(path)
    }
  }

  #checkParts(message: string, owner: SessionID): void {
    for (const part of jsonNames(join(this.#root, 'part', message), this.#log)) {
      this.#checkSince(`part/${message}/${part}.json`, owner)
    }
  }

  #checkSince(path: string, owner: SessionID): void {
    if (this.#noted.has(path)) return
    this.#since.add(path)
    this.changedSince.add(owner)
  }

  #before(tree: number, path: string): Buffer | undefined {
    const table = `before ${fileTable.table}`
    for (const { bytes } of exactRows(this.#notes, table, ['bytes'], '" tree" = ? AND " id" = ?', tree, path))
      return bytes instanceof Uint8Array ? Buffer.from(bytes) : Buffer.from(String(bytes ?? ''))
    return undefined
  }

  /** @param tree the one that the path was noted for: its first session is taken for that of a part whose message is not noted */
  #sessionOf(path: string, tree: number): SessionID {
    const [kind, owner = ''] = path.split('/')
    if (kind === 'message') return owner
    return kind === 'part' ? (this.#owners.get(owner) ?? this.#firsts.get(tree) ?? owner) : basename(path, '.json')
  }

  run(): void {
    // What makes a session known goes first, so that no half of one is ever seen.
    const rank = (path: string) => (path.startsWith('session/') ? 0 : path.startsWith('project/') ? 2 : 1)
    const all = [...this.#touched, ...[...this.#since].map((path): Touched => ({ path, before: undefined }))]
    this.#removeTemporaries()
    for (const { path, before } of all.sort((a, b) => rank(a.path) - rank(b.path))) {
      const full = join(this.#root, path)
      if (before) writeAtomically(full, [before])
      else if (!path.startsWith('project/') || !this.#isUsed(basename(path, '.json'))) removeFile(this.#root, full)
    }
  }

  /** What a killed import was writing when it ended. Whoever has the notes to itself knows that it has ended. */
  #removeTemporaries(): void {
    const byFolder = Map.groupBy(this.#noted, (path) => dirname(path))
    for (const [folder, paths] of byFolder) {
      const names = paths.map((path) => basename(path))
      for (const entry of fileNames(join(this.#root, folder), this.#log)) {
        const beginning = nameOfTemporary(entry)
        if (beginning === undefined || !names.some((name) => name.startsWith(beginning))) continue
        removeFile(this.#root, join(this.#root, folder, entry))
      }
    }
  }

  #isUsed(project: string): boolean {
    return jsonNames(join(this.#root, 'session', project), this.#log).length > 0
  }
}
