import type { Problem } from '../../base/problems.ts'
import type { SessionHeader } from '../../stores/store.ts'
import { type Attributes, packAttributes } from './attributes.ts'
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

/** Takes a session's content in its order, message by message, so that a long session needs no more memory than a short one. */
export class SessionWriter {
  readonly #prepared: Prepared
  readonly #header: SessionHeader
  readonly #first: number
  readonly #listWords: boolean
  readonly #insertText: ReturnType<Prepared>
  readonly #ids: string[] = []
  readonly #starts: number[] = []
  readonly #attributes: Attributes = { messages: [], units: [] }

  /**
   * @param first number of the session's first unit
   * @param listWords whether new words are listed as they come, and not all at once in the end
   */
  constructor(prepared: Prepared, header: SessionHeader, first: number, listWords: boolean) {
    this.#prepared = prepared
    this.#header = header
    this.#first = first
    this.#listWords = listWords
    this.#insertText = prepared('INSERT INTO text (rowid, body) VALUES (?, ?)')
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
   * @param problems what of it could not be read
   */
  end(mark: string, problems: readonly Problem[]): number {
    const { id, parentID, projectID, directory, time } = this.#header
    const units = this.#attributes.units.length
    const numbers = [time.updated, time.archived === null ? 0 : 1, this.#first, units, this.#ids.length]
    const texts = [
      mark,
      problems.length === 0 ? '' : JSON.stringify(problems),
      JSON.stringify(this.#starts),
      packAttributes(this.#attributes),
      JSON.stringify(this.#ids),
    ]
    this.#prepared(
      `INSERT INTO session (id, parent, project, directory, updated, archived, first, units, messages, mark, problems, starts, attributes, message_ids)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(id, parentID, projectID, directory, ...numbers, ...texts)
    return this.#first + units
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
        if (this.#listWords) listWords(this.#prepared, text)
      }
      known.push([message, tool, texts[0]?.[0] ?? 0, size])
    }
  }
}

const decoder = new TextDecoder()

/** Words of what was removed stay: nobody looks for them. */
function listWords(prepared: Prepared, text: string | Uint8Array): void {
  const insert = prepared('INSERT INTO word (word) VALUES (?) ON CONFLICT DO NOTHING')
  const words = typeof text === 'string' ? text : decoder.decode(text)
  // What FTS5's tokenizer `ascii` takes for a word.
  for (const word of new Set(words.toLowerCase().match(/[a-z0-9\u0080-\uffff]+/g))) insert.run(word)
}
