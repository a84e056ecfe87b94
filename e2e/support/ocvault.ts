import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { execute, type Options, type Result } from './process.ts'
import { tempDir } from './temp.ts'

export const repository = join(import.meta.dirname, '../..')

/** The built command line, as it is published; `npm test` builds it first. */
export const main = join(repository, 'dist', 'main.js')

if (!existsSync(main)) throw new Error(`${main} is missing: node scripts/setup.mjs builds it`)

export const fixture = (release: string) => join(repository, 'fixtures', 'stores', release)

let emptyHome: string | undefined

export interface RunOptions extends Options {
  /** The home whose stores are the machine's own; an empty one unless given. */
  readonly home?: string
  /** The Node to run it with. */
  readonly node?: string
}

/** The environment of a machine where nothing is set up: UTC, no colours asked for or forbidden, an empty home. */
export function environment({ home, env }: RunOptions): Record<string, string | undefined> {
  emptyHome ??= tempDir('home')
  return { PATH: process.env.PATH, TZ: 'UTC', LANG: 'C.UTF-8', HOME: home ?? emptyHome, USERPROFILE: home ?? emptyHome, ...env }
}

/** Runs `ocvault`. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const cwd = options.cwd ?? environment(options).HOME!
  return execute(options.node ?? process.execPath, [main, ...args], { ...options, cwd, env: environment(options) })
}

/** What starts `ocvault` in a home, each time with more in its environment, for whoever kills it. */
export const starting =
  (args: readonly string[], home: string) =>
  (env: Record<string, string> = {}): ChildProcess =>
    spawn(process.execPath, [main, ...args], { cwd: home, env: { ...environment({ home }), ...env }, stdio: 'ignore' })

/** Runs `ocvault`, which must do it without a word on stderr, and returns its output. */
export async function output(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(args, options)
  expect({ args, code: result.code, stderr: result.stderr }).toEqual({ args, code: 0, stderr: '' })
  return result.stdout
}

/** The same with `--json`, parsed. */
export async function json<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
  return JSON.parse(await output([...args, '--json'], options)) as T
}

export interface SessionJSON {
  readonly id: string
  readonly title: string | null
  readonly parentID: string | null
  readonly directory: string | null
  readonly time: { readonly created: number; readonly updated: number; readonly archived: number | null }
  readonly subagents: number
  readonly copies: readonly { readonly store: string; readonly path: string; readonly visible: readonly string[] }[]
}

interface PartJSON {
  readonly id: string
  readonly type: string
  readonly text?: string
  readonly tool?: string
  readonly status?: string
  readonly input?: unknown
  readonly output?: string | null
  readonly sessionID?: string | null
}

export interface ShowJSON {
  readonly session: SessionJSON
  readonly messages: readonly {
    readonly id: string
    readonly role: string
    readonly kind: string
    readonly interrupted: boolean
    readonly time: { readonly created: number | null; readonly completed: number | null }
    readonly parts: readonly PartJSON[]
  }[]
  readonly subagents: readonly SessionJSON[]
}

export interface WhereJSON {
  readonly stores: readonly { readonly kind: string; readonly path: string; readonly sessions: number }[]
  readonly stranded: readonly (SessionJSON & { readonly reason: string })[]
  readonly problems: readonly { readonly path: string; readonly reason: string }[]
}
