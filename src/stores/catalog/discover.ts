import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { objectOf, parseObject, textOf } from '../../base/json.ts'
import { type Problem, ProblemLog } from '../../base/problems.ts'
import {
  channelOf,
  databaseFromEnv,
  dataDir,
  dataDirs,
  homeFolder,
  type Machine,
  releaseDatabase,
} from '../../opencode/data-dirs.ts'
import { Database, isCorruption, type Row } from '../../sqlite/database.ts'
import { ExportFileStore } from '../export/export-file.ts'
import { openHomeFolder } from '../json/home-folder.ts'
import { fileNames, folderNames } from '../json/json-files.ts'
import { openJsonSlug } from '../json/json-slug.ts'
import { openJsonTree } from '../json/json-tree.ts'
import { SqliteV1Store } from '../sqlite/sqlite-v1.ts'
import { SqliteV2Store } from '../sqlite/sqlite-v2.ts'
import type { Store } from '../store.ts'
import { ContainedStore } from './contained-store.ts'

/** A generation of OpenCode that shows a session to its user: 1.x or 2.x. */
export type Generation = 'v1' | 'v2'

/** A store, and which OpenCode reads it here. */
export interface FoundStore {
  readonly store: Store
  /** Who shows its sessions, as this machine is set up. */
  readonly visible: readonly Generation[]
  /** Why nobody does; null for a store that is visible, and for files that sessions merely travel in. */
  readonly hidden: string | null
  /** Set on the 1.x tables of a database that 2.x has taken over and copied for good: what it did not copy, 2.x will never show. */
  readonly frozen: boolean
}

export interface Discovery {
  readonly stores: readonly FoundStore[]
  readonly problems: readonly Problem[]
}

export interface DiscoverOptions {
  /** Data directories, homes, database files, JSON trees or exported files, instead of the machine's own stores. */
  readonly roots?: readonly string[]
  readonly machine?: Machine
  /** Where to look for a project database of the Go OpenCode. */
  readonly cwd?: string
}

const goOpenCode = 'written by the old OpenCode in Go (now Crush), another program with the same file name: not read'
const neverImported = `OpenCode 1.2 and later read ${releaseDatabase}; this JSON tree was left beside it, and what is only here was never imported`
const slugTree = 'only OpenCode 0.5.29 and before read this tree'
const ownFolder = 'no OpenCode release reads this folder'

/** The machine that this runs on. */
export function thisMachine(): Machine {
  return { platform: process.platform, env: process.env, home: homedir() }
}

/** Finds and opens every store. What cannot be opened is a problem, not an error, unless it is a file that was asked for by name. */
export function discover(options: DiscoverOptions = {}): Discovery {
  const finder = new Finder(options.machine ?? thisMachine())
  if (options.roots && options.roots.length > 0) for (const root of options.roots) finder.root(resolve(root))
  else finder.machine(options.cwd)
  return { stores: finder.found, problems: finder.log.all() }
}

class Finder {
  readonly found: FoundStore[] = []
  readonly log = new ProblemLog()
  readonly #machine: Machine
  readonly #seen = new Set<string>()
  /** How many stores were come across, those that another root had led to included. */
  #reached = 0

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** The stores of this machine: its data directories, `OPENCODE_DB`, `~/.opencode`, and project databases of the Go OpenCode. */
  machine(cwd = currentDirectory()): void {
    const named = databaseFromEnv(this.#machine)
    const inUse = dataDir(this.#machine)
    if (named && existsSync(named)) this.#attempt(named, () => this.#database(named, null))
    for (const directory of dataDirs(this.#machine)) {
      const outside = directory === inUse ? null : `OpenCode looks in ${inUse} here`
      this.#dataDir(directory, named ?? join(directory, releaseDatabase), outside)
    }
    this.#homeFolder(homeFolder(this.#machine))
    if (cwd === undefined) return
    for (let at = cwd; ; at = dirname(at)) {
      for (const file of [join(at, '.opencode', releaseDatabase), join(at, '.crush', 'crush.db')]) {
        if (existsSync(file)) this.#attempt(file, () => this.#database(file, null))
      }
      if (dirname(at) === at) break
    }
  }

  /** @throws OcvaultError when there is nothing to read */
  root(root: string): void {
    const before = this.#reached
    const problems = this.log.all().length
    const stat = statSync(root, { throwIfNoEntry: false })
    if (!stat) throw new OcvaultError('not-found', `no such file or directory: ${root}`)
    if (stat.isFile()) this.#file(root)
    else this.#directory(root)
    if (this.#reached === before && this.log.all().length === problems) {
      throw new OcvaultError(
        'not-found',
        `no OpenCode sessions in ${root}: give a data directory, a home, a database, a JSON tree or an exported session`,
      )
    }
  }

  #file(path: string): void {
    let head: string
    try {
      head = readHead(path)
    } catch (error) {
      throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
    }
    if (head.startsWith('SQLite format 3\0') || path.endsWith('.db')) this.#database(path, null)
    else this.#once(path, () => this.#add({ store: new ExportFileStore(path), visible: [], hidden: null, frozen: false }))
  }

  #directory(root: string): void {
    if (existsSync(join(root, 'session', 'info'))) this.#slug(root)
    else if (existsSync(join(root, 'storage', 'session', 'info'))) this.#slug(join(root, 'storage'))
    else if (existsSync(join(root, 'session'))) this.#tree(root, ['v1'], null)
    else if (existsSync(join(root, 'sessions'))) this.#homeFolder(root)
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
    for (const name of namesIn(directory, this.log)) {
      const channel = channelOf(name)
      if (channel === undefined) continue
      const file = join(directory, name)
      const other = channel === 'release' ? `OpenCode opens ${inUse} here` : `only OpenCode of the channel ${channel} opens it`
      this.#attempt(file, () => this.#database(file, outside ?? (file === inUse ? null : other)))
    }
    const storage = join(directory, 'storage')
    if (existsSync(join(storage, 'session'))) {
      const hidden = outside ?? (existsSync(inUse) ? neverImported : null)
      this.#tree(storage, hidden === null ? ['v1'] : [], hidden)
    }
    const projects = join(directory, 'project')
    for (const slug of folderNames(projects, this.log)) {
      const tree = join(projects, slug, 'storage')
      if (existsSync(join(tree, 'session', 'info'))) this.#slug(tree)
    }
  }

  #tree(path: string, visible: readonly Generation[], hidden: string | null): void {
    this.#once(path, () => this.#add({ store: openJsonTree(path), visible, hidden, frozen: false }))
  }

  #slug(path: string): void {
    this.#once(path, () => this.#add({ store: openJsonSlug(path), visible: [], hidden: slugTree, frozen: false }))
  }

  #homeFolder(path: string): void {
    if (!existsSync(join(path, 'sessions'))) return
    this.#once(path, () => this.#add({ store: openHomeFolder(path), visible: [], hidden: ownFolder, frozen: false }))
  }

  /** Adds what a database holds: 1.x tables, 2.x tables, or both. */
  #database(path: string, hidden: string | null): void {
    this.#once(path, () => {
      const db = new Database(path)
      const tables = db.tables()
      const has = (table: 'session' | 'session_v2') => tables.has(table) && this.#hasIDs(db, table)
      const visible = (generation: Generation) => (hidden === null ? [generation] : [])
      const v2 = tables.has('session_v2') || (tables.has('session') && tables.has('session_message') && !tables.has('message'))
      const v1 = tables.has('session') && tables.has('message')
      if (v2 && has(tables.has('session_v2') ? 'session_v2' : 'session')) {
        this.#add({ store: new SqliteV2Store(db, tables), visible: visible('v2'), hidden, frozen: false })
      }
      if (v1 && has('session')) {
        const frozen = v2 && migrated(db, tables, this.log)
        this.#add({ store: new SqliteV1Store(db, tables), visible: visible('v1'), hidden, frozen })
      }
      if (v1 || v2) return
      db.close()
      if (tables.has('sessions')) this.log.add(path, goOpenCode, 'foreign')
      else this.log.add(path, tables.size === 0 ? 'an empty database' : 'a database without OpenCode’s session tables')
    })
  }

  /** Without ids there are no sessions; the table is another program's, or damaged. */
  #hasIDs(db: Database, table: string): boolean {
    const known = db.columns(table).has('id')
    if (!known) this.log.add(db.path, `table ${table} has no column id: its sessions cannot be read`)
    return known
  }

  #add(found: FoundStore): void {
    this.found.push({ ...found, store: new ContainedStore(found.store) })
  }

  /** Passes over what was reached before, under this name or through a link. */
  #once(path: string, open: () => void): void {
    this.#reached++
    const real = realpathSync(path)
    if (this.#seen.has(real)) return
    this.#seen.add(real)
    open()
  }

  #attempt(path: string, open: () => void): void {
    try {
      open()
    } catch (error) {
      this.log.add(path, reasonOf(error).replace(`cannot read ${path}: `, ''))
    }
  }
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

function readHead(path: string): string {
  const head = Buffer.alloc(16)
  const file = openSync(path, 'r')
  try {
    return head.toString('latin1', 0, readSync(file, head))
  } finally {
    closeSync(file)
  }
}

/** Whether the one-time copy of 1.x sessions into the 2.x tables is over (2.x: `kv['migration.v1-v2']`). */
function migrated(db: Database, tables: ReadonlySet<string>, log: ProblemLog): boolean {
  if (!tables.has('kv')) return false
  let row: Row | undefined
  try {
    row = db.get("SELECT value FROM kv WHERE key = 'migration.v1-v2'")
  } catch (error) {
    if (!isCorruption(error)) throw error
    log.add(db.path, 'table kv: damaged pages; whether 2.x has copied all 1.x sessions is not known')
  }
  return objectOf(parseObject(textOf(row?.value))).phase === 'completed'
}
