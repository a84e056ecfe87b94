import { OcvaultError } from '../base/errors.ts'
import type { Failure } from '../base/problems.ts'
import type { LocalSessions } from '../share/local-sessions.ts'
import { titleOf, updatedOf } from '../share/saved-name.ts'
import { authorOf, readShelf, type SavedTree, type Shelf } from '../share/shelf.ts'
import { type Standing, standingOf } from '../share/standing.ts'

/** The saved sessions of a repository, the newest first. @param onProblem is told of each that cannot be read */
export function savedTrees(shelf: Shelf, onProblem: (problem: Failure) => void): readonly SavedTree[] {
  const { trees, problems } = readShelf(shelf)
  for (const problem of problems) onProblem(problem)
  return [...trees].sort((a, b) => updated(b) - updated(a) || (a.path < b.path ? 1 : -1))
}

const updated = ({ documents }: SavedTree) => updatedOf(documents[0]!)

/** A saved session as a list has it. */
export interface SavedEntry {
  readonly tree: SavedTree
  /** Its place in the list, from 1. */
  readonly number: number
  readonly title: string
  readonly author: string | null
  /** When it was put there, or changed: ms since the epoch. */
  readonly time: number
  readonly standing: Standing
}

/** The list of saved sessions, each with how it stands to those here; one after the other, because each is compared. */
export async function* savedEntries(
  trees: readonly SavedTree[],
  shelf: Shelf,
  local: LocalSessions,
): AsyncGenerator<SavedEntry, undefined> {
  for (const [index, tree] of trees.entries()) {
    const author = authorOf(tree, shelf)
    yield {
      tree,
      number: index + 1,
      title: titleOf(tree.documents[0]!),
      author,
      time: shelf.origin(tree.path)?.time ?? updated(tree),
      standing: await standingOf(tree, local, author),
    }
  }
}

/**
 * The saved session that a person names: by its file, its number in the list, or a part of its name or title.
 * @throws OcvaultError `not-found`, `usage` when it could be several
 */
export function savedNamed(trees: readonly SavedTree[], name: string, place: string): SavedTree {
  const wanted = name.replaceAll('\\', '/').split('/').at(-1)!.toLowerCase()
  const exact = trees.filter(({ path }) => path.toLowerCase() === wanted)
  const byNumber = /^\d{1,4}$/.test(name) ? trees.slice(Number(name) - 1, Number(name)) : []
  const byPart = trees.filter((tree) =>
    [tree.path, titleOf(tree.documents[0]!)].some((text) => text.toLowerCase().includes(wanted)),
  )
  const found = [exact, byNumber, byPart].find((list) => list.length > 0) ?? []
  const [tree, other] = found
  if (!tree) throw new OcvaultError('not-found', `nothing saved in ${place} is called ${JSON.stringify(name)}`, { hint: 'saved' })
  if (!other) return tree
  const some = found.map(({ path }) => path).slice(0, 5)
  throw new OcvaultError('usage', `${JSON.stringify(name)} could be ${some.join(', ')}: name one`)
}
