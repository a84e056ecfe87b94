import type { SessionID } from '../opencode/ids.ts'
import { idOf } from './saved-document.ts'
import { folded } from './saved-name.ts'
import { readTree, rootPaths, type SavedTree, type Shelf, stemOf } from './shelf.ts'
import { compareTrees } from './standing.ts'

/** What merging brought: a session that was not there, more of one that was, or one that went another way, which is kept beside it. */
type Merged = 'new' | 'updated' | 'beside'

export interface MergeResult {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly sessions: readonly { readonly path: string; readonly merged: Merged }[]
}

/** A saved session, or what stands in its place and cannot be read. */
interface Found {
  readonly path: string
  readonly tree: SavedTree | undefined
}

function found(shelf: Shelf): Found[] {
  return rootPaths(shelf).map((path) => {
    try {
      return { path, tree: readTree(shelf, path) }
    } catch {
      // Of another version, or damaged: it is carried as it is.
      return { path, tree: undefined }
    }
  })
}

const rootOf = ({ tree }: Found): SessionID | undefined => tree && idOf(tree.documents[0]!.info)

/** The files that have to be put on a shelf so that it has everything of another one, too. Nothing is lost of either. */
export function mergeInto(mine: Shelf, theirs: Shelf): MergeResult {
  const files = new Map<string, Uint8Array>()
  const sessions: { path: string; merged: Merged }[] = []
  const own = found(mine)
  const taken = new Set(mine.paths().map((path) => folded(stemOf(path.split('/')[0]!))))
  const there = new Set(mine.paths())
  for (const other of found(theirs)) {
    const isSame = (path: string) => there.has(path) && Buffer.compare(mine.read(path), theirs.read(path)) === 0
    if (filesOf(theirs, other.path).every(isSame)) continue
    const same = own.filter((each) => rootOf(each) !== undefined && rootOf(each) === rootOf(other))
    const relations = same.map(({ tree }) => compareTrees(other.tree!.documents, tree!.documents).relation)
    if (relations.some((relation) => relation === 'same' || relation === 'behind')) continue
    const older = same[relations.indexOf('ahead')]
    const path = older ? older.path : freePath(other.path, taken)
    for (const from of filesOf(theirs, other.path))
      files.set(placeIn(path, other.path, from, older?.tree, other.tree), theirs.read(from))
    sessions.push({ path, merged: older ? 'updated' : same.length > 0 || path !== other.path ? 'beside' : 'new' })
  }
  return { files, sessions }
}

/** The session's own file and those in its folder. */
function filesOf(shelf: Shelf, path: string): string[] {
  const folder = `${stemOf(path)}/`
  return [path, ...shelf.paths().filter((each) => each.startsWith(folder))]
}

function freePath(path: string, taken: Set<string>): string {
  const stem = stemOf(path)
  for (let copy = 1; ; copy++) {
    const name = copy > 1 ? `${stem}-${copy}` : stem
    if (taken.has(folded(name))) continue
    taken.add(folded(name))
    return `${name}.json`
  }
}

/** Where a file goes: to the file of the same session, where there is one. */
function placeIn(path: string, root: string, from: string, older: SavedTree | undefined, tree: SavedTree | undefined): string {
  if (from === root) return path
  const id = tree && idOf(tree.documents[tree.paths.indexOf(from)]!.info)
  const at = older && id !== undefined ? older.documents.findIndex(({ info }) => idOf(info) === id) : -1
  return at > 0 ? older!.paths[at]! : `${stemOf(path)}${from.slice(stemOf(root).length)}`
}
