import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Output } from './terminal.ts'

/** Where a command's output goes, and how it ends there. */
export interface Sink {
  readonly out: Output
  /** The reader has gone: stop writing. */
  closed(): boolean
  end(): Promise<void>
}

function direct(): Sink {
  const out = new Output()
  return { out, closed: () => false, end: () => out.flush() }
}

/** Whether there is such a program. A shell would say so only after it has swallowed the text; small systems have no `less`. */
function isThere(command: string): boolean {
  const [program = ''] = command.trim().split(/\s+/)
  if (!/^[\w.+/-]+$/.test(program)) return true // quotes, variables, backslashes: the shell knows
  if (program.includes('/')) return existsSync(program)
  const names = [program, ...(process.env.PATHEXT ?? '').split(';').map((extension) => program + extension)]
  return (process.env.PATH ?? '').split(delimiter).some((directory) => names.some((name) => existsSync(join(directory, name))))
}

/**
 * The user's pager, `$PAGER` or `less`, which quits by itself when all fits on one screen; stdout when there is no terminal, no
 * pager, or the pager cannot be started.
 */
export async function openPager(wanted: boolean): Promise<Sink> {
  const command = process.env.PAGER ?? 'less'
  if (!wanted || !process.stdout.isTTY || command === '' || command === 'cat' || !isThere(command)) return direct()
  const child = spawn(command, {
    shell: true,
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, LESS: process.env.LESS ?? 'FRX' },
  })
  // Ctrl-C belongs to the pager while it runs.
  const ignore = () => {}
  process.on('SIGINT', ignore)
  let closed = false
  const exited = once(child, 'close').then(() => {
    closed = true
    process.off('SIGINT', ignore)
  })
  child.stdin.on('error', () => {
    closed = true
  })
  const out = new Output(child.stdin, true)
  return {
    out,
    closed: () => closed,
    end: async () => {
      child.stdin.end()
      await exited
    },
  }
}
