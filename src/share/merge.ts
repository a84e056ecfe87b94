import type { SessionID } from '../opencode/ids.ts'
import type { TreeEntry } from './git-tree.ts'
import type { Change, RefShelf } from './ref-shelf.ts'
import { blobKey, isLater, isRemovalPath, type Removal, removalPath } from './removals.ts'
import { idOf } from './saved-document.ts'
import { folded } from './saved-name.ts'
import { readTree, rootPaths, type SavedTree, stemOf } from './shelf.ts'
import { compareTrees } from './standing.ts'

/**
 * What merging brought: a session that was not there, more of one that was, one that went another way, which is kept beside it,
 * or one that somebody has taken out.
 */
type Merged = 'new' | 'updated' | 'beside' | 'removed'

export interface MergeResult extends Change {
  readonly sessions: readonly { readonly path: string; readonly merged: Merged }[]
}

/** A saved session, or what stands in its place and cannot be read: of another version, or damaged. */
interface Unit {
  readonly path: string
  readonly tree: SavedTree | undefined
  /** Its own file and those in its folder. */
  readonly files: readonly string[]
}

function unitsOf(shelf: RefShelf): Unit[] {
  const paths = shelf.paths()
  return rootPaths(shelf).map((path) => {
    const files = [path, ...paths.filter((each) => each.startsWith(`${stemOf(path)}/`))]
    try {
      return { path, files, tree: readTree(shelf, path) }
    } catch {
      return { path, files, tree: undefined }
    }
  })
}

const rootOf = ({ tree }: Unit): SessionID | undefined => tree && idOf(tree.documents[0]!.info)

const isSameEntry = (one: TreeEntry | undefined, other: TreeEntry | undefined) =>
  one?.oid === other?.oid && one?.mode === other?.mode

/** Whether a ref has some content, under whatever name. */
const has = (shelf: RefShelf, oid: string) => [...shelf.entries().values()].some((entry) => entry.oid === oid)

/**
 * What has to be done to a ref so that it has everything of another one, too. Nothing is lost of either but what was taken out on
 * purpose; what this release does not know is carried as it is.
 * @param base what the other had when it was last seen, which tells who has changed what cannot be read
 */
export function mergeInto(mine: RefShelf, theirs: RefShelf, base: RefShelf): MergeResult {
  return new Merge(mine, theirs, base).result()
}

class Merge {
  readonly #mine: RefShelf
  readonly #theirs: RefShelf
  readonly #base: RefShelf
  readonly #own: readonly Unit[]
  readonly #taken: Set<string>
  readonly #removals: ReadonlyMap<string, Removal>
  readonly #put = new Map<string, TreeEntry>()
  readonly #out: string[] = []
  readonly #sessions: { path: string; merged: Merged }[] = []

  constructor(mine: RefShelf, theirs: RefShelf, base: RefShelf) {
    this.#mine = mine
    this.#theirs = theirs
    this.#base = base
    this.#own = unitsOf(mine)
    this.#taken = new Set([...mine.entries().keys()].map((path) => folded(stemOf(path.split('/')[0]!))))
    this.#removals = this.#mergedRemovals()
  }

  result(): MergeResult {
    const left = this.#own.filter((unit) => !this.#takeOut(unit))
    const units = unitsOf(this.#theirs)
    for (const unit of units) if (!this.#isOut(unit, this.#theirs)) this.#takeIn(unit, left)
    const inUnits = new Set(units.flatMap(({ files }) => files))
    for (const [path, entry] of this.#theirs.entries()) if (!inUnits.has(path) && !isRemovalPath(path)) this.#carry(path, entry)
    for (const [path, { oid }] of this.#mine.entries()) if (this.#isOutKey(blobKey(oid))) this.#out.push(path)
    return { put: this.#put, out: this.#out, sessions: this.#sessions }
  }

  /** The latest word of both on each; theirs comes in where it is. */
  #mergedRemovals(): Map<string, Removal> {
    const all = this.#mine.removals()
    for (const [key, removal] of this.#theirs.removals()) {
      const own = all.get(key)
      if (own && !isLater(removal, own)) continue
      all.set(key, removal)
      this.#put.set(removalPath(key), this.#theirs.entries().get(removalPath(key))!)
    }
    return all
  }

  #isOutKey(key: string): boolean {
    return this.#removals.get(key)?.isOut ?? false
  }

  #isOut(unit: Unit, shelf: RefShelf): boolean {
    const id = rootOf(unit)
    return (id !== undefined && this.#isOutKey(id)) || this.#isOutKey(blobKey(shelf.entries().get(unit.path)!.oid))
  }

  #takeOut(unit: Unit): boolean {
    if (!this.#isOut(unit, this.#mine)) return false
    this.#out.push(...unit.files)
    this.#sessions.push({ path: unit.path, merged: 'removed' })
    return true
  }

  #takeIn(unit: Unit, own: readonly Unit[]): void {
    if (unit.files.every((path) => isSameEntry(this.#mine.entries().get(path), this.#theirs.entries().get(path)))) return
    if (!unit.tree) {
      this.#takeInUnread(unit)
      return
    }
    const same = own.filter((each) => rootOf(each) !== undefined && rootOf(each) === rootOf(unit))
    const relations = same.map(({ tree }) => compareTrees(unit.tree!.documents, tree!.documents).relation)
    if (relations.some((relation) => relation === 'same' || relation === 'behind')) return
    const older = same[relations.indexOf('ahead')]
    const path = older ? older.path : this.#freePath(unit.path)
    this.#place(unit, path, older?.tree)
    this.#sessions.push({ path, merged: older ? 'updated' : same.length > 0 || path !== unit.path ? 'beside' : 'new' })
  }

  /** What cannot be read cannot be compared: whoever left it as it was when both had it the same has the older one. */
  #takeInUnread(unit: Unit): void {
    const [mine, theirs, base] = [this.#mine, this.#theirs, this.#base].map((shelf) => shelf.entries())
    if (has(this.#mine, theirs!.get(unit.path)!.oid)) return
    const isMineAsBefore = mine!.has(unit.path) && isSameEntry(mine!.get(unit.path), base!.get(unit.path))
    if (!isMineAsBefore && unit.files.every((path) => isSameEntry(theirs!.get(path), base!.get(path))) && mine!.has(unit.path))
      return
    const path = isMineAsBefore ? unit.path : this.#freePath(unit.path)
    this.#place(unit, path, undefined)
    this.#sessions.push({ path, merged: isMineAsBefore ? 'updated' : path === unit.path ? 'new' : 'beside' })
  }

  #place({ path: root, tree, files }: Unit, path: string, older: SavedTree | undefined): void {
    for (const from of files) this.#put.set(placeIn(path, root, from, older, tree), this.#theirs.entries().get(from)!)
  }

  /**
   * An entry that is no saved session: theirs comes in, and takes the place of mine where mine is as it was when theirs was last
   * seen.
   */
  #carry(path: string, entry: TreeEntry): void {
    const [own, before] = [this.#mine.entries().get(path), this.#base.entries().get(path)]
    if (this.#isOutKey(blobKey(entry.oid)) || isSameEntry(own, entry)) return
    if (own) {
      if (isSameEntry(own, before)) this.#put.set(path, entry)
      else if (!isSameEntry(entry, before)) this.#putBeside(path, entry)
      return
    }
    // A file cannot stand where a folder does. Where they have moved ours out of the way, it gives way here, too.
    const inTheWay = [...this.#mine.entries()].filter(([each]) => each.startsWith(`${path}/`) || path.startsWith(`${each}/`))
    if (inTheWay.some(([, { oid }]) => !has(this.#theirs, oid))) this.#putBeside(path, entry)
    else {
      this.#out.push(...inTheWay.map(([each]) => each))
      this.#put.set(path, entry)
    }
  }

  #putBeside(path: string, entry: TreeEntry): void {
    if (!has(this.#mine, entry.oid)) this.#put.set(this.#freeName(path), entry)
  }

  /** A name beside what is there: in the root, where no folder is in its way. */
  #freeName(path: string): string {
    const [, stem = path, extension = ''] = /^(.+?)(\.[^./]*)?$/.exec(path.replaceAll('/', '-')) ?? []
    for (let copy = 2; ; copy++) {
      const name = `${stem}-${copy}${extension}`
      if (!this.#mine.entries().has(name) && !this.#put.has(name)) return name
    }
  }

  #freePath(path: string): string {
    const stem = stemOf(path)
    for (let copy = 1; ; copy++) {
      const name = copy > 1 ? `${stem}-${copy}` : stem
      if (this.#taken.has(folded(name))) continue
      this.#taken.add(folded(name))
      return `${name}.json`
    }
  }
}

/** Where a file goes: to the file of the same session, where there is one. */
function placeIn(path: string, root: string, from: string, older: SavedTree | undefined, tree: SavedTree | undefined): string {
  if (from === root) return path
  const document = tree?.documents[tree.paths.indexOf(from)]
  const id = document && idOf(document.info)
  const at = older && id !== undefined ? older.documents.findIndex(({ info }) => idOf(info) === id) : -1
  return at > 0 ? older!.paths[at]! : `${stemOf(path)}${from.slice(stemOf(root).length)}`
}
