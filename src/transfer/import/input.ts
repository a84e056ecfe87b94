import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { hintOf, OcvaultError, reasonOf } from '../../base/errors.ts'
import { headOf } from '../../base/file-head.ts'
import { isObject, listOf, textOf } from '../../base/json.ts'
import type { Failure } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { type Catalog, openCatalog } from '../../stores/catalog/catalog.ts'
import { type ExportDocument, readExportDocuments } from '../../stores/export/export-document.ts'
import { storedDocument } from '../../stores/export/export-file.ts'
import { headerOfInfo } from '../../stores/session-info.ts'
import type { ProjectRecord, StoredSession } from '../../stores/store.ts'
import { openZip } from '../../zip/foreign.ts'
import type { Raw, Todo } from '../write/writer.ts'

/** A session that could be imported, and where it was found. Its transcript is read when it is asked for. */
export interface Incoming {
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  /** ms since the epoch */
  readonly updated: number
  /** The file, entry or store that it is in, for a person. */
  readonly from: string
  /** The project that it comes from, where the source knows it. */
  readonly project: ProjectRecord | undefined
  /** @throws OcvaultError when it cannot be read any more */
  load(): Promise<LoadedSession>
}

/** A session, and how it was stored where the source knows that. */
export interface LoadedSession extends StoredSession {
  readonly raw?: Raw
  readonly todos?: readonly Todo[]
}

/** Everything that was found, and what could not be read. */
export interface Input {
  readonly sessions: readonly Incoming[]
  /** What could not be read so far. */
  readonly problems: readonly Failure[]
  close(): void
}

/** How many bytes of files stay parsed, so that small ones need not be read twice. */
const kept = 16 * 2 ** 20
const indexName = 'index.json'

/**
 * Finds the sessions in files, zips, folders and stores.
 * @throws OcvaultError `not-found` for a path where nothing is; the reason, when a file that was named itself cannot be read
 */
export async function openInput(paths: readonly string[]): Promise<Input> {
  const reader = new Reader()
  try {
    for (const path of paths) {
      if (/^https?:\/\//.test(path)) throw addressGiven(path)
      await reader.path(resolve(path))
    }
  } catch (error) {
    reader.close()
    throw error
  }
  return reader
}

/** A share link: where its data is, which 1.2 and later read it from. */
function addressGiven(address: string): OcvaultError {
  const shared = /^(https?:\/\/[^/]+)\/(?:share|s)\/([\w-]+)/.exec(address)
  const data = shared ? `${shared[1]}/api/share/${shared[2]}/data` : address
  return new OcvaultError('usage', `ocvault fetches nothing from the network: save ${data} to a file, and import that`)
}

class Reader implements Input {
  readonly sessions: Incoming[] = []
  readonly #problems: Failure[] = []
  readonly #catalogs: Catalog[] = []
  readonly #closers: (() => void)[] = []
  readonly #parsed = new Map<string, readonly ExportDocument[]>()
  #room = kept

  get problems(): Input['problems'] {
    const unreadable = this.#catalogs.flatMap((catalog) => catalog.problems().filter(({ kind }) => kind === 'unreadable'))
    return [...this.#problems, ...unreadable.map(({ path, reason }) => ({ path, reason }))]
  }

  async path(path: string): Promise<void> {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) throw new OcvaultError('not-found', `no such file or folder: ${path}`)
    if (stat.isDirectory()) return this.#folder(path)
    const head = headOf(path)
    if (head.startsWith('SQLite format 3\0')) this.#store(path)
    else if (/^PK(\x03\x04|\x05\x06)/.test(head)) await this.#zip(path)
    else await this.#file(path, path, async () => readFileSync(path))
  }

  async #folder(folder: string): Promise<void> {
    const found = filesIn(folder)
    if (!existsSync(join(folder, indexName)) && this.#isStore(folder)) return this.#store(folder)
    if (found.length === 0)
      throw new OcvaultError('not-found', `no sessions in ${folder}: it holds neither exported files nor a store`)
    const files = found.map((name) => ({ name, read: async () => readFileSync(join(folder, name)) }))
    await this.#files(files, (name) => join(folder, name))
  }

  async #zip(path: string): Promise<void> {
    const zip = await openZip(path)
    this.#closers.push(() => zip.close())
    const files = zip.entries.filter(({ name }) => isExport(name))
    if (files.length === 0) throw new OcvaultError('not-found', `no exported sessions in ${path}`)
    await this.#files(files, (name) => `${path}/${name}`)
  }

  /** Many files: one that cannot be read is a problem, and the others are read all the same. */
  async #files(files: readonly { name: string; read(): Promise<Uint8Array> }[], pathOf: (name: string) => string): Promise<void> {
    const index = files.find(({ name }) => name === indexName)
    const hashes = index ? hashesIn(await index.read()) : new Map<string, string>()
    const listed = new Set(hashes.keys())
    for (const { name, read } of files) {
      listed.delete(name)
      if (name === indexName) continue
      const path = pathOf(name)
      const wanted = hashes.get(name)
      const checked = async () => {
        const bytes = await read()
        if (wanted !== undefined && createHash('sha256').update(bytes).digest('hex') !== wanted) {
          throw new OcvaultError('failed', `${path} is not the file that ${indexName} lists: it was changed or damaged`)
        }
        return bytes
      }
      try {
        await this.#file(path, path, checked)
      } catch (error) {
        this.#problems.push({ path, reason: reasonOf(error).replace(`${path} `, ''), ...hintOf(error) })
      }
    }
    for (const name of listed) this.#problems.push({ path: pathOf(name), reason: `${indexName} lists it, but it is not there` })
  }

  async #file(key: string, from: string, read: () => Promise<Uint8Array>): Promise<void> {
    const documents = await this.#documents(key, read)
    for (const [index, { info }] of documents.entries()) {
      const header = headerOfInfo(textOf(info.id) ?? '', info)
      this.sessions.push({
        id: header.id,
        title: header.title,
        parentID: header.parentID,
        updated: header.time.updated,
        from,
        project: undefined,
        load: async () => {
          const document = (await this.#documents(key, read))[index]
          if (!document) throw new OcvaultError('failed', `${from} has changed while it was read`)
          return storedDocument(document)
        },
      })
    }
  }

  /** The sessions of a file, from memory if there is room for it. A file of many sessions is always kept, because each is asked for alone. */
  async #documents(key: string, read: () => Promise<Uint8Array>): Promise<readonly ExportDocument[]> {
    const known = this.#parsed.get(key)
    if (known) return known
    const bytes = await read()
    const documents = readExportDocuments(key, bytes)
    if (bytes.length <= this.#room || documents.length > 1) {
      this.#room -= bytes.length
      this.#parsed.set(key, documents)
    }
    return documents
  }

  #isStore(path: string): boolean {
    try {
      openCatalog({ roots: [path] }).close()
      return true
    } catch {
      return false
    }
  }

  #store(path: string): void {
    const catalog = openCatalog({ roots: [path] })
    this.#catalogs.push(catalog)
    this.#closers.push(() => catalog.close())
    const projects = new Map<string, ProjectRecord>()
    for (const { store } of catalog.stores) for (const project of store.projects()) projects.set(project.id, project)
    for (const session of catalog.sessions()) {
      const { id, title, parentID, time, projectID } = session
      this.sessions.push({
        id,
        title,
        parentID,
        updated: time.updated,
        from: session.copies[0]?.path ?? path,
        project: projectID === null ? undefined : projects.get(projectID),
        load: async () => {
          const stored = catalog.stored(id)
          if (!stored) throw new OcvaultError('failed', `session ${id} is in ${path}, but cannot be read`)
          return stored
        },
      })
    }
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close()
  }
}

const isExport = (name: string) => /\.(json|jsonl|ndjson)$/i.test(name)

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && isExport(entry.name))
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    throw new OcvaultError('failed', `cannot read ${folder}: ${reasonOf(error)}`, { cause: error })
  }
}

/** SHA-256 by file name, of an `index.json` that `ocvault export` wrote; nothing of any other. */
function hashesIn(bytes: Uint8Array): Map<string, string> {
  const hashes = new Map<string, string>()
  try {
    for (const entry of listOf(JSON.parse(Buffer.from(bytes).toString()))) {
      if (isObject(entry) && typeof entry.file === 'string' && typeof entry.sha256 === 'string')
        hashes.set(entry.file, entry.sha256)
    }
  } catch {
    // Not an index of ours; the files speak for themselves.
  }
  return hashes
}
