import { passes } from '../filters.ts'
import type { UnitFilter } from '../query.ts'
import type { UnitPlace } from '../source.ts'
import { turnAround } from '../turn.ts'
import type { Attributes } from './attributes.ts'
import type { Directory } from './directory.ts'
import type { IndexFile } from './index-file.ts'

/** Of so many sessions the attributes are kept: a walk meets each session once or twice, soon after one another. */
const sessionsKept = 1000

/** What an index notes of the units of sessions, read when it is asked for. Sessions go by their number in the directory. */
export class UnitAttributes {
  readonly #index: IndexFile
  readonly #directory: Directory
  readonly #read = new Map<number, Attributes>()

  constructor(index: IndexFile) {
    this.#index = index
    this.#directory = index.directory()
  }

  of(session: number): Attributes {
    let attributes = this.#read.get(session)
    if (!attributes) {
      attributes = this.#index.attributes(this.#directory.ids[session]!)
      if (this.#read.size > sessionsKept) this.#read.clear()
      this.#read.set(session, attributes)
    }
    return attributes
  }

  passes(session: number, unit: number, filter: UnitFilter): boolean {
    const { messages, units } = this.of(session)
    const [message, tool] = units[unit] ?? [-1, '']
    const of = messages[message]
    if (!of) return passes(null, filter)
    const [role, kind, agent, model] = of
    return passes({ role, kind, agent, model, tool }, filter)
  }

  /** Null for the title. */
  placeOf(session: number, unit: number): UnitPlace | null {
    const { messages, units } = this.of(session)
    const message = units[unit]?.[0] ?? -1
    const ids = this.#index.messageIDs(this.#directory.ids[session]!)
    const messageID = ids[message]
    if (messageID === undefined) return null
    const [first, last] = turnAround(
      messages.map(([role]) => role),
      message,
    )
    return {
      messageID,
      turn: [ids[first]!, ids[last]!],
      unit: units.slice(0, unit).filter(([other]) => other === message).length,
    }
  }
}
