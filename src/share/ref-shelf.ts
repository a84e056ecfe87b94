import { OcvaultError } from '../base/errors.ts'
import { type Bytes, wholeOf } from '../base/file-bytes.ts'
import { complaintOf, git, tryGit } from '../base/git.ts'
import { blobBytes, blobEntry, entriesOf, storeBlocks, storeTree, type TreeEntry } from './git-tree.ts'
import { isRemovalPath, parseRemoval, printRemoval, type Removal, removalKey, removalPath } from './removals.ts'
import { blocksIn, type Content, type Shelf } from './shelf.ts'

export const sessionsRef = 'refs/ocvault/sessions'

/** The same content is the same commit, whoever makes it. */
const nobody = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((role) => [
    [`GIT_${role}_NAME`, 'ocvault'],
    [`GIT_${role}_EMAIL`, 'ocvault@localhost'],
    [`GIT_${role}_DATE`, '2000-01-01T00:00:00Z'],
  ]),
)

/** A session's own file, and those of its subagents. */
const isSaved = (path: string, { mode }: TreeEntry) => mode.startsWith('100') && /^[^/]+(?:\/[^/]+)?\.json$/.test(path)

/** What is put into the ref, and taken out of it. */
export interface Change {
  readonly put: ReadonlyMap<string, TreeEntry>
  readonly out: readonly string[]
}

/**
 * Saved sessions in a commit without parents, which a ref of its own names: neither branch nor index nor work tree know of it.
 */
export class RefShelf implements Shelf {
  readonly place: string
  readonly worktree: string
  readonly #ref: string
  #commit: string | null = null
  #entries: Map<string, TreeEntry> | undefined

  constructor(worktree: string, ref = sessionsRef) {
    this.worktree = worktree
    this.#ref = ref
    this.place = ref
  }

  /** The commit as it was read; null when there is none. */
  get commit(): string | null {
    this.entries()
    return this.#commit
  }

  paths(): string[] {
    return [...this.entries()].flatMap(([path, entry]) => (isSaved(path, entry) ? [path] : [])).sort()
  }

  read(path: string): Bytes {
    const entry = this.entries().get(path)
    if (!entry) throw new OcvaultError('not-found', `${this.place} has no ${path}`)
    return blobBytes(this.worktree, entry.oid)
  }

  /**
   * Adds files, and replaces those that are there.
   * @throws OcvaultError `failed` when somebody else has written since it was read
   */
  write(files: ReadonlyMap<string, Content>): void {
    const stored = Array.from(files, ([path, content]) => {
      return [path, blobEntry(storeBlocks(this.worktree, blocksIn(content)))] as const
    })
    this.change({ put: new Map(stored), out: [] })
  }

  /**
   * Puts entries in and takes others out; everything else stays as it is, known to this release or not.
   * @throws OcvaultError `failed` when somebody else has written since it was read
   */
  change({ put, out }: Change): void {
    if (put.size === 0 && out.length === 0) return
    const entries = new Map([...this.entries(), ...put])
    for (const path of out) entries.delete(path)
    const tree = storeTree(this.worktree, entries)
    const commit = git(this.worktree, ['commit-tree', tree, '-m', 'Sessions'], undefined, nobody).toString().trim()
    const old = this.#commit ?? '0'.repeat(commit.length)
    const updated = tryGit(this.worktree, ['update-ref', this.#ref, commit, old])
    if (updated.code !== 0) {
      throw new OcvaultError('failed', `${this.#ref} was changed at the same moment; try again (${complaintOf(updated)})`)
    }
    this.#commit = commit
    this.#entries = entries
  }

  origin(): null {
    return null
  }

  isRemoved(id: string): boolean {
    return this.removal(id)?.isOut ?? false
  }

  /** The note that brings a session back that was taken out: later than the one that took it out, whatever the clocks say. */
  bringBack(id: string, now: number): readonly [path: string, text: string] {
    return this.#note(id, { isOut: false, time: now })
  }

  /** The note that takes something out. */
  takeOut(key: string, now: number): readonly [path: string, text: string] {
    return this.#note(key, { isOut: true, time: now })
  }

  #note(key: string, { isOut, time }: Removal): readonly [path: string, text: string] {
    const later = Math.max(time, (this.removal(key)?.time ?? 0) + 1)
    return [removalPath(key), printRemoval({ isOut, time: later })]
  }

  /** What is noted of a session, or of a blob. */
  removal(key: string): Removal | undefined {
    const path = removalPath(key)
    return this.entries().get(path)?.type === 'blob' ? parseRemoval(wholeOf(this.read(path))) : undefined
  }

  /** All that was taken out, or brought back, by session or blob. */
  removals(): Map<string, Removal> {
    const notes = [...this.entries()].filter(([path, { type }]) => type === 'blob' && isRemovalPath(path))
    return new Map(notes.map(([path]) => [removalKey(path), parseRemoval(wholeOf(this.read(path)))]))
  }

  /** Everything that the commit has, whether this release knows it or not. */
  entries(): ReadonlyMap<string, TreeEntry> {
    if (this.#entries) return this.#entries
    const found = tryGit(this.worktree, ['rev-parse', '--verify', '--quiet', `${this.#ref}^{commit}`])
    this.#commit = found.code === 0 ? found.stdout.toString().trim() : null
    this.#entries = this.#commit === null ? new Map() : entriesOf(this.worktree, this.#commit)
    return this.#entries
  }
}
