import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, offline } from '../../e2e/support/offline.ts'
import { execute, type Result } from '../../e2e/support/process.ts'
import { releaseBinary } from '../../e2e/support/releases.ts'

/** A home of OpenCode's. */
export class Home {
  readonly path: string
  readonly data: string
  #files = 0

  constructor(path: string) {
    this.path = path
    this.data = join(path, '.local', 'share', 'opencode')
    mkdirSync(this.data, { recursive: true })
    // Whatever a release wants to install is refused at once, and it goes on without.
    writeFileSync(join(path, '.npmrc'), 'registry=http://127.0.0.1:9/\nfetch-retries=0\n')
  }

  /** A file that is not there yet. */
  file(): string {
    return join(this.path, `out-${this.#files++}`)
  }
}

/**
 * Directories to run OpenCode in: one for each project id. A project's own need not be there: 1.0.162 and later believe the id in
 * `.git/opencode`, earlier ones ask git for the root commits, and are told the same by a git that stands before the real one in
 * PATH.
 */
export class Places {
  readonly #root: string
  readonly #made = new Map<string, string>()
  readonly bin: string

  constructor(root: string) {
    this.#root = root
    this.bin = join(root, 'bin')
    mkdirSync(this.bin, { recursive: true })
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
    const shim = `#!/bin/sh
case "$*" in *rev-list*) exec cat "$(${git} rev-parse --git-common-dir)/opencode";; esac
exec ${git} "$@"
`
    writeFileSync(join(this.bin, 'git'), shim)
    chmodSync(join(this.bin, 'git'), 0o755)
  }

  /** The directory for a project; the same each time. */
  of(projectID: string): string {
    let place = this.#made.get(projectID)
    if (place) return place
    place = join(this.#root, `place-${this.#made.size}`)
    mkdirSync(place)
    if (projectID !== 'global') {
      execFileSync('git', ['init', '--quiet', place], { env: { PATH: process.env.PATH, HOME: this.#root } })
      writeFileSync(join(place, '.git', 'opencode'), projectID)
    }
    this.#made.set(projectID, place)
    return place
  }
}

/** Which layout a release reads: `slug` up to 0.5, `json` up to 1.1, `v1` since 1.2. */
export type Layout = 'slug' | 'json' | 'v1'

/** The real binary of a release. */
export class Release {
  readonly version: string
  readonly layout: Layout
  readonly #binary: string
  readonly #bin: string
  readonly #commands: ReadonlySet<string>

  private constructor(version: string, binary: string, bin: string, commands: ReadonlySet<string>) {
    this.version = version
    this.#binary = binary
    this.#bin = bin
    this.#commands = commands
    const [major = 0, minor = 0] = version.split('.').map(Number)
    this.layout = major === 0 && minor < 6 ? 'slug' : major === 0 || (major === 1 && minor < 2) ? 'json' : 'v1'
  }

  /**
   * @param cache a folder of unpacked releases, `<version>/bin/opencode`; one that is missing comes from npm
   * @param places where the git is that releases up to 1.0 ask
   */
  static async open(version: string, cache: string, places: Places): Promise<Release> {
    const binary = releaseBinary(version, cache)
    const home = new Home(join(places.bin, '..', `home-${version}`))
    const release = new Release(version, binary, places.bin, new Set())
    const { stdout, stderr } = await release.#run(home, places.of('global'), ['--help'])
    const commands = [...`${stdout}${stderr}`.matchAll(/^ {2}opencode (\w+)/gm)].map(([, name]) => name!)
    return new Release(version, binary, places.bin, new Set(commands))
  }

  /**
   * Whether it has a command: `session` came between 1.0.98 and 1.0.142, `import` between 1.0.0 and 1.0.61, `export` after
   * 0.5.29.
   */
  has(command: 'export' | 'import' | 'session'): boolean {
    return this.#commands.has(command)
  }

  /**
   * What it lists in a directory: `session list`, or without that command what its server lists. The first start makes a
   * database.
   */
  async list(home: Home, place: string): Promise<string> {
    if (!this.has('session')) return this.#served(home, place, '/session')
    const { code, text, stderr } = await this.#toFile(home, place, ['session', 'list', '--format', 'json'])
    if (code !== 0) throw new Error(`opencode ${this.version} session list: ${stderr.trim()}`)
    return text
  }

  /** Its export of a session; what it says instead, where it fails. */
  async export(home: Home, place: string, id: string): Promise<string> {
    const { code, text, stderr } = await this.#toFile(home, place, ['export', id])
    return code === 0 ? text : `exit ${code}: ${stderr.trim()}`
  }

  /** @returns what went wrong */
  async import(home: Home, place: string, file: string): Promise<string | undefined> {
    const { code, text, stderr } = await this.#toFile(home, place, ['import', file])
    return code === 0 && text.includes('Imported') ? undefined : `exit ${code}: ${stderr.trim() || text.trim()}`
  }

  /** What a session's messages are to its server. */
  async messages(home: Home, place: string, id: string): Promise<string> {
    return this.#served(home, place, `/session/${id}/message`)
  }

  /** Into a file: a pipe would get the first 65,536 bytes. */
  async #toFile(home: Home, place: string, args: readonly string[]): Promise<Result & { readonly text: string }> {
    const path = home.file()
    const file = openSync(path, 'w')
    try {
      const result = await this.#run(home, place, args, file)
      return { ...result, text: readFileSync(path, 'utf8') }
    } finally {
      closeSync(file)
      rmSync(path)
    }
  }

  #run(home: Home, place: string, args: readonly string[], stdout?: number): Promise<Result> {
    return execute(this.#binary, args, { cwd: place, env: this.#env(home), ...(stdout !== undefined && { stdout }) })
  }

  async #served(home: Home, place: string, path: string): Promise<string> {
    // Without a provider 0.1 does not serve. Nobody asks this one.
    if (this.layout === 'slug') writeFileSync(join(place, 'opencode.json'), JSON.stringify({ provider: { none } }))
    const port = await freePort()
    const child = spawn(this.#binary, ['serve', '--port', String(port)], { cwd: place, env: this.#env(home), stdio: 'ignore' })
    const closed = once(child, 'close')
    try {
      for (let tries = 0; tries < 100; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        // What is asked in the moment that it begins to listen is never answered.
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(5000) }).catch(
          () => undefined,
        )
        if (response?.ok) return await response.text()
        if (response) throw new Error(`opencode ${this.version} serve: ${response.status} for ${path}`)
      }
      throw new Error(`opencode ${this.version} serve does not answer`)
    } finally {
      child.kill()
      await closed
    }
  }

  #env(home: Home): Record<string, string | undefined> {
    return {
      PATH: `${this.#bin}:${process.env.PATH}`,
      HOME: home.path,
      TZ: 'UTC',
      LANG: 'C.UTF-8',
      ...offline,
    }
  }
}

const none = {
  npm: '@ai-sdk/openai-compatible',
  name: 'None',
  options: { baseURL: 'http://127.0.0.1:9/v1', apiKey: 'none' },
  models: { none: { name: 'None' } },
}
