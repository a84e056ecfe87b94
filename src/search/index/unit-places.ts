import type { SessionID } from '../../opencode/ids.ts'
import { passes } from '../filters.ts'
import type { UnitFilter } from '../query.ts'
import type { UnitPlace } from '../source.ts'
import { turnAround } from '../turn.ts'
import type { IndexFile } from './index-file.ts'
import { placeIn } from './outline.ts'

/** Which units pass a filter: asked of each combination of what it looks at once. */
export class UnitsPassing {
  readonly #index: IndexFile
  readonly #passing: Uint8Array

  constructor(index: IndexFile, filter: UnitFilter) {
    this.#index = index
    this.#passing = Uint8Array.from(index.combinations().all, (combination) => (passes(combination, filter) ? 1 : 0))
  }

  /** @param unit by its number in the index */
  has(unit: number): boolean {
    return this.#passing[this.#index.units().combination(unit)] === 1
  }
}

/** Where a unit of a session is, by its number in it; null for the title. */
export function placeOf(index: IndexFile, id: SessionID, unit: number): UnitPlace | null {
  const outline = index.outline(id)
  const place = placeIn(outline, unit)
  const ids = index.messageIDs(id)
  const messageID = ids[place.message]
  if (messageID === undefined) return null
  const [first, last] = turnAround(outline.roles, place.message)
  return { messageID, turn: [ids[first]!, ids[last]!], unit: place.unit }
}
