import { lstatSync, readlinkSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'

/** As many links as Linux follows before it calls them a loop. */
const mostLinks = 40

/**
 * The real paths of many directories, most of them below the same ones. Looks once at each folder on the way, and below one that
 * is gone at nothing: the rest of such a path stays as it is spelled, so what was started in a folder that has been deleted is
 * found through the link above it. Never throws.
 */
export class RealDirectories {
  readonly #known = new Map<string, { path: string; exists: boolean }>()

  /** Shares of Windows are not looked at: to ask for one would make this machine log in at a server that a session names. */
  of(directory: string): string {
    const known = this.#known.get(directory)
    if (known) return known.path
    if (!isAbsolute(directory) || /^[\\/]{2}/.test(directory)) return directory
    return this.#real(resolve(directory), 0).path
  }

  #real(path: string, links: number): { path: string; exists: boolean } {
    const known = this.#known.get(path)
    if (known) return known
    const found = this.#look(path, links)
    this.#known.set(path, found)
    return found
  }

  #look(path: string, links: number): { path: string; exists: boolean } {
    const up = dirname(path)
    if (up === path) return { path, exists: true }
    const above = this.#real(up, links)
    const here = join(above.path, basename(path))
    if (!above.exists) return { path: here, exists: false }
    try {
      const stat = lstatSync(here, { throwIfNoEntry: false })
      if (!stat?.isSymbolicLink()) return { path: here, exists: stat?.isDirectory() ?? false }
      if (links < mostLinks) return this.#real(resolve(above.path, readlinkSync(here)), links + 1)
    } catch {
      // What may not be looked at is compared by name.
    }
    return { path: here, exists: false }
  }
}
