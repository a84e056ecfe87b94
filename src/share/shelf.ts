import { hintOf, OcvaultError, reasonOf } from '../base/errors.ts'
import type { Bytes } from '../base/file-bytes.ts'
import { textOf } from '../base/json.ts'
import type { Failure } from '../base/problems.ts'
import type { SessionID } from '../opencode/ids.ts'
import { idOf, parseSaved, type SavedDocument } from './saved-document.ts'

/** What a file is to hold: a text, or blocks that are made when they are written. */
export type Content = string | { blocks(): Iterable<Uint8Array> }

export const blocksIn = (content: Content): Iterable<Uint8Array> =>
  typeof content === 'string' ? [Buffer.from(content)] : content.blocks()

/** Where saved sessions are: `<name>.json` of each, and those of its subagents in `<name>/`. Paths are relative, with slashes. */
export interface Shelf {
  /** What it is called, for a person. */
  readonly place: string
  /** All `.json` files, in order. */
  paths(): readonly string[]
  /** @throws OcvaultError `refused` for what is no file of its own */
  read(path: string): Bytes
  /** Writes all, or fails before the first. */
  write(files: ReadonlyMap<string, Content>): void
  /** Whether a session was taken out for everybody; no shelf without this knows. */
  isRemoved?(id: SessionID): boolean
  /** What has to be written beside a session that was taken out, so that it stays in again. */
  bringBack?(id: SessionID, now: number): readonly [path: string, text: string]
  /** Who put a file there, and when (ms since the epoch); null where nobody can tell. */
  origin(path: string): { readonly author: string; readonly time: number } | null
}

/** A saved session, the subagents behind it, parents first. */
export interface SavedTree {
  /** The path of the session's own file. */
  readonly path: string
  /** In the order of `paths`. */
  readonly documents: readonly SavedDocument[]
  /** Where each of them is. */
  readonly paths: readonly string[]
}

export const stemOf = (path: string): string => path.replace(/\.json$/, '')
const isRoot = (path: string) => !path.includes('/')

/** The paths of the sessions that no subagent wrote. */
export const rootPaths = (shelf: Shelf): string[] => shelf.paths().filter(isRoot)

/** The path of a subagent's file. */
export const subagentPath = (stem: string, id: SessionID): string => `${stem}/${id}.json`

/**
 * A session and its subagents.
 * @throws OcvaultError `refused` when one of the files is not what it should be
 */
export function readTree(shelf: Shelf, path: string): SavedTree {
  const read = (at: string) => ({ at, document: parseSaved(`${shelf.place}/${at}`, shelf.read(at)) })
  const root = read(path)
  const folder = `${stemOf(path)}/`
  const waiting = shelf
    .paths()
    .filter((each) => each.startsWith(folder))
    .map(read)
  const placed = [root]
  const ids = new Set([idOf(root.document.info)])
  for (let more = true; more; ) {
    more = false
    for (const [index, each] of waiting.entries()) {
      if (!ids.has(textOf(each.document.info.parentID) ?? '') || ids.has(idOf(each.document.info))) continue
      placed.push(each)
      ids.add(idOf(each.document.info))
      waiting.splice(index, 1)
      more = true
      break
    }
  }
  const [lost] = waiting
  if (lost) throw new OcvaultError('refused', `${shelf.place}/${lost.at} is of no subagent of ${path}`)
  return { path, documents: placed.map(({ document }) => document), paths: placed.map(({ at }) => at) }
}

/** What of a session's files is not as it was saved, a sentence for each file: edited by hand, merged, or damaged since. */
export function changesIn({ documents, paths }: SavedTree, shelf: Shelf): string[] {
  return documents.flatMap(({ changed }, index) => {
    if (changed.length === 0) return []
    const more = changed.length > changesTold ? ` and ${changed.length - changesTold} more` : ''
    const what = `${changed.slice(0, changesTold).join('; ')}${more}`
    return [`${shelf.place}/${paths[index]} is not as it was saved, but edited, merged or damaged since: ${what}`]
  })
}

const changesTold = 5

/** Who saved a session: as git knows it, else as the file says. */
export const authorOf = (tree: SavedTree, shelf: Shelf): string | null =>
  shelf.origin(tree.path)?.author || tree.documents[0]!.author

/** What was found on a shelf, and what could not be read. */
export interface ShelfContent {
  readonly trees: readonly SavedTree[]
  readonly problems: readonly Failure[]
}

/** Folders of subagents whose session's own file is gone, or has another name by now: nobody would load them, or know why. */
function orphanedFolders(shelf: Shelf): Failure[] {
  const roots = new Set(rootPaths(shelf))
  const folders = new Set(shelf.paths().flatMap((path) => (isRoot(path) ? [] : [path.slice(0, path.indexOf('/'))])))
  return [...folders].flatMap((folder) => {
    if (roots.has(`${folder}.json`)) return []
    const reason = `${shelf.place}/${folder} has the sessions of subagents, but ${folder}.json, whose they are, is not beside it`
    return [{ path: folder, reason }]
  })
}

/** Every session of a shelf; one that is damaged does not hide the others. */
export function readShelf(shelf: Shelf): ShelfContent {
  const trees: SavedTree[] = []
  const problems: Failure[] = orphanedFolders(shelf)
  for (const path of rootPaths(shelf)) {
    try {
      trees.push(readTree(shelf, path))
    } catch (error) {
      problems.push({ path, reason: reasonOf(error), ...hintOf(error) })
    }
  }
  return { trees, problems }
}
