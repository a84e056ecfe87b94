import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { initRepository } from './git.ts'
import type { ModelServer } from './model-server.ts'
import { freePort, offline } from './offline.ts'
import { OpenCodeServer } from './opencode-server.ts'
import { execute, type Result } from './process.ts'
import { pinned, releaseBinary } from './releases.ts'
import { tempDir } from './temp.ts'

export const haveOpenCode = existsSync(pinned.binary)

/** What `opencode export` prints. */
export interface Exported {
  readonly info: { readonly id: string; readonly title: string; readonly parentID?: string }
  readonly messages: readonly {
    readonly info: { readonly id: string; readonly role: string; readonly time: { readonly created: number } }
    readonly parts: readonly {
      readonly id: string
      readonly type: string
      readonly text?: string
      readonly tool?: string
      readonly callID?: string
      readonly state?: { readonly status: string; readonly input: unknown; readonly output?: string }
    }[]
  }[]
}

interface Answer {
  readonly info: { readonly error?: unknown }
}

/** What its interface tells of a session. */
interface Info {
  readonly id: string
  readonly title: string
  readonly time: { readonly created: number; readonly updated: number }
}

const model = { providerID: 'local', modelID: 'scripted' }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const instances: OpenCode[] = []
afterAll(() => Promise.all(instances.splice(0).map((each) => each.stop())))

/**
 * A home with a real OpenCode in it, and a repository to work in. It talks to the scripted model and to nobody else. What is
 * asked of it goes to one server that runs from the first question on until `stop`; `run`, `list` and `import` start the program
 * once more.
 */
export class OpenCode {
  readonly home = tempDir('opencode')
  /** Where it is started. Another one is set when the project is moved. */
  project = join(this.home, 'work', 'parser')
  readonly data = join(this.home, '.local', 'share', 'opencode')
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #binary: string
  readonly #running = new Set<ChildProcess>()
  #server: Promise<OpenCodeServer> | undefined

  /**
   * @param prepare makes the repository to work in
   * @param release another one than the tests' own
   */
  constructor(
    { origin }: ModelServer,
    prepare: (project: string) => void = initRepository,
    env: Readonly<Record<string, string>> = {},
    release = pinned.version,
  ) {
    this.#binary = releaseBinary(release)
    const provider = {
      npm: '@ai-sdk/openai-compatible',
      name: 'Scripted',
      options: { baseURL: `${origin}/v1`, apiKey: 'none' },
      models: { scripted: { name: 'Scripted', limit: { context: 100_000, output: 4000 } } },
    }
    instances.push(this)
    mkdirSync(this.project, { recursive: true })
    prepare(this.project)
    const use = { model: 'local/scripted', small_model: 'local/scripted', share: 'disabled', autoupdate: false }
    writeFileSync(join(this.project, 'opencode.json'), JSON.stringify({ ...use, provider: { local: provider } }))
    // It installs its plugin interface from npm in the background, and goes on without it.
    writeFileSync(join(this.home, '.npmrc'), `registry=${origin}/npm/\nfetch-retries=0\n`)
    this.#env = {
      PATH: process.env.PATH,
      HOME: this.home,
      USERPROFILE: this.home,
      TZ: 'UTC',
      ...offline,
      ...env,
    }
  }

  /** Starts `opencode <args>` and returns at once. */
  start(...args: string[]): ChildProcess {
    const child = spawn(this.#binary, args, { cwd: this.project, env: { ...this.#env }, stdio: ['ignore', 'pipe', 'ignore'] })
    child.stdout.resume()
    this.#running.add(child)
    child.on('close', () => this.#running.delete(child))
    return child
  }

  /** The server that answers for this home, started when it is first asked for. */
  server(): Promise<OpenCodeServer> {
    this.#server ??= freePort().then((port) => OpenCodeServer.of(this.start('serve', '--port', String(port))))
    return this.#server
  }

  /**
   * Lets it answer a prompt, in a new session unless one is named. @returns the id of the session, which has its title
   * @param command the command that the prompt is given to
   */
  async prompt(text: string, { session, command }: { session?: string; command?: string } = {}): Promise<string> {
    const server = await this.server()
    const id = session ?? (await server.ask<Info>('/session', {})).id
    const answer = command
      ? await server.ask<Answer>(`/session/${id}/command`, { command, arguments: text, model: 'local/scripted' })
      : await server.ask<Answer>(`/session/${id}/message`, { model, parts: [{ type: 'text', text }] })
    expect(answer.info.error, text).toBeUndefined()
    // The model gives the title, on its own time.
    while (!session && /^New session/.test((await server.ask<Info>(`/session/${id}`)).title)) await pause(20)
    return id
  }

  /** Lets it answer a prompt as `opencode run` does: a process of its own. */
  async run(...args: string[]): Promise<void> {
    const result = await this.#execute(['run', ...args])
    expect(result, `opencode run ${args.join(' ')}`).toMatchObject({ code: 0 })
  }

  /** Its sessions without subagents', newest first. */
  async sessions(): Promise<{ id: string; title: string; updated: number; created: number }[]> {
    const listed = await (await this.server()).ask<Info[]>('/session?roots=true&limit=1000')
    return listed.map(({ id, title, time }) => ({ id, title, updated: time.updated, created: time.created }))
  }

  /** The same by `opencode session list`. */
  async list(): Promise<{ id: string; title: string; updated: number; created: number }[]> {
    const result = await this.#execute(['session', 'list', '--format', 'json'])
    return JSON.parse(result.stdout)
  }

  /** What `opencode export` prints, parsed; the order of keys is the server's. */
  async export(id: string): Promise<Exported> {
    const server = await this.server()
    return { info: await server.ask(`/session/${id}`), messages: await server.ask(`/session/${id}/message`) }
  }

  /** The same as a text, which is the same for the same session. */
  async exportText(id: string): Promise<string> {
    return `${JSON.stringify(await this.export(id), null, 2)}\n`
  }

  /** Deletes a session as `opencode session delete` does, with its subagents. */
  async delete(id: string): Promise<void> {
    const result = await this.#execute(['session', 'delete', id])
    expect(result, `opencode session delete ${id}`).toMatchObject({ code: 0 })
  }

  /** Its own import of a file into the project. */
  async import(path: string): Promise<Result> {
    return this.#execute(['import', path])
  }

  /** What `opencode export` itself prints, into a file: a pipe would get the first 65,536 bytes. */
  async exported(id: string): Promise<string> {
    const path = join(this.home, `${id}.json`)
    const file = openSync(path, 'w')
    try {
      await this.#execute(['export', id], file)
    } finally {
      closeSync(file)
    }
    return readFileSync(path, 'utf8')
  }

  #execute(args: readonly string[], stdout?: number): Promise<Result> {
    return execute(this.#binary, args, { cwd: this.project, env: this.#env, ...(stdout !== undefined && { stdout }) })
  }

  /** Ends what still runs; the next question starts a server again. */
  async stop(): Promise<void> {
    this.#server = undefined
    await Promise.all([...this.#running].map(kill))
  }
}

/** Ends a process as a power cut would. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
}
