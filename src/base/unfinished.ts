/**
 * What would be left behind if the process were ended now: files that grow, folders for a moment. Whoever makes such a thing
 * says how it is removed; whoever learns that the process is to end (the command line, of a signal) removes it.
 */

/** Is told when there is something to be removed at the end, and when there is nothing any more. */
interface Watcher {
  begin(): void
  end(): void
}

const unfinished = new Set<() => void>()
let watcher: Watcher | undefined

export function watchUnfinished(by: Watcher): void {
  watcher = by
}

/**
 * Notes what is to be done should the process be ended.
 * @param remove must not wait for anything
 * @returns forgets it: the thing is finished, or gone
 */
export function unfinishedUntil(remove: () => void): () => void {
  if (unfinished.size === 0) watcher?.begin()
  unfinished.add(remove)
  return () => {
    if (unfinished.delete(remove) && unfinished.size === 0) watcher?.end()
  }
}

/** Removes everything that is unfinished, the last one first. */
export function removeUnfinished(): void {
  for (const remove of [...unfinished].reverse()) {
    try {
      remove()
    } catch {
      // The others are to go all the same.
    }
  }
  unfinished.clear()
}
