import { OcvaultError } from '../base/errors.ts'
import { blobEntry, storeBlob, type TreeEntry } from './git-tree.ts'
import type { RefShelf } from './ref-shelf.ts'
import { blobKey, isRemovalPath } from './removals.ts'
import { idOf } from './saved-document.ts'
import { titleOf } from './saved-name.ts'
import { readShelf, type SavedTree, stemOf } from './shelf.ts'

export interface Removed {
  /** The id of the session; null of what cannot be read. */
  readonly id: string | null
  /** What is out of the ref. */
  readonly files: readonly string[]
}

/**
 * Takes a session out of the ref, with its subagents, and notes that it is out: with the next push it is out for everybody,
 * whoever still has it. So is what cannot be read, or is no session at all, when its path is given.
 * @param name an id or the beginning of one, a path, or a part of a path or of a title
 * @param now ms since the epoch
 * @throws OcvaultError `not-found` when nothing is called so, `usage` when several are
 */
export function removeFrom(shelf: RefShelf, name: string, now: number): Removed {
  const tree = named(shelf, name)
  const id = tree && idOf(tree.documents[0]!.info)
  const path = tree?.path ?? name
  const folder = `${stemOf(path)}/`
  const files = [...shelf.entries()].filter(([each]) => each === path || each.startsWith(folder))
  const keys = id ? [id] : files.map(([, { oid }]) => blobKey(oid))
  const put = new Map<string, TreeEntry>()
  for (const key of keys) {
    const [note, text] = shelf.takeOut(key, now)
    put.set(note, blobEntry(storeBlob(shelf.worktree, Buffer.from(text))))
  }
  const out = files.map(([each]) => each)
  shelf.change({ put, out })
  return { id: id ?? null, files: out }
}

/** The session that is meant; undefined where it is a path of something else. */
function named(shelf: RefShelf, name: string): SavedTree | undefined {
  const { trees } = readShelf(shelf)
  const words = name.toLowerCase()
  const isExact = ({ path, documents }: SavedTree) => [path, stemOf(path), idOf(documents[0]!.info)].includes(name)
  const exact = trees.find(isExact)
  if (exact) return exact
  if (shelf.entries().has(name) && !isRemovalPath(name)) return undefined
  const found = trees.filter(
    ({ path, documents: [root] }) =>
      [path, titleOf(root!)].some((text) => text.toLowerCase().includes(words)) ||
      [name, `ses_${name}`].some((start) => idOf(root!.info).startsWith(start)),
  )
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new OcvaultError('not-found', `nothing in ${shelf.place} is called ${JSON.stringify(name)}`)
  const which = found.map(({ path }) => path).slice(0, 5)
  throw new OcvaultError('usage', `${JSON.stringify(name)} could be ${which.join(', ')}: name one`)
}
