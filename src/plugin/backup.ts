import { spawn } from 'node:child_process'

/** So long a session must be idle: the next prompt often comes at once. */
const quietMs = 60_000

/** Brings a backup up to date when work has come to rest; never two at once, and never in the way. */
export class IdleBackup {
  readonly #command: () => readonly string[] | null
  readonly #quietMs: number
  #timer: NodeJS.Timeout | undefined
  #running = false
  #isEndWatched = false

  /** @param command that does it; null when it may not be done */
  constructor(command: () => readonly string[] | null, waitMs = quietMs) {
    this.#command = command
    this.#quietMs = waitMs
  }

  /** A session has come to rest. */
  idle(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#run(), this.#quietMs)
    this.#timer.unref?.()
    // 1.14 ends without telling its plugins.
    if (!this.#isEndWatched) process.once('exit', () => this.close())
    this.#isEndWatched = true
  }

  /** OpenCode ends: what was waited for is done without it. */
  close(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#run()
  }

  #run(): void {
    this.#timer = undefined
    if (this.#running) {
      this.idle()
      return
    }
    const [program, ...args] = this.#words()
    if (program === undefined) return
    this.#running = true
    const child = spawn(program, args, { stdio: 'ignore', detached: true, windowsHide: true })
    const over = () => {
      this.#running = false
    }
    child.on('error', over)
    child.on('exit', over)
    child.unref()
  }

  #words(): readonly string[] {
    try {
      return this.#command() ?? []
    } catch {
      // A configuration that cannot be read allows nothing.
      return []
    }
  }
}
