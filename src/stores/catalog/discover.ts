import { resolve } from 'node:path'
import type { Problem } from '../../base/problems.ts'
import { generationOf, stampOf } from '../generation.ts'
import { type DiscoverOptions, Finder, type FoundStore, type Known } from './finder.ts'

export { type DiscoverOptions, type FoundStore, thisMachine } from './finder.ts'
export type { Generation } from './opened.ts'

/** What was found, and how to look again. */
export interface Discovery {
  readonly stores: readonly FoundStore[]
  readonly problems: readonly Problem[]
  /** Files and folders whose coming, going or changing can change what is found. */
  readonly looked: ReadonlySet<string>
  /** A text that stays the same as long as nothing moved where was looked, and in what was found. */
  generation(): string
  /**
   * Looks again, and keeps open what did not move. A root that is gone is a problem now. This discovery is not to be used any
   * more.
   */
  again(): Discovery
}

/**
 * Finds and opens every store. What cannot be opened is a problem, not an error, unless it is a file that was asked for by name.
 * @throws OcvaultError when a root does not exist or holds no sessions
 */
export function discover(options: DiscoverOptions = {}): Discovery {
  return look(options, new Map(), false)
}

function look(options: DiscoverOptions, known: ReadonlyMap<string, Known>, again: boolean): Discovery {
  const finder = new Finder(options, known)
  for (const root of options.roots ?? []) {
    if (again) finder.attempt(root, () => finder.root(resolve(root)))
    else finder.root(resolve(root))
  }
  if (!options.roots?.length) finder.machine(options.cwd)
  for (const [root, locked] of options.beside ?? []) finder.beside(resolve(root), locked)
  for (const [path, { opened }] of known) if (!finder.opened.has(path)) opened.close()
  return {
    stores: finder.found,
    problems: finder.problems,
    looked: finder.looked,
    generation: () =>
      generationOf([...finder.looked].map(stampOf).concat([...finder.opened.values()].map((o) => o.opened.generation()))),
    again: () => look(options, finder.opened, true),
  }
}
