import { createHash } from 'node:crypto'
import type { GrownFile, MirrorFolder } from '../archive/mirror/folder.ts'
import type { EntrySource } from '../archive/read/source.ts'

/** What a process that was killed does not come to. */
export class Killed extends Error {}

const hashes = new WeakMap<Uint8Array, string>()

function hashOf(content: Uint8Array): string {
  const hash = hashes.get(content) ?? createHash('sha256').update(content).digest('hex')
  hashes.set(content, hash)
  return hash
}

/** The files of a mirror in memory. Content that is in a file never changes, so that copies of the whole cost nothing. */
export class MemoryFolder implements MirrorFolder {
  readonly files = new Map<string, Uint8Array>()
  /** How many more times something is changed before the process is killed. */
  lives = Number.POSITIVE_INFINITY

  #change(change: () => void): void {
    if (this.lives-- <= 0) throw new Killed()
    change()
  }

  pathOf(entry: string): string {
    return `/mirror/${entry}`
  }

  names(folder: string): string[] {
    const below = folder === '' ? '' : `${folder}/`
    const names = [...this.files.keys()].filter((entry) => entry.startsWith(below)).map((entry) => entry.slice(below.length))
    return names.filter((name) => !name.includes('/')).sort()
  }

  size(entry: string): number | undefined {
    return this.files.get(entry)?.length
  }

  read(entry: string): Uint8Array {
    return this.files.get(entry) ?? Buffer.alloc(0)
  }

  hash(entry: string): string | undefined {
    const content = this.files.get(entry)
    return content && hashOf(content)
  }

  *blocks(entry: string): Iterable<Uint8Array> {
    yield this.read(entry)
  }

  grow(name: string, blocks: Iterable<Uint8Array>): GrownFile {
    const content = Buffer.concat([...blocks])
    const growing = `.ocvault/tmp/${name}`
    this.#change(() => this.files.set(growing, content))
    return { growing, sha256: hashOf(content), bytes: content.length }
  }

  move(from: string, to: string): void {
    const content = this.files.get(from)
    if (!content) throw new Error(`${from} is not there`)
    this.#change(() => {
      this.files.set(to, content)
      this.files.delete(from)
    })
  }

  write(entry: string, content: Uint8Array): void {
    this.#change(() => this.files.set(entry, content))
  }

  append(entry: string, text: string): void {
    // A kill may leave a part of it.
    const part = this.lives <= 0 ? text.slice(0, text.length >> 1) : text
    this.files.set(entry, Buffer.concat([this.read(entry), Buffer.from(part)]))
    this.#change(() => undefined)
  }

  remove(entry: string): void {
    this.#change(() => this.files.delete(entry))
  }

  async sync(): Promise<void> {}

  /** What a new backup finds: nothing that grows. */
  sweep(): void {
    this.lives = Number.POSITIVE_INFINITY
    for (const entry of this.files.keys()) if (entry.startsWith('.ocvault/tmp/')) this.files.delete(entry)
  }

  /** The same files as entries of an archive. @param isEntry by its name */
  source(isEntry: (entry: string) => boolean): EntrySource {
    const { files } = this
    const sizes = new Map([...files].filter(([entry]) => isEntry(entry)).map(([entry, content]) => [entry, content.length]))
    return {
      sizes,
      fault: null,
      read: async (entry) => files.get(entry) ?? Promise.reject(new Error(`${entry} is missing`)),
      readNow(entry) {
        const content = files.get(entry)
        if (!content) throw new Error(`${entry} is missing`)
        return content
      },
      beginning: (entry, bytes) => (files.get(entry) ?? Buffer.alloc(0)).subarray(0, bytes),
      async *blocks(entry) {
        yield files.get(entry) ?? Buffer.alloc(0)
      },
      wholeness: async () => 'whole',
      omit(entries) {
        for (const entry of entries) sizes.delete(entry)
      },
      close() {},
    }
  }
}
