import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { hintOf, OcvaultError, reasonOf } from '../../../base/errors.ts'
import type { Failure } from '../../../base/problems.ts'
import { headOf, readRegular } from '../../../base/regular.ts'
import { type Catalog, openCatalog } from '../../../stores/catalog/catalog.ts'
import { openZip } from '../../../zip/foreign.ts'
import { ExportedSessions, type ExportSource } from './documents.ts'
import { checked, hashesIn, indexName } from './export-index.ts'
import type { Incoming, Input } from './incoming.ts'
import { sessionsIn } from './store-input.ts'

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
  readonly #exported = new ExportedSessions()

  get problems(): readonly Failure[] {
    const unreadable = this.#catalogs.flatMap((catalog) => catalog.problems().filter(({ kind }) => kind !== 'foreign'))
    return [...this.#problems, ...unreadable.map(({ path, reason }) => ({ path, reason }))]
  }

  async path(path: string): Promise<void> {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat) throw new OcvaultError('not-found', `no such file or folder: ${path}`)
    if (stat.isDirectory()) return this.#folder(path)
    const head = headOf(path)
    if (head.startsWith('SQLite format 3\0')) this.#store(path)
    else if (/^PK(\x03\x04|\x05\x06)/.test(head)) await this.#zip(path)
    else this.#add(await this.#exported.in({ path, read: async () => readRegular(path) }))
  }

  async #folder(folder: string): Promise<void> {
    const names = exportsIn(folder)
    if (!existsSync(join(folder, indexName)) && isStore(folder)) return this.#store(folder)
    if (names.length === 0)
      throw new OcvaultError('not-found', `no sessions in ${folder}: it holds neither exported files nor a store`)
    const files = names.map((name) => ({
      name,
      path: join(folder, name),
      read: async () => readRegular(join(folder, name)),
    }))
    await this.#files(files, (name) => join(folder, name))
  }

  async #zip(path: string): Promise<void> {
    const zip = await openZip(path)
    this.#closers.push(() => zip.close())
    const entries = zip.entries.filter(({ name }) => isExport(name))
    if (entries.length === 0) throw new OcvaultError('not-found', `no exported sessions in ${path}`)
    const files = entries.map((entry) => ({ name: entry.name, path: `${path}/${entry.name}`, read: () => entry.read() }))
    await this.#files(files, (name) => `${path}/${name}`)
  }

  /** Many files: one that cannot be read is a problem, and the others are read all the same. */
  async #files(files: readonly (ExportSource & { readonly name: string })[], pathOf: (name: string) => string): Promise<void> {
    const index = files.find(({ name }) => name === indexName)
    const hashes = index ? hashesIn(await index.read()) : new Map<string, string>()
    for (const { name, path, read } of files) {
      if (name === indexName) continue
      const sha256 = hashes.get(name)
      const source = { path, read: sha256 === undefined ? read : async () => checked(path, await read(), sha256) }
      try {
        this.#add(await this.#exported.in(source))
      } catch (error) {
        this.#problems.push({ path, reason: reasonOf(error).replace(`${path} `, ''), ...hintOf(error) })
      }
    }
    const there = new Set(files.map(({ name }) => name))
    for (const name of hashes.keys()) {
      if (!there.has(name)) this.#problems.push({ path: pathOf(name), reason: `${indexName} lists it, but it is not there` })
    }
  }

  #store(path: string): void {
    const catalog = openCatalog({ roots: [path] })
    this.#catalogs.push(catalog)
    this.#closers.push(() => catalog.close())
    this.#add(sessionsIn(catalog, path))
  }

  /** One by one: there may be more of them than a call takes arguments. */
  #add(sessions: Iterable<Incoming>): void {
    for (const session of sessions) this.sessions.push(session)
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close()
  }
}

function isStore(path: string): boolean {
  try {
    openCatalog({ roots: [path] }).close()
    return true
  } catch {
    return false
  }
}

const isExport = (name: string) => /\.(json|jsonl|ndjson)$/i.test(name)

/** The names of the files in a folder that could be exports, sorted. */
function exportsIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && isExport(entry.name))
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    throw new OcvaultError('failed', `cannot read ${folder}: ${reasonOf(error)}`, { cause: error })
  }
}
