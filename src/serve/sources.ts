import { Library } from './library.ts'
import { Outlines } from './outlines.ts'
import { Rosters } from './rosters.ts'

/** What answers are made of. */
export interface Sources {
  readonly library: Library
  readonly rosters: Rosters
  readonly outlines: Outlines
}

/** @throws OcvaultError when a root does not exist or holds no sessions */
export function openSources(roots?: readonly string[]): Sources {
  const library = new Library(roots)
  return { library, rosters: new Rosters(library), outlines: new Outlines(library) }
}
