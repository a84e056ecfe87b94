import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bytes, FileBytes, HeldBytes } from './file-bytes.ts'
import { writingFailed } from './files.ts'
import { randomBytes } from './hash.ts'
import { unfinishedUntil } from './unfinished.ts'

/** Bytes that gather: in memory while they are few, then in a file for its owner alone. */
export class TemporaryBytes {
  readonly #most: number
  readonly #blocks: Buffer[] = []
  #size = 0
  #file: TemporaryFile | undefined

  /** @param most how many are held at most */
  constructor(most: number) {
    this.#most = most
  }

  /** @throws OcvaultError `failed` */
  add(block: Uint8Array): void {
    this.#size += block.length
    if (this.#file) {
      this.#file.write(block)
      return
    }
    this.#blocks.push(Buffer.from(block))
    if (this.#size <= this.#most) return
    this.#file = new TemporaryFile()
    for (const held of this.#blocks.splice(0)) this.#file.write(held)
  }

  /** All of them, while they are few. */
  get held(): Buffer | undefined {
    return this.#file ? undefined : Buffer.concat(this.#blocks)
  }

  /** The file that they are in, once they are many. */
  get path(): string {
    if (!this.#file) throw new Error('these bytes are in memory')
    return this.#file.path
  }

  /** For reading, when nothing is added any more. A file is gone with the process. */
  bytes(): Bytes {
    return this.#file ? this.#file.kept() : new HeldBytes(Buffer.concat(this.#blocks))
  }

  remove(): void {
    this.#file?.remove()
  }
}

/**
 * What is written into a file for its owner alone, which is gone with the process.
 * @param fill writes into the open file
 * @throws what it throws
 */
export function filledBy(fill: (file: number) => void): Bytes {
  const temporary = new TemporaryFile()
  try {
    fill(temporary.file)
    return temporary.kept()
  } catch (error) {
    temporary.remove()
    throw error
  }
}

/** Files that are read until the process ends. */
const keptPaths = new Set<string>()

function removeKept(): void {
  for (const path of keptPaths) rmSync(path, { force: true })
}

function removeAtExit(path: string): void {
  if (keptPaths.size === 0) process.once('exit', removeKept)
  keptPaths.add(path)
}

class TemporaryFile {
  readonly path = join(tmpdir(), `ocvault-${randomBytes(12).toString('hex')}.tmp`)
  readonly file: number
  readonly #forget: () => void
  #isOpen = true

  constructor() {
    try {
      this.file = openSync(this.path, 'wx', 0o600)
    } catch (error) {
      throw writingFailed(this.path, error)
    }
    this.#forget = unfinishedUntil(() => rmSync(this.path, { force: true }))
  }

  write(block: Uint8Array): void {
    try {
      for (let at = 0; at < block.length; ) at += writeSync(this.file, block, at)
    } catch (error) {
      throw writingFailed(this.path, error)
    }
  }

  kept(): FileBytes {
    this.#close()
    removeAtExit(this.path)
    return new FileBytes(this.path)
  }

  remove(): void {
    this.#close()
    rmSync(this.path, { force: true })
    this.#forget()
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.file)
    this.#isOpen = false
  }
}
