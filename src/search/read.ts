import type { SessionID } from '../opencode/ids.ts'
import type { Store } from '../stores/store.ts'
import { fieldNumber, modelName, searchable, segmentsByWeight, titleUnit } from './content.ts'
import type { IndexedUnit, IndexFile } from './index-file.ts'
import { indexedText } from './tokens.ts'
import type { Unit } from './units.ts'

/** Reads sessions of a store into an index, one after another; gives for each whether it could be read whole. */
export function* readIntoIndex(
  index: IndexFile,
  store: Store,
  ids: readonly SessionID[],
  marks: ReadonlyMap<SessionID, string>,
): Iterable<boolean> {
  const headers = new Map(store.headers(ids).map((header) => [header.id, header]))
  for (const [id, messages] of store.transcripts(ids)) {
    const header = headers.get(id)
    if (!header) continue // deleted meanwhile
    const problems = store.problems().length
    const writer = index.begin(header)
    const title = titleUnit(header)
    if (title) writer.title(indexedUnit(title))
    for (const stored of messages) {
      const { message, units } = searchable(stored)
      const { role, kind, agent } = message
      writer.message({ id: message.id, role, kind, agent: agent ?? '', model: modelName(message) }, units.map(indexedUnit))
    }
    const whole = store.problems().length === problems
    // One that could not be read whole is read again the next time, so that what is missing is named again.
    writer.end(whole ? (marks.get(id) ?? '') : '')
    yield whole
  }
}

function indexedUnit(unit: Unit): IndexedUnit {
  const texts = segmentsByWeight(unit).map(({ field, text }) => [fieldNumber(field), indexedText(text)] as const)
  return { tool: unit.tool ?? '', texts }
}
