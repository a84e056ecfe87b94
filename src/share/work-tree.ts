import { existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { OcvaultError } from '../base/errors.ts'
import { type Bytes, FileBytes } from '../base/file-bytes.ts'
import { GrowingFile, makeFolder } from '../base/files.ts'
import { tryGit } from '../base/git.ts'
import { removeAbandoned } from '../base/temporary.ts'
import { blobBytes } from './git-tree.ts'
import { lastCommits } from './repository.ts'
import { blocksIn, type Content, type Shelf } from './shelf.ts'

/** Below the root of the work tree. */
export const sessionsFolder = '.opencode/sessions'

/** Saved sessions as files of the work tree, in `.opencode/sessions`. */
export class WorkTreeShelf implements Shelf {
  readonly place = sessionsFolder
  readonly worktree: string
  readonly #folder: string
  #origins: ReturnType<typeof lastCommits> | undefined
  #sparse: Map<string, string> | undefined

  /**
   * @param worktree its real path
   * @throws OcvaultError `refused` when the folder, or the one that it is in, leads out of the work tree
   */
  constructor(worktree: string) {
    this.worktree = worktree
    this.#folder = join(worktree, ...sessionsFolder.split('/'))
    for (const path of [dirname(this.#folder), this.#folder]) this.#checkFolder(path)
  }

  paths(): string[] {
    const here = [...this.#below(this.#folder, 2)].map((path) => relative(this.#folder, path).split(sep).join('/'))
    return [...new Set([...here, ...this.#leftOut().keys()])].sort()
  }

  /** Whether this is a sparse checkout, so that git is told to take what is not in it. */
  get isSparse(): boolean {
    const { code, stdout } = tryGit(this.worktree, ['config', '--type=bool', '--get', 'core.sparseCheckout'])
    return code === 0 && stdout.toString().trim() === 'true'
  }

  /** What a sparse checkout leaves out of the work tree: the blobs of saved sessions that git alone has. */
  #leftOut(): ReadonlyMap<string, string> {
    if (this.#sparse) return this.#sparse
    this.#sparse = new Map()
    if (!this.isSparse) return this.#sparse
    const listed = tryGit(this.worktree, ['ls-files', '-s', '-t', '-z', '--', sessionsFolder]).stdout.toString()
    for (const line of listed.split('\0')) {
      const [, blob, path] = /^S 100\d{3} ([0-9a-f]+) 0\t(.+)$/s.exec(line) ?? []
      const name = path?.slice(sessionsFolder.length + 1)
      if (name && /^[^/]+(?:\/[^/]+)?\.json$/.test(name)) this.#sparse.set(name, blob!)
    }
    return this.#sparse
  }

  read(path: string): Bytes {
    const at = join(this.#folder, ...path.split('/'))
    this.#checkFolder(dirname(at))
    const blob = this.#leftOut().get(path)
    if (blob !== undefined && !existsSync(at)) return blobBytes(this.worktree, blob)
    if (!lstatSync(at, { throwIfNoEntry: false })?.isFile()) {
      throw new OcvaultError('refused', `${this.place}/${path} is a link or no file: only files are read`)
    }
    try {
      return new FileBytes(at)
    } catch (error) {
      throw new OcvaultError('failed', `cannot read ${at}: ${(error as Error).message}`, { cause: error })
    }
  }

  write(files: ReadonlyMap<string, Content>): void {
    this.#sweep()
    const targets = [...files].map(([path, content]) => ({ at: join(this.#folder, ...path.split('/')), content }))
    for (const { at } of targets) {
      this.#makeFolder(dirname(at))
      const there = lstatSync(at, { throwIfNoEntry: false })
      if (there && !there.isFile()) throw new OcvaultError('refused', `${at} is a link or no file, and is left alone`)
    }
    const growing: GrowingFile[] = []
    try {
      // The session's own file comes last: what it names is there by then.
      for (const { at, content } of targets.reverse()) {
        const file = new GrowingFile(at, { access: 'shared' })
        growing.push(file)
        for (const block of blocksIn(content)) file.write(block)
        file.complete()
      }
      for (const file of growing) file.finish()
    } catch (error) {
      for (const file of growing) file.abandon()
      throw error
    }
  }

  /** Removes what a killed run has left of files that it was writing. */
  #sweep(): void {
    if (!existsSync(this.#folder)) return
    const folders = readFolder(this.#folder).filter((entry) => entry.isDirectory())
    for (const folder of [this.#folder, ...folders.map(({ name }) => join(this.#folder, name))])
      removeAbandoned(folder, () => true)
  }

  origin(path: string): { author: string; time: number } | null {
    this.#origins ??= lastCommits(this.worktree, sessionsFolder)
    return this.#origins.get(`${sessionsFolder}/${path}`) ?? null
  }

  *#below(folder: string, levels: number): Generator<string> {
    let entries: ReturnType<typeof readFolder>
    try {
      entries = readFolder(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw new OcvaultError('failed', `cannot read ${folder}: ${(error as Error).message}`, { cause: error })
    }
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (levels > 1) yield* this.#below(path, levels - 1)
      } else if (entry.name.endsWith('.json')) yield path
    }
  }

  #makeFolder(path: string): void {
    makeFolder(path, 'shared')
    this.#checkFolder(path)
  }

  /** @throws OcvaultError `refused` when a folder is not where its path says */
  #checkFolder(path: string): void {
    let real: string
    try {
      real = realpathSync(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' && !lstatSync(path, { throwIfNoEntry: false })) return
      throw new OcvaultError('refused', `${path} cannot be looked into (${code})`, { cause: error })
    }
    if (real !== path) {
      throw new OcvaultError('refused', `${path} is a link to ${real}: sessions are kept in a folder of the repository alone`)
    }
    if (!lstatSync(path).isDirectory()) throw new OcvaultError('refused', `${path} is no folder: nothing can be saved there`)
  }
}

const readFolder = (folder: string) => readdirSync(folder, { withFileTypes: true })
