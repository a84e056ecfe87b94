import { createHash } from 'node:crypto'
import { foldedName } from '../../base/names.ts'
import { filesOf } from './claim.ts'
import type { MirrorFolder } from './folder.ts'
import type { MachineState } from './state.ts'

/** The largest number that the name of a copy has (docs/archive-format.md). */
const largest = 999_999

/**
 * The one place that tells which name a further copy of a session may take: none that any machine claims, none that is on the
 * disk, and none that it has given before. Each machine begins at a number of its own, so that two that do not see each other's
 * files seldom choose the same; that two machines have the same number is nothing but a few more steps.
 */
export class CopyNames {
  readonly #first: number
  readonly #taken = new Set<string>()

  constructor(machine: string, states: Iterable<MachineState>, folder: Pick<MirrorFolder, 'names'>) {
    this.#first = (1 + (createHash('sha256').update(machine).digest().readUInt16BE() % 999)) * 1000
    for (const { sessions } of states) {
      for (const claim of sessions.values()) for (const { entry } of filesOf(claim)) this.#taken.add(foldedName(entry))
    }
    for (const name of folder.names('copies')) this.#taken.add(foldedName(`copies/${name}`))
  }

  /** @param name of the session, without folder and ending */
  next(name: string): string {
    for (let number = this.#first; ; number = (number % largest) + 1) {
      const entry = `copies/${name}.${number}.json`
      const folded = foldedName(entry)
      if (this.#taken.has(folded)) continue
      this.#taken.add(folded)
      return entry
    }
  }
}
