import type { Problem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Connection } from '../../sqlite/port.ts'
import type { SessionHeader } from '../../stores/store.ts'
import { type Combinations, inNoMessage } from './combinations.ts'
import { type MessageMarks, packMarks } from './message-marks.ts'
import { packOutline } from './outline.ts'
import { rowsPerUnit } from './schema.ts'
import type { UnitColumns } from './unit-columns.ts'

export interface IndexedMessage {
  readonly id: string
  readonly role: string
  readonly kind: string
  readonly agent: string
  readonly model: string
}

export interface IndexedUnit {
  readonly tool: string
  /** How long its texts are, from `sizeOf`. */
  readonly size: number
  /** [number of the field, text cut for the index, or its UTF-8]; the weightiest field comes first. */
  readonly texts: readonly (readonly [number, string | Uint8Array])[]
}

/** The index, as far as a session is written into it. */
export interface SessionTarget {
  readonly db: Pick<Connection, 'prepared'>
  units(): UnitColumns
  combinations(): Combinations
  insertText(row: number, text: string | Uint8Array): void
}

/** What of a session stands in the index, and stays there when it is added to. */
export interface Beginning {
  readonly units: number
  readonly ids: readonly string[]
  readonly starts: readonly number[]
  readonly owners: readonly number[]
  readonly roles: readonly string[]
  /** Of its messages, from `packMarks`. */
  readonly digests: readonly number[]
}

const nothing: Beginning = { units: 0, ids: [], starts: [], owners: [], roles: [], digests: [] }

/** Room for at least so many further units is left behind a long session. */
const leastRoom = 64

/** Takes a session's content in its order, message by message, so that a long session needs no more memory than a short one. */
export class SessionWriter {
  readonly #index: SessionTarget
  readonly #header: SessionHeader
  readonly #first: number
  readonly #ids: string[]
  readonly #starts: number[]
  readonly #owners: number[]
  readonly #roles: string[]
  readonly #digests: readonly number[]
  #units: number
  #message: IndexedMessage | undefined

  /**
   * @param first number of the session's first unit
   * @param before what of the session stands there, and stays
   */
  constructor(index: SessionTarget, header: SessionHeader, first: number, before: Beginning = nothing) {
    this.#index = index
    this.#header = header
    this.#first = first
    this.#ids = [...before.ids]
    this.#starts = [...before.starts]
    this.#owners = [...before.owners]
    this.#roles = [...before.roles]
    this.#digests = before.digests
    this.#units = before.units
  }

  get id(): SessionID {
    return this.#header.id
  }

  /** How many units there are by now. */
  get units(): number {
    return this.#units
  }

  title(unit: IndexedUnit): void {
    this.#add(-1, [unit])
  }

  message(message: IndexedMessage, units: readonly IndexedUnit[]): void {
    this.#message = message
    this.#ids.push(message.id)
    this.#roles.push(message.role)
    this.more(units)
  }

  /** Adds units to the message that was added last. */
  more(units: readonly IndexedUnit[]): void {
    this.#add(this.#ids.length - 1, units)
  }

  /**
   * Ends the session, and gives the number that the next one begins with.
   * @param mark what changes with the session, read before its transcript was
   * @param marks of its messages, if it is long
   * @param problems what of it could not be read
   * @param room for how many units there is room; default: for some more than there are, if it is long
   */
  end(mark: string, marks: MessageMarks | null, problems: readonly Problem[], room?: number): number {
    const { id, parentID, projectID, directory, time } = this.#header
    const { units } = this
    const space = room ?? (marks ? units + Math.max(leastRoom, units >> 2) : units)
    const numbers = [time.updated, time.archived === null ? 0 : 1, this.#first, units, space, this.#ids.length]
    const texts = [
      mark,
      problems.length === 0 ? '' : JSON.stringify(problems),
      marks ? packMarks(this.#header, this.#ids, marks, this.#digests) : '',
      packOutline({ starts: this.#starts, owners: this.#owners, roles: this.#roles }),
      JSON.stringify(this.#ids),
    ]
    this.#index.db
      .prepared(
        `INSERT OR REPLACE INTO session (id, parent, project, directory, updated, archived, first, units, room, messages, mark, problems,
           message_marks, outline, message_ids)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(id, parentID, projectID, directory, ...numbers, ...texts)
    return this.#first + space
  }

  #add(message: number, units: readonly IndexedUnit[]): void {
    const columns = this.#index.units()
    for (const { tool, size, texts } of units) {
      const isStart = this.#owners.at(-1) !== message
      if (isStart) {
        this.#starts.push(this.#units)
        this.#owners.push(message)
      }
      const unit = this.#first + this.#units++
      columns.set(unit, isStart, this.#combination(tool, texts[0]?.[0] ?? 0), size)
      // In the order of row ids: with one that is smaller than the last FTS5 writes out all that it has collected.
      for (const [field, text] of [...texts].sort((a, b) => a[0] - b[0])) this.#index.insertText(unit * rowsPerUnit + field, text)
    }
  }

  #combination(tool: string, field: number): number {
    if (!this.#message) return inNoMessage
    const { role, kind, agent, model } = this.#message
    return this.#index.combinations().numberOf({ role, kind, agent, model, tool, field })
  }
}
