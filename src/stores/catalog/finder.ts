import { existsSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { type Problem, ProblemLog } from '../../base/problems.ts'
import { headOf } from '../../base/regular.ts'
import {
  channelOf,
  databaseFromEnv,
  dataDir,
  dataDirs,
  homeFolder,
  type Machine,
  releaseDatabase,
} from '../../opencode/data-dirs.ts'
import { ExportFileStore } from '../export/export-file.ts'
import { openHomeFolder } from '../json/home-folder.ts'
import { fileNames, folderNames } from '../json/json-files.ts'
import { openJsonSlug } from '../json/json-slug.ts'
import { openJsonTree } from '../json/json-tree.ts'
import type { Store } from '../store.ts'
import { isKeptDatabase } from './kept-database.ts'
import { openDatabase } from './open-database.ts'
import { type Generation, type Opened, openFile, openTree } from './opened.ts'

/** A store, and which OpenCode reads it here. */
export interface FoundStore {
  readonly store: Store
  /** Who shows its sessions, as this machine is set up. */
  readonly visible: readonly Generation[]
  /** Why nobody does; null for a store that is visible, and for files that sessions merely travel in. */
  readonly hidden: string | null
  /**
   * Set on the 1.x tables of a database that 2.x has taken over and copied for good: what it did not copy, 2.x will never show.
   */
  readonly frozen: boolean
  /**
   * Set on what is kept beside the stores: an archive that is remembered, a database as it was before it was compacted. What only
   * such a one has was deleted.
   */
  readonly beside?: true
}

/** Opens a root as a store of a layout that this folder does not know, as an archive is; undefined where it is none. */
export type Opener = (path: string) => Store | undefined

export interface DiscoverOptions {
  /** Data directories, homes, database files, JSON trees or exported files, instead of the machine's own stores. */
  readonly roots?: readonly string[]
  readonly machine?: Machine
  /** Where to look for a project database of the Go OpenCode. */
  readonly cwd?: string
  /** Further layouts that a root may have, asked before OpenCode's own. */
  readonly openers?: readonly Opener[]
  /** Roots that are looked at beside all others, with the reason why one cannot be opened today, or null. */
  readonly beside?: ReadonlyMap<string, string | null>
}

const neverImported = `OpenCode 1.2 and later read ${releaseDatabase}; this JSON tree was left beside it, and what is only here was never imported`
const strayCopy = 'a database beside the others, under a name that no OpenCode opens'
const keptDatabase = 'the database as it was before it was compacted, kept until it is forgotten'
const slugTree = 'only OpenCode 0.5.29 and before read this tree'
const ownFolder = 'no OpenCode release reads this folder'

/** What a path held when it was looked at, and what its generation was then; undefined when nobody asked yet. */
export interface Known {
  readonly opened: Opened
  readonly seen: string | undefined
}

/** The machine that this runs on. */
export function thisMachine(): Machine {
  return { platform: process.platform, env: process.env, home: homedir() }
}

const databaseHead = 'SQLite format 3\0'

/** Looks in every place where stores may be, and takes in what is there. */
export class Finder {
  readonly found: FoundStore[] = []
  /** By real path. */
  readonly opened = new Map<string, Known>()
  /** Files and folders whose coming, going or changing can change what is found. */
  readonly looked = new Set<string>()
  readonly #log = new ProblemLog()
  readonly #machine: Machine
  readonly #openers: readonly Opener[]
  readonly #known: ReadonlyMap<string, Known>
  /** How many stores were come across, those that another root had led to included. */
  #reached = 0

  /** @param known what a look before this one found */
  constructor({ machine = thisMachine(), openers = [] }: DiscoverOptions, known: ReadonlyMap<string, Known>) {
    this.#machine = machine
    this.#openers = openers
    this.#known = known
  }

  get problems(): readonly Problem[] {
    return [...this.#log.all(), ...[...this.opened.values()].flatMap(({ opened }) => opened.problems)]
  }

  #exists(path: string): boolean {
    this.looked.add(path)
    return existsSync(path)
  }

  /** The stores of this machine: its data directories, `OPENCODE_DB`, `~/.opencode`, and project databases of the Go OpenCode. */
  machine(cwd = currentDirectory()): void {
    const named = databaseFromEnv(this.#machine)
    const inUse = dataDir(this.#machine)
    if (named && this.#exists(named)) this.attempt(named, () => this.#database(named, null))
    for (const directory of dataDirs(this.#machine)) {
      const outside = directory === inUse ? null : `OpenCode looks in ${inUse} here`
      this.#dataDir(directory, named ?? join(directory, releaseDatabase), outside)
    }
    this.#homeFolder(homeFolder(this.#machine))
    if (cwd === undefined) return
    for (let at = cwd; ; at = dirname(at)) {
      for (const file of [join(at, '.opencode', releaseDatabase), join(at, '.crush', 'crush.db')]) {
        if (this.#exists(file)) this.attempt(file, () => this.#database(file, null))
      }
      if (dirname(at) === at) break
    }
  }

  /** @throws OcvaultError when there is nothing to read */
  root(root: string): void {
    const before = this.#reached
    const problems = this.#log.all().length
    this.looked.add(root)
    const stat = statSync(root, { throwIfNoEntry: false })
    if (!stat) throw new OcvaultError('not-found', `no such file or directory: ${root}`)
    if (this.#byOpener(root)) return
    if (stat.isFile()) this.#file(root)
    else this.#directory(root)
    if (this.#reached === before && this.#log.all().length === problems) {
      throw new OcvaultError(
        'not-found',
        `no OpenCode sessions in ${root}: give a data directory, a home, a database, a JSON tree or an exported session`,
      )
    }
  }

  /**
   * A root that is looked at beside all others: that it is not there today is no harm.
   * @param locked why it cannot be opened, or null
   */
  beside(root: string, locked: string | null): void {
    const reason = this.#exists(root) ? locked : 'it is not there'
    if (reason !== null) {
      this.#log.add(root, reason, 'away')
      return
    }
    const before = this.found.length
    this.attempt(root, () => this.root(root))
    this.#setBeside(before)
  }

  /** @param before how many stores were found before those that are meant */
  #setBeside(before: number): void {
    for (const [at, found] of this.found.entries()) if (at >= before) this.found[at] = { ...found, beside: true }
  }

  #byOpener(root: string): boolean {
    for (const open of this.#openers) {
      const store = open(root)
      if (!store) continue
      this.#take(root, () => openFile(() => open(root) ?? unknown(root), store), null)
      return true
    }
    return false
  }

  #file(path: string): void {
    const head = headOf(path)
    if (head.startsWith(databaseHead) || path.endsWith('.db')) this.#database(path, null)
    else this.#take(path, () => openFile(() => new ExportFileStore(path)), null)
  }

  #directory(root: string): void {
    if (this.#exists(join(root, 'session', 'info'))) this.#slug(root)
    else if (this.#exists(join(root, 'storage', 'session', 'info'))) this.#slug(join(root, 'storage'))
    else if (this.#isTree(root)) this.#tree(root, null)
    else if (this.#exists(join(root, 'sessions'))) this.#homeFolder(root)
    else {
      // The directory itself, one that XDG_DATA_HOME could name, or a home.
      const inside = [root, join(root, 'opencode'), dataDir({ platform: this.#machine.platform, env: {}, home: root })]
      for (const directory of inside) this.#dataDir(directory, join(directory, releaseDatabase), null)
      this.#homeFolder(join(root, '.opencode'))
    }
  }

  /**
   * @param inUse the database that OpenCode opens
   * @param outside why OpenCode does not look into this directory at all, or null
   */
  #dataDir(directory: string, inUse: string, outside: string | null): void {
    this.looked.add(directory)
    for (const name of namesIn(directory, this.#log)) {
      const channel = channelOf(name)
      const file = join(directory, name)
      if (channel === undefined) {
        this.#stray(file, outside ?? strayCopy)
        continue
      }
      const other = channel === 'release' ? `OpenCode opens ${inUse} here` : `only OpenCode of the channel ${channel} opens it`
      this.attempt(file, () => this.#database(file, outside ?? (file === inUse ? null : other)))
    }
    const storage = join(directory, 'storage')
    if (this.#isTree(storage)) {
      this.#tree(storage, outside ?? (this.#exists(inUse) ? neverImported : null))
    }
    const projects = join(directory, 'project')
    this.looked.add(projects)
    for (const slug of folderNames(projects, this.#log)) {
      const tree = join(projects, slug, 'storage')
      if (this.#exists(join(tree, 'session', 'info'))) this.#slug(tree)
    }
  }

  /** Messages alone are a tree, too: what is left of one. */
  #isTree(path: string): boolean {
    return this.#exists(join(path, 'session')) || this.#exists(join(path, 'message'))
  }

  /**
   * A database under a name that no OpenCode opens: what sync tools leave of a conflict, a backup, a file that was renamed. One
   * of another program is left alone.
   */
  #stray(path: string, hidden: string): void {
    let head: string
    try {
      head = statSync(path).isFile() ? headOf(path) : ''
    } catch (error) {
      // Who cannot look goes by the name.
      if (/\.db(?!-(wal|shm)$)/.test(path)) this.#log.add(path, reasonOf(error).replace(`cannot read ${path}: `, ''))
      return
    }
    if (!head.startsWith(databaseHead)) return
    const before = this.found.length
    const isKept = isKeptDatabase(path)
    this.attempt(path, () => this.#take(path, () => openDatabase(path, 'foreign'), isKept ? keptDatabase : hidden))
    if (isKept) this.#setBeside(before)
  }

  #tree(path: string, hidden: string | null): void {
    this.#take(path, () => openTree((before) => openJsonTree(path, before), 'v1'), hidden)
  }

  #slug(path: string): void {
    this.#take(path, () => openTree((before) => openJsonSlug(path, before), null), slugTree)
  }

  #homeFolder(path: string): void {
    if (this.#exists(join(path, 'sessions')))
      this.#take(path, () => openTree((before) => openHomeFolder(path, before), null), ownFolder)
  }

  #database(path: string, hidden: string | null): void {
    this.#take(path, () => openDatabase(path), hidden)
  }

  /**
   * Takes in what a path holds; passes over what was reached before, under this name or through a link.
   * @param hidden why no OpenCode reads it here, or null
   */
  #take(path: string, open: () => Opened, hidden: string | null): void {
    this.#reached++
    const real = realpathSync(path)
    if (this.opened.has(real)) return
    const known = this.#known.get(real)
    const seen = known?.opened.generation()
    const opened = known === undefined ? open() : known.seen === seen ? known.opened : known.opened.again()
    this.opened.set(real, { opened, seen })
    for (const { store, readBy, frozen } of opened.stores) {
      this.found.push({ store, visible: hidden === null && readBy !== null ? [readBy] : [], hidden, frozen })
    }
  }

  /** Makes a problem of what goes wrong with a path. */
  attempt(path: string, open: () => void): void {
    try {
      open()
    } catch (error) {
      this.#log.add(path, reasonOf(error).replace(`cannot read ${path}: `, ''))
    }
  }
}

function unknown(root: string): never {
  throw new OcvaultError('failed', `cannot read ${root}: it is no longer what it was`)
}

/** The names in a data directory, the release's database first. */
function namesIn(directory: string, log: ProblemLog): string[] {
  const rank = (name: string) => (name === releaseDatabase ? 0 : 1)
  return fileNames(directory, log).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/** Undefined when the directory that the process is in has been deleted. */
function currentDirectory(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}
