import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OcvaultError } from '../base/errors.ts'
import { complaintOf, git, tryGit } from '../base/git.ts'
import type { Shelf } from './shelf.ts'

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
const isSaved = (path: string) => /^[^/]+(?:\/[^/]+)?\.json$/.test(path)

/** Saved sessions in a commit without parents, which a ref of its own names: neither branch nor index nor work tree know of it. */
export class RefShelf implements Shelf {
  readonly place: string
  readonly #worktree: string
  readonly #ref: string
  #commit: string | null = null
  #blobs: Map<string, string> | undefined

  constructor(worktree: string, ref = sessionsRef) {
    this.#worktree = worktree
    this.#ref = ref
    this.place = ref
  }

  /** The commit as it was read; null when there is none. */
  get commit(): string | null {
    this.#files()
    return this.#commit
  }

  paths(): string[] {
    return [...this.#files().keys()].sort()
  }

  read(path: string): Uint8Array {
    const blob = this.#files().get(path)
    if (blob === undefined) throw new OcvaultError('not-found', `${this.place} has no ${path}`)
    return git(this.#worktree, ['cat-file', 'blob', blob])
  }

  /**
   * Adds files, and replaces those that are there; nothing is ever taken away.
   * @throws OcvaultError `failed` when somebody else has written since it was read
   */
  write(files: ReadonlyMap<string, string | Uint8Array>): void {
    if (files.size === 0) return
    const blobs = new Map(this.#files())
    for (const [path, content] of files) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      blobs.set(path, text(git(this.#worktree, ['hash-object', '-w', '--stdin'], bytes)))
    }
    const added = [...files.keys()].map((path) => `100644 blob ${blobs.get(path)}\t${path}\0`).join('')
    const commit = text(git(this.#worktree, ['commit-tree', this.#treeWith(added), '-m', 'Sessions'], undefined, nobody))
    const old = this.#commit ?? '0'.repeat(commit.length)
    const updated = tryGit(this.#worktree, ['update-ref', this.#ref, commit, old])
    if (updated.code !== 0) {
      throw new OcvaultError('failed', `${this.#ref} was changed at the same moment; try again (${complaintOf(updated)})`)
    }
    this.#commit = commit
    this.#blobs = blobs
  }

  origin(): null {
    return null
  }

  #files(): Map<string, string> {
    if (this.#blobs) return this.#blobs
    const found = tryGit(this.#worktree, ['rev-parse', '--verify', '--quiet', `${this.#ref}^{commit}`])
    this.#commit = found.code === 0 ? text(found.stdout) : null
    this.#blobs = new Map()
    if (this.#commit === null) return this.#blobs
    for (const line of git(this.#worktree, ['ls-tree', '-r', '-z', this.#commit]).toString().split('\0')) {
      const [, mode, blob, path] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? []
      if (mode?.startsWith('100') && isSaved(path!)) this.#blobs.set(path!, blob!)
    }
    return this.#blobs
  }

  /** The tree of the commit with further entries, made in an index of its own; what this release does not know stays in it. */
  #treeWith(entries: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'ocvault-'))
    const index = { GIT_INDEX_FILE: join(folder, 'index') }
    try {
      if (this.#commit !== null) git(this.#worktree, ['read-tree', this.#commit], undefined, index)
      git(this.#worktree, ['update-index', '-z', '--index-info'], Buffer.from(entries), index)
      return text(git(this.#worktree, ['write-tree'], undefined, index))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

const text = (output: Buffer) => output.toString().trim()
