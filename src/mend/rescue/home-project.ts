import { relative } from 'node:path'
import type { Store } from '../../stores/store.ts'

/** Where a session belongs whose record is gone. */
export interface Home {
  readonly projectID: string
  /** From the work tree to the directory, with forward slashes; null where it is not known. */
  readonly path: string | null
}

/**
 * Tells the project of a directory as a store knows it: that of other sessions which were started there, else the one whose work
 * tree it is in. OpenCode lists a session under its project alone.
 */
export function projectsByDirectory(stores: readonly Store[]): (directory: string) => Home | undefined {
  const started = new Map<string, string>()
  for (const store of stores) {
    for (const { id, directory, projectID } of store.sessions()) {
      if (directory !== null && projectID !== null && !started.has(directory) && !store.remains().has(id))
        started.set(directory, projectID)
    }
  }
  const trees = stores
    .flatMap((store) => [...store.projects()])
    .flatMap(({ id, worktree, directories }) => [worktree ?? '/', ...directories].map((root) => ({ id, root })))
    .filter(({ root }) => root !== '/')
    .sort((a, b) => b.root.length - a.root.length)
  return (directory) => {
    const tree = trees.find(({ root }) => directory === root || directory.startsWith(`${root}/`))
    const known = started.get(directory)
    if (known === undefined) return tree && { projectID: tree.id, path: relative(tree.root, directory) }
    return { projectID: known, path: tree?.id === known ? relative(tree.root, directory) : null }
  }
}
