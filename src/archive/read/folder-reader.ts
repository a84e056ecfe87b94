import { closeSync, type Dirent, lstatSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { blocksOfFile, openRegular } from '../../base/regular.ts'
import { mostEntries } from '../../zip/format.ts'
import { kindOfEntry } from '../format/names.ts'
import type { EntrySource } from './source.ts'

const deepest = 14

/**
 * The files of an archive in a folder. Links are not followed, and files with other names are not of the archive: a folder holds
 * what its owner puts there.
 */
export class FolderReader implements EntrySource {
  readonly #folder: string
  readonly sizes: Map<string, number>
  readonly fault = null

  constructor(folder: string) {
    this.#folder = folder
    this.sizes = new Map(filesIn(folder, '', 0))
    if (this.sizes.size > mostEntries) {
      throw new OcvaultError('failed', `${folder} is not read: it has more than ${mostEntries.toLocaleString('en')} entries`)
    }
  }

  omit(entries: Iterable<string>): void {
    for (const entry of entries) this.sizes.delete(entry)
  }

  async read(entry: string): Promise<Uint8Array> {
    return this.readNow(entry)
  }

  readNow(entry: string): Uint8Array {
    const content = Buffer.allocUnsafeSlow(this.sizes.get(entry) ?? 0)
    let at = 0
    for (const block of this.#blocks(entry)) {
      if (at + block.length > content.length) throw new OcvaultError('failed', `${entry} in ${this.#folder} has grown`)
      content.set(block, at)
      at += block.length
    }
    return content.subarray(0, at)
  }

  beginning(entry: string, bytes: number): Uint8Array {
    const file = openRegular(join(this.#folder, entry), { links: false })
    try {
      const buffer = Buffer.alloc(bytes)
      return buffer.subarray(0, readSync(file, buffer, 0, bytes, 0))
    } finally {
      closeSync(file)
    }
  }

  async *blocks(entry: string): AsyncIterable<Uint8Array> {
    yield* this.#blocks(entry)
  }

  *#blocks(entry: string): Iterable<Uint8Array> {
    if (!this.sizes.has(entry)) throw new OcvaultError('failed', `${entry} is missing in ${this.#folder}`)
    try {
      yield* blocksOfFile(join(this.#folder, entry), { links: false })
    } catch (error) {
      if (error instanceof OcvaultError) throw error
      throw new OcvaultError('failed', `${entry} in ${this.#folder} cannot be read: ${reasonOf(error)}`, { cause: error })
    }
  }

  async wholeness(): Promise<'whole'> {
    return 'whole' // there is nothing but entries
  }

  close(): void {}
}

function* filesIn(folder: string, below: string, depth: number): Iterable<[string, number]> {
  let found: Dirent[]
  try {
    found = readdirSync(join(folder, below), { withFileTypes: true })
  } catch (error) {
    throw new OcvaultError('failed', `cannot read ${join(folder, below)}: ${reasonOf(error)}`, { cause: error })
  }
  for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = `${below}${entry.name}`
    if (entry.isDirectory() && depth < deepest && (depth > 0 || ['sessions', 'copies', 'blobs', 'snapshots'].includes(name))) {
      yield* filesIn(folder, `${name}/`, depth + 1)
    } else if (entry.isFile() && kindOfEntry(name)) yield [name, lstatSync(join(folder, name)).size]
  }
}
