import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { offline } from '../e2e/support/offline.ts'
import type { Measurement, Subject } from './measure.ts'

const root = resolve(import.meta.dirname, '..')

export const ocvault = join(root, 'dist/main.js')
export const opencode = join(root, 'node_modules/.bin/opencode')

/** A home with an empty database, as OpenCode makes it, that many subjects write into in turn. */
export class EmptyHome {
  readonly folder = mkdtempSync(join(tmpdir(), 'ocvault-bench-'))
  readonly #target: string
  readonly #empty = join(this.folder, 'empty.db')
  readonly #place: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> }

  constructor() {
    const data = join(this.folder, '.local/share/opencode')
    mkdirSync(data, { recursive: true })
    const unset = { XDG_DATA_HOME: undefined, XDG_CONFIG_HOME: undefined, XDG_STATE_HOME: undefined, XDG_CACHE_HOME: undefined }
    this.#place = { cwd: this.folder, env: { ...offline, ...unset, HOME: this.folder } }
    this.run(opencode, 'session', 'list')
    this.#target = join(data, 'opencode.db')
    new DatabaseSync(this.#target).exec('PRAGMA wal_checkpoint(TRUNCATE)')
    copyFileSync(this.#target, this.#empty)
  }

  run(command: string, ...args: string[]): void {
    const env = { ...process.env, ...this.#place.env }
    execFileSync(command, args, { cwd: this.folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
  }

  /** A script of the shell. Each run begins with an empty database; copying it is part of the time, for all alike. */
  shell(name: string, script: string, ...args: string[]): Subject {
    const reset = 'rm -rf "$1"-wal "$1"-shm "$3" && cp "$2" "$1" && shift 3 && '
    const undo = join(this.folder, '.local/share/ocvault')
    return { name, command: 'sh', ...this.#place, args: ['-c', reset + script, 'sh', this.#target, this.#empty, undo, ...args] }
  }

  /** `opencode import` of one file after the other. */
  importLoop(files: readonly string[]): Subject {
    const script = 'binary=$1; shift; for file in "$@"; do "$binary" import "$file" || exit; done'
    return this.shell(`opencode import, ${files.length} in a loop`, script, opencode, ...files)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The ids of a store's sessions, newest first. */
export function idsIn(store: string, limit = -1): string[] {
  const db = new DatabaseSync(join(store, 'opencode.db'), { readOnly: true })
  const rows = db.prepare('SELECT id FROM session ORDER BY time_updated DESC LIMIT ?').all(limit)
  db.close()
  return rows.map(({ id }) => String(id))
}

/**
 * Prints what each subject takes for a session. @param counts of the sessions of each; the last subject is the loop that the
 * others are compared with
 */
export function printAgainstLoop(measured: readonly Measurement[], counts: readonly number[]): void {
  const each = measured.map(({ total }, index) => total / counts[index]!)
  console.log('| | total | a session | peak memory | times faster than the loop |\n|---|---|---|---|---|')
  for (const [index, { name, total, peak }] of measured.entries()) {
    const memory = peak === null ? '' : `${Math.round(peak / 1e6)} MB`
    const ratio = index < measured.length - 1 ? `${(each.at(-1)! / each[index]!).toFixed(0)} ×` : ''
    console.log(`| ${name} | ${total.toFixed(0)} ms | ${each[index]!.toFixed(1)} ms | ${memory} | ${ratio} |`)
  }
}
