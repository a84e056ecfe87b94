import { OcvaultError } from '../base/errors.ts'
import { type Bytes, HeldBytes } from '../base/file-bytes.ts'
import { git, gitInto } from '../base/git.ts'
import { filledBy, TemporaryBytes } from '../base/temporary-bytes.ts'

/** What a path of a tree names, as git has it. */
export interface TreeEntry {
  /** `100644`, `100755`, `120000` a link, `160000` a commit of another repository. */
  readonly mode: string
  readonly type: string
  readonly oid: string
}

export const blobEntry = (oid: string): TreeEntry => ({ mode: '100644', type: 'blob', oid })

/** Everything in a commit's tree, by path. */
export function entriesOf(worktree: string, commit: string): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>()
  for (const line of git(worktree, ['ls-tree', '-r', '-z', commit]).toString().split('\0')) {
    const [, mode, type, oid, path] = /^(\d+) (\w+) ([0-9a-f]+)\t(.+)$/s.exec(line) ?? []
    if (path !== undefined) entries.set(path, { mode: mode!, type: type!, oid: oid! })
  }
  return entries
}

/** Stores bytes as they are: no filter of the repository sees them. Returns the blob's id. */
export const storeBlob = (worktree: string, bytes: Uint8Array): string =>
  git(worktree, ['hash-object', '-w', '--no-filters', '--stdin'], bytes).toString().trim()

/** Bytes up to this size are handed to git, and taken from it, at once. */
const fewBytes = 16 * 2 ** 20

/** Stores blocks, however many. */
export function storeBlocks(worktree: string, blocks: Iterable<Uint8Array>): string {
  const temporary = new TemporaryBytes(fewBytes)
  try {
    for (const block of blocks) temporary.add(block)
    const held = temporary.held
    if (held) return storeBlob(worktree, held)
    return git(worktree, ['hash-object', '-w', '--no-filters', '--', temporary.path]).toString().trim()
  } finally {
    temporary.remove()
  }
}

/** The content of a blob; that of a large one is in a file for the owner alone, which is gone with the process. */
export function blobBytes(worktree: string, oid: string): Bytes {
  const size = Number(git(worktree, ['cat-file', '-s', oid]).toString())
  if (size <= fewBytes) return new HeldBytes(git(worktree, ['cat-file', 'blob', oid]))
  return filledBy((file) => gitInto(worktree, ['cat-file', 'blob', oid], file))
}

interface Folder {
  readonly files: Map<string, TreeEntry>
  readonly folders: Map<string, Folder>
  /** Once it is stored. */
  oid: string | undefined
}

const emptyFolder = (): Folder => ({ files: new Map(), folders: new Map(), oid: undefined })

/** Stores a tree without an index, so that no file is left behind by a process that is killed. Returns the tree's id. */
export function storeTree(worktree: string, entries: ReadonlyMap<string, TreeEntry>): string {
  const root = emptyFolder()
  const levels: Folder[][] = [[root]]
  for (const [path, entry] of entries) {
    const names = path.split('/')
    let folder = root
    for (const [depth, name] of names.slice(0, -1).entries()) {
      let next = folder.folders.get(name)
      if (!next) {
        next = emptyFolder()
        folder.folders.set(name, next)
        levels[depth + 1] = [...(levels[depth + 1] ?? []), next]
      }
      folder = next
    }
    folder.files.set(names.at(-1)!, entry)
  }
  for (const level of levels.toReversed()) {
    // An empty one ends the batch before it is made.
    const isEmpty = level.length === 1 && recordsOf(level[0]!) === ''
    const input = isEmpty ? '' : level.map((folder) => `${recordsOf(folder)}\0`).join('')
    const oids = git(worktree, ['mktree', '-z', ...(isEmpty ? [] : ['--batch'])], Buffer.from(input))
      .toString()
      .split('\n')
    for (const [index, folder] of level.entries()) folder.oid = oids[index]!
  }
  return root.oid!
}

function recordsOf({ files, folders }: Folder): string {
  const record = (mode: string, type: string, oid: string, name: string) => `${mode} ${type} ${oid}\t${name}\0`
  return [
    ...Array.from(files, ([name, { mode, type, oid }]) => record(mode, type, oid, name)),
    ...Array.from(folders, ([name, { oid }]) => record('040000', 'tree', oid!, name)),
  ].join('')
}

/**
 * Stores the tree of a commit with further files, or others in their place. Returns its id.
 * @param commit null before the first one
 * @throws OcvaultError `failed` for a file inside of a submodule
 */
export function treeWith(worktree: string, commit: string | null, files: ReadonlyMap<string, TreeEntry>): string {
  return folderWith(worktree, commit, '', files)
}

function folderWith(worktree: string, tree: string | null, folder: string, files: ReadonlyMap<string, TreeEntry>): string {
  const entries = new Map<string, TreeEntry>()
  const listed = tree === null ? '' : git(worktree, ['ls-tree', '-z', tree]).toString()
  for (const line of listed.split('\0')) {
    const [, mode, type, oid, name] = /^(\d+) (\w+) ([0-9a-f]+)\t(.+)$/s.exec(line) ?? []
    if (name !== undefined) entries.set(name, { mode: mode!, type: type!, oid: oid! })
  }
  const below = new Map<string, Map<string, TreeEntry>>()
  for (const [path, entry] of files) {
    const [name = '', ...rest] = path.split('/')
    if (rest.length === 0) entries.set(name, { ...entry, mode: entries.get(name)?.mode === '100755' ? '100755' : entry.mode })
    else below.set(name, (below.get(name) ?? new Map()).set(rest.join('/'), entry))
  }
  for (const [name, inside] of below) {
    const there = entries.get(name)
    if (there?.type === 'commit') throw new OcvaultError('failed', `${folder}${name} is a submodule: commit in it by hand`)
    const oid = folderWith(worktree, there?.type === 'tree' ? there.oid : null, `${folder}${name}/`, inside)
    entries.set(name, { mode: '040000', type: 'tree', oid })
  }
  const records = Array.from(entries, ([name, { mode, type, oid }]) => `${mode} ${type} ${oid}\t${name}\0`).join('')
  return git(worktree, ['mktree', '-z', '--missing'], Buffer.from(records)).toString().trim()
}
