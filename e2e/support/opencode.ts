import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { initRepository } from './git.ts'
import type { ModelServer } from './model-server.ts'
import { offline } from './offline.ts'
import { execute, type Result } from './process.ts'
import { tempDir } from './temp.ts'

/** The real program: the file that `opencode-ai` puts there when it is installed. */
const manifest = createRequire(import.meta.url).resolve('opencode-ai/package.json')
const binary = join(dirname(manifest), 'bin', 'opencode.exe')

export const haveOpenCode = existsSync(binary)

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

/** A home with a real OpenCode in it, and a repository to work in. It talks to the scripted model and to nobody else. */
export class OpenCode {
  readonly home = tempDir('opencode')
  readonly project = join(this.home, 'work', 'parser')
  readonly data = join(this.home, '.local', 'share', 'opencode')
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #running = new Set<ChildProcess>()

  /** @param prepare makes the repository to work in */
  constructor(
    model: ModelServer,
    prepare: (project: string) => void = initRepository,
    env: Readonly<Record<string, string>> = {},
  ) {
    const provider = {
      npm: '@ai-sdk/openai-compatible',
      name: 'Scripted',
      options: { baseURL: `${model.origin}/v1`, apiKey: 'none' },
      models: { scripted: { name: 'Scripted', limit: { context: 100_000, output: 4000 } } },
    }
    mkdirSync(this.project, { recursive: true })
    prepare(this.project)
    const use = { model: 'local/scripted', small_model: 'local/scripted', share: 'disabled', autoupdate: false }
    writeFileSync(join(this.project, 'opencode.json'), JSON.stringify({ ...use, provider: { local: provider } }))
    // It installs its plugin interface from npm in the background, and goes on without it.
    writeFileSync(join(this.home, '.npmrc'), `registry=${model.origin}/npm/\nfetch-retries=0\n`)
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
    const child = spawn(binary, args, { cwd: this.project, env: { ...this.#env }, stdio: 'ignore' })
    this.#running.add(child)
    child.on('close', () => this.#running.delete(child))
    return child
  }

  /** Lets it answer a prompt. */
  async prompt(...args: string[]): Promise<void> {
    const result = await this.#execute(['run', ...args])
    expect(result, `opencode run ${args.join(' ')}`).toMatchObject({ code: 0 })
  }

  async sessions(): Promise<{ id: string; title: string; updated: number; created: number }[]> {
    const result = await this.#execute(['session', 'list', '--format', 'json'])
    return JSON.parse(result.stdout)
  }

  /** Its own export, parsed. */
  async export(id: string): Promise<Exported> {
    return JSON.parse(await this.exportText(id))
  }

  /** Its own import of a file into the project. */
  async import(path: string): Promise<Result> {
    return this.#execute(['import', path])
  }

  /** Its own export, printed into a file: a pipe would get the first 65,536 bytes. */
  async exportText(id: string): Promise<string> {
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
    return execute(binary, args, { cwd: this.project, env: this.#env, ...(stdout !== undefined && { stdout }) })
  }

  /** Ends what still runs. */
  async stop(): Promise<void> {
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
