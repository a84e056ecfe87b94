/**
 * A restore drill with the real releases of OpenCode:
 *
 *     npx node scripts/release-drill.ts [store…] [--releases DIR] [--only release|today|unzip]… [--jobs N] [--keep] [--by-hand]
 *
 * A store is a folder named after the release that wrote it: one of `fixtures/stores` (default: all of them), or what a script
 * made, with the data directory in `home/.local/share/opencode`. `--releases` has the binaries, `<version>/bin/opencode`; one
 * that is missing is fetched with `npm pack`. Linux and macOS.
 *
 * Each store is copied into a home, backed up whole, and restored into an empty home. Then, byte for byte:
 *
 * - `release`: what the release that wrote the store lists (for every project) and exports (every session) from both homes. The
 *   store is restored as what that release reads: a JSON tree or a database, which the release makes when it is started once.
 * - `today`: the same with the pinned release, which reads the database that the session was restored into, against the store as
 *   the pinned release reads it. It does not read JSON trees, so there 1.15.13 migrates the original before, and its own
 *   differences are named by path: `-` only the original has it, `~` changed, `+` only the restored has it.
 * - `unzip`: each `sessions/<id>.json` of the unzipped backup through `opencode import` of the release and of the pinned one, and
 *   exported again: the messages.
 *
 * Releases of before 0.6 neither export nor can be restored into: there the words of every message are compared with what their
 * server says.
 *
 * With `--by-hand` the second home gets a plain copy of the store instead of the restored one: what differs then is the release's
 * own doing. It prints a table, and the differences below it; what is said on the way is on stderr.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { execute } from '../e2e/support/process.ts'
import { pinned, releasesFolder } from '../e2e/support/releases.ts'
import { compare, type Differences, inWords, noDifferences } from './release-drill/difference.ts'
import { Home, Places, Release } from './release-drill/release.ts'

const repository = dirname(import.meta.dirname)
const main = join(repository, 'dist', 'main.js')

/** The last releases that migrate a JSON tree. */
const migrating = '1.15.13'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    releases: { type: 'string', default: releasesFolder },
    jobs: { type: 'string', default: '2' },
    keep: { type: 'boolean', default: false },
    'by-hand': { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
  },
})

const isWanted = (column: 'release' | 'today' | 'unzip') => flags.only?.includes(column) ?? true

interface Session {
  readonly id: string
  readonly projectID: string | null
  readonly parentID: string | null
  readonly directory: string | null
}

interface Exported {
  readonly info: unknown
  readonly messages: readonly { readonly info: { readonly role: string }; readonly parts: readonly Part[] }[]
}

interface Part {
  readonly type: string
  readonly text?: string
  readonly tool?: string
}

/** Numbers of comparisons that came out equal, and what differed. */
class Comparison {
  equal = 0
  total = 0
  readonly found: Differences = noDifferences()
  readonly failures: string[] = []

  add(original: string, restored: string, name: string, pick: (value: unknown) => unknown = (value) => value): void {
    this.total++
    if (original === restored) {
      this.equal++
      return
    }
    try {
      const [one, other] = [pick(JSON.parse(original || '[]')), pick(JSON.parse(restored || '[]'))]
      if (compare(one, other, this.found)) this.equal++
    } catch {
      this.failures.push(`${name}: original ${firstLine(original)}; restored ${firstLine(restored)}`)
    }
  }

  fail(why: string): void {
    this.total++
    this.failures.push(why)
  }

  get words(): string[] {
    return [...inWords(this.found), ...this.failures]
  }

  toString(): string {
    return this.total === 0 ? '–' : `${this.equal} of ${this.total}`
  }
}

const firstLine = (text: string) => text.slice(0, 160).split('\n')[0]

interface Row {
  readonly store: string
  readonly release: string
  readonly sessions: number
  readonly cells: readonly string[]
  readonly differences: readonly string[]
}

/** Where the data directory is in a folder that was named. */
function dataOf(folder: string): string {
  const found = ['opencode', join('home', '.local', 'share', 'opencode'), '.'].map((path) => join(folder, path)).find(existsSync)
  if (found === undefined) throw new Error(`${folder} is no store`)
  return found
}

const notTheStore = new Set(['log', 'bin', 'snapshot', 'repos'])

/** Copies a store into a home, as it is. */
function copyTo(home: Home, data: string): Home {
  cpSync(data, home.data, { recursive: true, filter: (path) => dirname(path) !== data || !notTheStore.has(basename(path)) })
  for (const name of readdirSync(home.data)) if (name.startsWith('opencode')) chmodSync(join(home.data, name), 0o644)
  return home
}

class Drill {
  readonly #folder: string
  readonly #places: Places
  readonly #store: string
  readonly #data: string
  readonly #today: Release
  readonly #release: Release
  readonly #differences: string[] = []
  #archive = ''
  #sessions: readonly Session[] = []
  #homes = 0

  private constructor(folder: string, store: string, places: Places, release: Release, today: Release) {
    this.#folder = folder
    this.#store = basename(store)
    this.#data = dataOf(store)
    this.#places = places
    this.#release = release
    this.#today = today
  }

  static async run(store: string): Promise<Row> {
    const folder = mkdtempSync(join(tmpdir(), 'ocvault-release-drill-'))
    try {
      const name = basename(store)
      const places = new Places(folder)
      const today = await Release.open(pinned.version, flags.releases, places)
      // Stores of 2.x, and those that several releases wrote, are read by the pinned one.
      const version = /^\d+\.\d+\.\d+$/.test(name) ? name : pinned.version
      const release = version === pinned.version ? today : await Release.open(version, flags.releases, places)
      return await new Drill(folder, store, places, release, today).#row()
    } finally {
      if (flags.keep) process.stderr.write(`kept ${folder}\n`)
      else rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    }
  }

  async #row(): Promise<Row> {
    const home = this.#home()
    copyTo(home, this.#data)
    this.#archive = join(this.#folder, 'all.zip')
    this.#sessions = JSON.parse(await this.#ocvault('list', '--all', '--subagents', '--json', '--root', home.path))
    await this.#ocvault('backup', '--all', '--quiet', '--root', home.path, '-o', this.#archive)
    const nothing = () => [new Comparison(), new Comparison()] as const
    const release = isWanted('release') ? await this.#withRelease(home) : nothing()
    const today = isWanted('today') ? await this.#withToday() : nothing()
    const unzip = isWanted('unzip') ? await this.#unzipped() : nothing()
    const cells = [...release, ...today, ...unzip].map(String)
    return {
      store: this.#store,
      release: this.#release.version,
      sessions: this.#sessions.length,
      cells,
      differences: this.#differences,
    }
  }

  #home(): Home {
    return new Home(join(this.#folder, `home-${this.#homes++}`))
  }

  get #projects(): readonly string[] {
    return [...new Set(this.#sessions.map(({ projectID }) => projectID ?? 'global'))]
  }

  /** The release that wrote the store, in its own home and in the restored one. */
  async #withRelease(original: Home): Promise<readonly [lists: Comparison, exports: Comparison]> {
    const release = this.#release
    if (release.layout === 'slug') return this.#withServer(original)
    const restored = await this.#restored(release.layout, release)
    const [lists, exports] = await this.#compared(release, original, restored)
    this.#tell(release.version, lists, exports)
    return [lists, exports]
  }

  /** A release that has no export, in its own home, and the pinned one in the restored home. */
  async #withServer(original: Home): Promise<readonly [Comparison, Comparison]> {
    const restored = await this.#restored('v1', this.#today)
    const [lists, exports] = [new Comparison(), new Comparison()]
    for (const [directory, sessions] of Map.groupBy(this.#sessions, ({ directory }) => directory ?? '')) {
      const slug = directory.slice(1).replace(/[^A-Za-z0-9_]/g, '-')
      const isProject = existsSync(join(original.data, 'project', slug))
      const place = this.#places.of(isProject ? slug : 'global')
      // Its folders are named after directories, which are not there: those of the copy get the names of ours.
      if (isProject) {
        const own = place.slice(1).replace(/[^A-Za-z0-9_]/g, '-')
        renameSync(join(original.data, 'project', slug), join(original.data, 'project', own))
      }
      const listed = listIn(await this.#release.list(original, place))
      lists.add(idsOf(listed), idsOf(sessions), directory)
      for (const { id } of sessions) {
        const served: (Exported['messages'][number] & ServedV0)[] = JSON.parse(await this.#release.messages(original, place, id))
        const { messages }: Exported = JSON.parse(await this.#today.export(restored, this.#places.of('global'), id))
        exports.add(JSON.stringify(served.map(wordsOf)), JSON.stringify(messages.map(wordsOf)), id)
      }
    }
    this.#tell(`${this.#release.version}, words`, lists, exports)
    return [lists, exports]
  }

  /** The pinned release, in a copy of the store and in a restored database. */
  async #withToday(): Promise<readonly [Comparison, Comparison]> {
    if (this.#release === this.#today || this.#release.layout === 'slug') return [new Comparison(), new Comparison()]
    const original = copyTo(this.#home(), this.#data)
    if (this.#release.layout === 'json') {
      const migration = await Release.open(migrating, flags.releases, this.#places)
      await migration.list(original, this.#places.of('global'))
    }
    const restored = await this.#restored('v1', this.#today)
    const [lists, exports] = await this.#compared(this.#today, original, restored)
    const how = this.#release.layout === 'json' ? `, migrated by ${migrating}` : ''
    this.#tell(`${this.#today.version}${how}`, lists, exports)
    return [lists, exports]
  }

  /** Without ocvault: each file through `opencode import`, and exported again. */
  async #unzipped(): Promise<readonly Comparison[]> {
    const files = join(this.#folder, 'unzipped')
    execFileSync('unzip', ['-q', this.#archive, '-d', files])
    const comparisons: Comparison[] = []
    for (const release of new Set([this.#release, this.#today])) {
      const comparison = new Comparison()
      comparisons.push(comparison)
      if (!release.has('import')) continue
      const home = this.#home()
      for (const { id, projectID } of inOrder(this.#sessions)) {
        const place = this.#places.of(projectID ?? 'global')
        const file = join(files, 'sessions', `${id}.json`)
        const failure = await release.import(home, place, file)
        const exported = failure ?? (await release.export(home, place, id))
        comparison.add(readFileSync(file, 'utf8'), exported, id, (value) => (value as Exported).messages)
      }
      this.#tell(`unzip, import by ${release.version}`, comparison)
    }
    return comparisons.length === 2 ? comparisons : [new Comparison(), ...comparisons]
  }

  /** A home into which the backup was restored. */
  async #restored(layout: 'json' | 'v1', release: Release): Promise<Home> {
    const home = this.#home()
    if (flags['by-hand']) return copyTo(home, this.#data)
    if (layout === 'v1') await release.list(home, this.#places.of('global'))
    const report: { sessions: { id: string; result: string; proof: string | null }[] } = JSON.parse(
      await this.#ocvault('restore', this.#archive, '--into', layout, '--root', home.data, '--json'),
    )
    for (const { id, result, proof } of report.sessions) {
      if (result !== 'written' || (proof !== 'exact' && proof !== 'same')) {
        this.#differences.push(`restore into ${layout}: ${id} ${result}, ${proof}`)
      }
    }
    return home
  }

  async #compared(release: Release, original: Home, restored: Home): Promise<readonly [Comparison, Comparison]> {
    const [lists, exports] = [new Comparison(), new Comparison()]
    const both = <T>(ask: (home: Home) => Promise<T>) => Promise.all([ask(original), ask(restored)])
    for (const project of this.#projects) {
      const place = this.#places.of(project)
      const [original, restored] = await both((home) => release.list(home, place))
      const listed = new Set(listIn(restored).map(({ id }) => id))
      const missing = this.#sessions.filter(({ id, parentID, projectID }) => {
        return parentID === null && (projectID ?? 'global') === project && !listed.has(id)
      })
      // Two that fail in the same way are not equal.
      if (missing.length > 0) lists.fail(`list of ${project} misses ${missing.map(({ id }) => id).join(', ')}`)
      else lists.add(original, restored, `list of ${project}`)
    }
    for (const { id, projectID } of this.#sessions) {
      const place = this.#places.of(projectID ?? 'global')
      const [original, restored] = await both((home) => release.export(home, place, id))
      if (!restored.includes(`"id": "${id}"`)) exports.fail(`export of ${id}: ${firstLine(restored)}`)
      else exports.add(original, restored, id)
    }
    return [lists, exports]
  }

  #tell(what: string, ...comparisons: readonly Comparison[]): void {
    const lines = comparisons.flatMap(({ words }) => words).map((line) => `${what}: ${line}`)
    this.#differences.push(...lines)
    process.stderr.write(`${this.#store}, ${what}: ${comparisons.join(', ')}\n${lines.map((line) => `  ${line}\n`).join('')}`)
  }

  async #ocvault(...args: readonly string[]): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: this.#folder, TZ: 'UTC', LANG: 'C.UTF-8' }
    const { code, stdout, stderr } = await execute(process.execPath, [main, ...args], { cwd: this.#folder, env })
    if (code !== 0) this.#differences.push(`ocvault ${args[0]}: exit ${code}: ${stderr.trim().split('\n').join('; ')}`)
    return stdout
  }
}

interface ServedV0 {
  readonly role?: string
}

const listIn = (text: string): readonly Session[] => JSON.parse(text || '[]')
const idsOf = (sessions: readonly Session[]) => JSON.stringify(sessions.map(({ id }) => id).sort())

/** Who said what, and which tools were called. */
function wordsOf({ info, role, parts }: Exported['messages'][number] & ServedV0): unknown {
  const words = parts.flatMap((part) => {
    const { type, text, tool, toolInvocation } = part as Part & { toolInvocation?: { toolName: string } }
    if (type === 'text') return [text]
    return type === 'tool' || toolInvocation ? [`tool ${tool ?? toolInvocation?.toolName}`] : []
  })
  return [info?.role ?? role, words]
}

/** Parents before their children. */
function inOrder(sessions: readonly Session[]): Session[] {
  const children = Map.groupBy(sessions, ({ parentID }) => parentID)
  const known = new Set(sessions.map(({ id }) => id))
  const below = (session: Session): Session[] => [session, ...(children.get(session.id) ?? []).flatMap(below)]
  return sessions.filter(({ parentID }) => parentID === null || !known.has(parentID)).flatMap(below)
}

const fixtures = join(repository, 'fixtures', 'stores')
const stores =
  positionals.length > 0 ? positionals.map((path) => resolve(path)) : readdirSync(fixtures).map((name) => join(fixtures, name))
const heads = ['store', 'release', 'sessions', 'lists', 'exports', 'lists today', 'exports today', 'unzip + import', 'by today']
/** Told in the end, below the table. */
const differences: string[] = []
process.stdout.write(`| ${heads.join(' | ')} |\n| ${heads.map(() => '---').join(' | ')} |\n`)
const waiting = [...stores]
const work = async () => {
  for (let store = waiting.shift(); store !== undefined; store = waiting.shift()) {
    const row = await Drill.run(store).catch((error: unknown) => failed(store, error))
    differences.push(...row.differences.map((line) => `${row.store}, ${line}\n`))
    process.stdout.write(`| ${[row.store, row.release, row.sessions, ...row.cells].join(' | ')} |\n`)
  }
}
const failed = (store: string, error: unknown): Row => ({
  ...{ store: basename(store), release: '', sessions: 0, cells: ['failed'] },
  differences: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
})
await Promise.all(Array.from({ length: Number(flags.jobs) }, work))
process.stdout.write(`\n${differences.join('')}`)
