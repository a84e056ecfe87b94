import type { SessionID } from '../opencode/ids.ts'
import type { Store } from '../stores/store.ts'
import { contentOf, fieldNumber, modelName, segmentsByWeight, titleUnit } from './content.ts'
import type { IndexedUnit, IndexFile } from './index-file.ts'
import { indexedText } from './tokens.ts'
import type { Unit } from './units.ts'

/** Reads a session of a store into an index; false when it could not be read whole, so that it will be read again. */
export function readIntoIndex(index: IndexFile, store: Store, id: SessionID, mark: string): boolean {
  const problems = store.problems().length
  const header = store.session(id)
  if (!header) return true // deleted meanwhile
  const writer = index.begin(header)
  const title = titleUnit(header)
  if (title) writer.title(indexedUnit(title))
  for (const { message, units } of contentOf(store, header)) {
    const { role, kind, agent } = message
    writer.message({ id: message.id, role, kind, agent: agent ?? '', model: modelName(message) }, units.map(indexedUnit))
  }
  const whole = store.problems().length === problems
  writer.end(whole ? mark : '')
  return whole
}

function indexedUnit(unit: Unit): IndexedUnit {
  const texts = segmentsByWeight(unit).map(({ field, text }) => [fieldNumber(field), indexedText(text)] as const)
  return { tool: unit.tool ?? '', texts }
}
