import type { Problem } from '../../base/problems.ts'
import type { SessionHeader } from '../../stores/store.ts'
import { type Attributes, packAttributes } from './attributes.ts'
import { type MessageMarks, packMarks } from './message-marks.ts'
import type { Prepared } from './meta.ts'
import { rowsPerUnit } from './schema.ts'

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

/** What of a session stands in the index, and stays there when it is added to. */
export interface Beginning {
  readonly ids: readonly string[]
  readonly starts: readonly number[]
  readonly attributes: Attributes
}

/** Room for at least so many further units is left behind a long session. */
const leastRoom = 64

/** Takes a session's content in its order, message by message, so that a long session needs no more memory than a short one. */
export class SessionWriter {
  readonly #prepared: Prepared
  readonly #header: SessionHeader
  readonly #first: number
  readonly #listed: Set<string> | null
  readonly #insertText: ReturnType<Prepared>
  readonly #ids: string[]
  readonly #starts: number[]
  readonly #attributes: Attributes

  /**
   * @param first number of the session's first unit
   * @param listed words that are listed, where new ones are listed as they come, and not all at once in the end
   * @param before what of the session stands there, and stays
   */
  constructor(
    prepared: Prepared,
    header: SessionHeader,
    first: number,
    listed: Set<string> | null,
    before: Beginning = { ids: [], starts: [], attributes: { messages: [], units: [] } },
  ) {
    this.#prepared = prepared
    this.#header = header
    this.#first = first
    this.#listed = listed
    this.#ids = [...before.ids]
    this.#starts = [...before.starts]
    this.#attributes = { messages: [...before.attributes.messages], units: [...before.attributes.units] }
    this.#insertText = prepared('INSERT INTO text (rowid, body) VALUES (?, ?)')
  }

  /** How many units there are by now. */
  get units(): number {
    return this.#attributes.units.length
  }

  title(unit: IndexedUnit): void {
    this.#add(-1, [unit])
  }

  message({ id, role, kind, agent, model }: IndexedMessage, units: readonly IndexedUnit[]): void {
    this.#add(this.#ids.length, units)
    this.#ids.push(id)
    this.#attributes.messages.push([role, kind, agent, model])
  }

  /** Adds units to the message that was added last. */
  more(units: readonly IndexedUnit[]): void {
    this.#add(this.#ids.length - 1, units, true)
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
      JSON.stringify(this.#starts),
      marks ? packMarks(this.#header, this.#ids, marks) : '',
      packAttributes(this.#attributes),
      JSON.stringify(this.#ids),
    ]
    this.#prepared(
      `INSERT OR REPLACE INTO session (id, parent, project, directory, updated, archived, first, units, room, messages, mark, problems, starts,
         message_marks, attributes, message_ids)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(id, parentID, projectID, directory, ...numbers, ...texts)
    return this.#first + space
  }

  #add(message: number, units: readonly IndexedUnit[], goesOn = false): void {
    const known = this.#attributes.units
    const isStart = !goesOn || known.at(-1)?.[0] !== message
    if (units.length > 0 && isStart) this.#starts.push(known.length)
    for (const { tool, size, texts } of units) {
      const row = (this.#first + known.length) * rowsPerUnit
      // In the order of row ids: with one that is smaller than the last FTS5 writes out all that it has collected.
      for (const [field, text] of [...texts].sort((a, b) => a[0] - b[0])) {
        this.#insertText.run(row + field, text)
        if (this.#listed) listWords(this.#prepared, text, this.#listed)
      }
      known.push([message, tool, texts[0]?.[0] ?? 0, size])
    }
  }
}

/** So many words are remembered to be listed. */
const wordsRemembered = 200_000

const decoder = new TextDecoder()

/** Words of what was removed stay: nobody looks for them. */
function listWords(prepared: Prepared, text: string | Uint8Array, listed: Set<string>): void {
  const insert = prepared('INSERT INTO word (word) VALUES (?) ON CONFLICT DO NOTHING')
  const words = typeof text === 'string' ? text : decoder.decode(text)
  // What FTS5's tokenizer `ascii` takes for a word.
  for (const word of words.toLowerCase().match(/[a-z0-9\u0080-\uffff]+/g) ?? []) {
    if (listed.has(word)) continue
    if (listed.size >= wordsRemembered) listed.clear()
    listed.add(word)
    insert.run(word)
  }
}
