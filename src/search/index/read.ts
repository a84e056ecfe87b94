import type { SessionID } from '../../opencode/ids.ts'
import type { SessionHeader, Store } from '../../stores/store.ts'
import { fieldNumber, modelName, searchable, segmentsByWeight, titleUnit } from '../text/searchable.ts'
import { indexedText } from '../text/tokens.ts'
import type { Unit } from '../text/units.ts'
import type { IndexFile } from './index-file.ts'
import type { IndexedMessage, IndexedUnit, SessionWriter } from './session-writer.ts'

/** How many sessions are read together. */
const readTogether = 64

/** A step of reading sessions for the index: plain data, so that another thread can take it. */
export type ReadItem =
  | { readonly type: 'session'; readonly header: SessionHeader; readonly title: IndexedUnit | null }
  | { readonly type: 'message'; readonly message: IndexedMessage; readonly units: readonly IndexedUnit[] }
  /** `mark` is empty when something of the session could not be read. */
  | { readonly type: 'end'; readonly id: SessionID; readonly mark: string }

/**
 * Reads sessions one after another, cut into words as far as the index needs it. Those that were deleted meanwhile are passed by.
 */
export function* readItems(store: Store, ids: readonly SessionID[]): Iterable<ReadItem> {
  for (let done = 0; done < ids.length; done += readTogether) yield* readSome(store, ids.slice(done, done + readTogether))
}

function* readSome(store: Store, ids: readonly SessionID[]): Iterable<ReadItem> {
  // Before the transcripts: what changes from now on, the next search sees.
  const marks = store.marks(false, ids)
  const headers = new Map(store.headers(ids).map((header) => [header.id, header]))
  for (const [id, messages] of store.transcripts(ids)) {
    const header = headers.get(id)
    if (!header) continue
    const problems = store.problems().length
    const title = titleUnit(header)
    yield { type: 'session', header, title: title && indexedUnit(title) }
    for (const stored of messages) {
      const { message, units } = searchable(stored)
      const { role, kind, agent } = message
      const about = { id: message.id, role, kind, agent: agent ?? '', model: modelName(message) }
      yield { type: 'message', message: about, units: units.map(indexedUnit) }
    }
    const whole = store.problems().length === problems
    // One that could not be read whole is read again the next time, so that what is missing is named again.
    yield { type: 'end', id, mark: whole ? (marks.get(id) ?? '') : '' }
  }
}

function indexedUnit(unit: Unit): IndexedUnit {
  const texts = segmentsByWeight(unit).map(({ field, text }) => [fieldNumber(field), indexedText(text)] as const)
  return { tool: unit.tool ?? '', texts }
}

/** Writes what was read into an index. */
export class ItemWriter {
  readonly #index: IndexFile
  #session: SessionWriter | undefined
  /** Sessions that could not be read whole. */
  readonly broken: SessionID[] = []
  /** How many sessions have been written. */
  done = 0

  constructor(index: IndexFile) {
    this.#index = index
  }

  write(item: ReadItem): void {
    if (item.type === 'session') {
      this.#session = this.#index.begin(item.header)
      if (item.title) this.#session.title(item.title)
    } else if (item.type === 'message') this.#session?.message(item.message, item.units)
    else {
      if (this.#session) this.#index.end(this.#session, item.mark)
      this.#session = undefined
      if (item.mark === '') this.broken.push(item.id)
      this.done++
    }
  }
}
