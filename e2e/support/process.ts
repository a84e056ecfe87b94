import { spawn } from 'node:child_process'

export interface Result {
  readonly stdout: string
  readonly stderr: string
  /** Null when a signal ended the process. */
  readonly code: number | null
}

export interface Options {
  readonly cwd?: string
  /** The whole environment: nothing of the machine's own reaches a child but what is named. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where stdout goes instead of the result: an open file. */
  readonly stdout?: number
  /** Another user, where the tests run as root: nobody is kept from writing otherwise. */
  readonly uid?: number
  readonly timeout?: number
}

/** Runs a program to its end and collects what it prints. It is killed, by its own id, when it does not end in time. */
export function execute(command: string, args: readonly string[], options: Options = {}): Promise<Result> {
  const { cwd, env = { PATH: process.env.PATH }, stdout, uid, timeout = 600_000 } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
      env: { ...env },
      ...(cwd !== undefined && { cwd }),
      ...(uid !== undefined && { uid, gid: uid }),
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout?.on('data', (chunk) => out.push(chunk))
    child.stderr?.on('data', (chunk) => err.push(chunk))
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString(), code })
    })
  })
}
