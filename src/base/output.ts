import { close, fstatSync, lstatSync, open, readlinkSync, type Stats, statSync, write } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname, resolve } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { GrowingFile, type WriteOptions, writingFailed } from './files.ts'

/** Where a person wants output to go: a file, or what has the name of one. */
export interface Output {
  write(block: Uint8Array): void | Promise<void>
  /** Everything is written: a file is put in its place. */
  finish(): void | Promise<void>
  /** Leaves no half of a file behind; what went into a pipe is gone. */
  abandon(): void
}

/** A path that stands for a file which this process has open. */
const openFile = /^(?:\/proc\/self\/fd\/|\/dev\/fd\/)(\d+)$/
const standard: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 }
const mostLinks = 40

/** Where the links of a path lead in the end, or the number of the open file that it stands for. */
function leadsTo(path: string): string | number {
  let at = resolve(path)
  for (let links = 0; links < mostLinks; links++) {
    const open = standard[at] ?? openFile.exec(at)?.[1]
    if (open !== undefined) return Number(open)
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) return at
    at = resolve(dirname(at), readlinkSync(at))
  }
  return at
}

/** What is there by now. */
function found(path: string, target: string): Stats | undefined {
  try {
    return statSync(target, { throwIfNoEntry: false })
  } catch (error) {
    throw writingFailed(path, error)
  }
}

/**
 * Whether output to this path would take away a file that is there: not where it goes into a device, a pipe or a socket, nor into
 * a file that this process was given open.
 * @throws OcvaultError `failed` where links go round in a circle
 */
export function replacesFile(path: string): boolean {
  const target = leadsTo(path)
  return typeof target === 'string' && (found(path, target)?.isFile() ?? false)
}

/**
 * Whether a path leads to what output goes into as it comes, and not to a file or folder, or nothing yet.
 * @throws OcvaultError `failed` where links go round in a circle
 */
export function isStream(path: string): boolean {
  const target = leadsTo(path)
  if (typeof target === 'number') return true
  const stat = found(path, target)
  return stat !== undefined && !stat.isFile() && !stat.isDirectory()
}

/**
 * Opens what a person has named as the place of output. A file grows beside its place, which may be behind links; a device, a
 * pipe or a socket is written into.
 * @throws OcvaultError `failed`
 */
export async function openOutput(path: string, options?: WriteOptions): Promise<Output> {
  const target = leadsTo(path)
  if (typeof target === 'number') return new OpenFile(path, target, false)
  const stat = found(path, target)
  if (!stat || stat.isFile() || stat.isDirectory()) return new GrowingFile(target, options)
  if (stat.isSocket()) return SocketOutput.to(path, target)
  try {
    return new OpenFile(path, await openLater(target, 'w'), true)
  } catch (error) {
    throw writingFailed(path, error)
  }
}

// A pipe makes whoever opens it wait for a reader, and whoever writes wait until that has read: signals are heard meanwhile.
const openLater = promisify(open)
const writeLater = promisify(write)
const closeLater = promisify(close)

/** How long a pipe that is full is left alone. */
const pipePauseMs = 5

/** A file that is open: a device, a pipe, or what this process was started with. */
class OpenFile implements Output {
  readonly #path: string
  readonly #file: number
  #isOurs: boolean

  constructor(path: string, file: number, isOurs: boolean) {
    this.#path = path
    this.#file = file
    this.#isOurs = isOurs
    try {
      fstatSync(file)
    } catch (error) {
      throw writingFailed(path, error)
    }
  }

  async write(block: Uint8Array): Promise<void> {
    for (let at = 0; at < block.length; ) {
      try {
        at += (await writeLater(this.#file, block, at)).bytesWritten
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw writingFailed(this.#path, error)
        await setTimeout(pipePauseMs)
      }
    }
  }

  async finish(): Promise<void> {
    if (!this.#isOurs) return
    this.#isOurs = false
    await closeLater(this.#file)
  }

  abandon(): void {
    if (this.#isOurs) close(this.#file)
    this.#isOurs = false
  }
}

class SocketOutput implements Output {
  readonly #path: string
  readonly #socket: Socket

  private constructor(path: string, socket: Socket) {
    this.#path = path
    this.#socket = socket
    socket.on('error', () => undefined) // told where it is written to
  }

  static to(path: string, target: string): Promise<SocketOutput> {
    return new Promise((done, failed) => {
      const socket = connect(target)
      socket.once('connect', () => done(new SocketOutput(path, socket)))
      socket.once('error', (error) => failed(writingFailed(path, error)))
    })
  }

  write(block: Uint8Array): Promise<void> {
    return new Promise((done, failed) => {
      // A block is only lent.
      this.#socket.write(Buffer.from(block), (error) => (error ? failed(writingFailed(this.#path, error)) : done()))
    })
  }

  finish(): Promise<void> {
    return new Promise((done) => this.#socket.end(() => done()))
  }

  abandon(): void {
    this.#socket.destroy()
  }
}

/** How long is written before signals are listened to. */
const longestMs = 50

/**
 * Writes everything to an output, and listens to signals meanwhile. After a failure there is no half of a file.
 * @throws OcvaultError `failed`; and what reading the blocks throws
 */
export async function writeOutput(output: Output, blocks: Iterable<Uint8Array>): Promise<void> {
  try {
    let last = performance.now()
    for (const block of blocks) {
      await output.write(block)
      if (performance.now() - last < longestMs) continue
      await setImmediate()
      last = performance.now()
    }
    await output.finish()
  } catch (error) {
    output.abandon()
    throw error
  }
}
