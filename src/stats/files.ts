import type { Cell, Touches } from './figures.ts'

/** A file, and how often tools changed and read it. */
export interface TouchedFile extends Readonly<Touches> {
  readonly path: string
  /** In how many sessions. */
  readonly sessions: number
}

/** With more files than this, those that were touched once only are forgotten: memory does not grow with the store. */
const mostFiles = 200_000

/** Counts how often files were touched. */
export class TouchedFiles {
  readonly #files = new Map<string, { edits: number; reads: number; sessions: number }>()

  /** Adds a session: once, with all its cells. */
  add(cells: readonly Cell[]): void {
    const seen = new Set<string>()
    for (const { files } of cells) {
      for (const [path, { edits, reads }] of files) {
        const file = this.#files.get(path) ?? { edits: 0, reads: 0, sessions: 0 }
        file.edits += edits
        file.reads += reads
        if (!seen.has(path)) file.sessions++
        seen.add(path)
        this.#files.set(path, file)
      }
    }
    if (this.#files.size > mostFiles)
      for (const [path, { edits, reads }] of this.#files) if (edits + reads < 2) this.#files.delete(path)
  }

  /** Those that were changed most, then read most. */
  most(limit: number): TouchedFile[] {
    const all = Array.from(this.#files, ([path, touches]): TouchedFile => ({ path, ...touches }))
    return all.sort((a, b) => b.edits - a.edits || b.reads - a.reads || (a.path < b.path ? -1 : 1)).slice(0, limit)
  }
}
