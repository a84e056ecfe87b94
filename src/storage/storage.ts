import type { Problem } from '../base/problems.ts'
import { NotFoundError, ReadOnlyError } from './errors.ts'
import { checkKey, type StorageKey } from './key.ts'
import type { Layer } from './layer.ts'
import type { TreeChanges } from './tree-changes.ts'
import { inOrder, type TreeLayer } from './tree-layer.ts'

/** What a storage is made of. */
export interface StorageParts {
  readonly layer: Layer
  /** The tree that is written, and what writes it; or a sentence why nothing is. */
  readonly written: { readonly tree: TreeLayer; readonly changes: TreeChanges } | string
  readonly problems: readonly Problem[]
}

/**
 * OpenCode's storage API, as releases 0.6 to 1.1.65 have it, over any layout: values under keys. In a JSON tree they are read and
 * written; in databases, archives and files they are read, in the shape that a tree has.
 */
export class Storage {
  readonly #layer: Layer
  readonly #written: StorageParts['written']
  readonly #problems: readonly Problem[]

  constructor({ layer, written, problems }: StorageParts) {
    this.#layer = layer
    this.#written = written
    this.#problems = problems
  }

  /** What answers: a tree, a database, an archive, a file; of several stores the root that they are in. */
  get path(): string {
    return this.#layer.path
  }

  /** The tree that is written; null where keys are only read. */
  get tree(): string | null {
    return typeof this.#written === 'string' ? null : this.#written.tree.path
  }

  /**
   * The value under a key.
   * @throws NotFoundError; OcvaultError `usage` for what is no key, `failed` for what cannot be read
   */
  async read<T = unknown>(key: StorageKey): Promise<T> {
    checkKey(key, 'read')
    const value = this.#layer.read(key)
    if (value === undefined) throw new NotFoundError(this.#placeOf(key))
    return value as T
  }

  /** In one tree that is the file, as the original says it. */
  #placeOf(key: StorageKey): string {
    const { tree } = typeof this.#written === 'string' ? {} : this.#written
    return tree && tree === this.#layer ? tree.fileOf(key) : `${key.join('/')} in ${this.path}`
  }

  /**
   * The keys below a prefix, at any depth, in the order of the original; none where there is nothing.
   * @throws OcvaultError `usage` for what is no prefix, `failed` for a damaged archive
   */
  async list(prefix: StorageKey): Promise<string[][]> {
    return inOrder(this.keys(prefix))
  }

  /**
   * The same one by one, for more keys than shall be in memory: in that order in a tree and in a database of 1.x, session by
   * session or store by store elsewhere.
   */
  keys(prefix: StorageKey): Iterable<StorageKey> {
    checkKey(prefix, 'prefix')
    return this.#layer.keys(prefix)
  }

  /**
   * Puts a value under a key, in place of what is there, as JSON with an indent of two.
   * @throws ReadOnlyError where keys are only read; OcvaultError `usage` for what is no key or no JSON, `failed`
   */
  async write(key: StorageKey, value: unknown): Promise<void> {
    checkKey(key, 'write')
    await this.#changes().write(key, value)
  }

  /**
   * Lets a function change the value under a key. Nobody else changes anything in the tree meanwhile, so the function must have
   * done its work when it returns.
   * @returns the value as it was written
   * @throws NotFoundError, what the function throws, and what {@link write} throws
   */
  async update<T = unknown>(key: StorageKey, change: (draft: T) => unknown): Promise<T> {
    checkKey(key, 'write')
    return (await this.#changes().update(key, change as (draft: unknown) => unknown)) as T
  }

  /**
   * Removes what is under a key. That there is nothing is no error.
   * @returns whether there was something
   * @throws as {@link write}
   */
  async remove(key: StorageKey): Promise<boolean> {
    checkKey(key, 'read')
    return this.#changes().remove(key)
  }

  #changes(): TreeChanges {
    if (typeof this.#written === 'string') throw new ReadOnlyError(this.#written)
    return this.#written.changes
  }

  /** What could not be read so far. */
  problems(): readonly Problem[] {
    return [...this.#problems, ...this.#layer.problems()]
  }

  close(): void {
    this.#layer.close()
    if (typeof this.#written !== 'string') this.#written.changes.close()
  }
}
