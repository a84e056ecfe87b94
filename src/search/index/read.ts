import { nameOfProblem, type Problem } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { SessionHeader, Store, StoredMessage } from '../../stores/store.ts'
import { fieldNumber, modelName, searchable, segmentsByWeight, sizeOf, titleUnit } from '../text/searchable.ts'
import { indexedText } from '../text/tokens.ts'
import type { Unit } from '../text/units.ts'
import type { IndexFile } from './index-file.ts'
import { longSession, type MessageMarks } from './message-marks.ts'
import type { IndexedMessage, IndexedUnit, SessionWriter } from './session-writer.ts'

/** How much text of a message is cut at once: a message may have hundreds of megabytes. */
const portionChars = 2 ** 20

/** How many sessions are read together. */
const readTogether = 64

/** A step of reading sessions for the index: plain data, so that another thread can take it. */
export type ReadItem =
  | { readonly type: 'session'; readonly header: SessionHeader; readonly title: IndexedUnit | null }
  | { readonly type: 'message'; readonly message: IndexedMessage; readonly units: readonly IndexedUnit[] }
  /** Further units of the same message. */
  | { readonly type: 'units'; readonly units: readonly IndexedUnit[] }
  | { readonly type: 'end'; readonly mark: string; readonly marks: MessageMarks | null; readonly problems: readonly Problem[] }

/**
 * Reads sessions one after another, cut into words as far as the index needs it. Those that were deleted meanwhile are passed by.
 */
export function* readItems(store: Store, ids: readonly SessionID[]): Iterable<ReadItem> {
  for (let done = 0; done < ids.length; done += readTogether) yield* readSome(store, ids.slice(done, done + readTogether))
}

function* readSome(store: Store, ids: readonly SessionID[]): Iterable<ReadItem> {
  // Before the transcripts: what changes from now on, the next search sees.
  const marks = store.marks(false, ids)
  const ofMessages = store.messageMarks(ids, longSession)
  const headers = new Map(store.headers(ids).map((header) => [header.id, header]))
  for (const [id, messages] of store.transcripts(ids)) {
    const header = headers.get(id)
    if (!header) continue
    const before = new Set(store.problems().map(nameOfProblem))
    const title = titleUnit(header)
    yield { type: 'session', header, title: title && indexedUnit(title) }
    for (const stored of messages) yield* readMessage(stored)
    const problems = store.problems().filter((problem) => !before.has(nameOfProblem(problem)))
    yield { type: 'end', mark: marks.get(id) ?? '', marks: ofMessages.get(id) ?? null, problems }
  }
}

/** Reads a message, in portions. */
export function* readMessage(stored: StoredMessage): Iterable<Extract<ReadItem, { type: 'message' | 'units' }>> {
  const { message, units } = searchable(stored)
  const { role, kind, agent } = message
  const about = { id: message.id, role, kind, agent: agent ?? '', model: modelName(message) }
  let started = false
  for (const some of portionsOf(units)) {
    yield started ? { type: 'units', units: some } : { type: 'message', message: about, units: some }
    started = true
  }
}

/** Units cut for the index, so many together that their text stays small; at least one portion, which may be empty. */
function* portionsOf(units: readonly Unit[]): Iterable<IndexedUnit[]> {
  let portion: IndexedUnit[] = []
  let chars = 0
  for (const unit of units) {
    portion.push(indexedUnit(unit))
    for (const { text } of unit.segments) chars += text.length
    if (chars < portionChars) continue
    yield portion
    portion = []
    chars = 0
  }
  if (portion.length > 0 || units.length === 0) yield portion
}

function indexedUnit(unit: Unit): IndexedUnit {
  const texts = segmentsByWeight(unit).map(({ field, text }) => [fieldNumber(field), indexedText(text)] as const)
  return { tool: unit.tool ?? '', size: sizeOf(unit), texts }
}

/** Writes what was read into an index. */
export class ItemWriter {
  readonly #index: IndexFile
  #session: SessionWriter | undefined
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
    else if (item.type === 'units') this.#session?.more(item.units)
    else {
      if (this.#session) this.#index.end(this.#session, item.mark, item.marks, item.problems)
      this.#session = undefined
      this.done++
    }
  }
}
