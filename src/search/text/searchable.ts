import { readMessage } from '../../conversation/conversation.ts'
import type { Message } from '../../conversation/message.ts'
import type { SessionHeader, StoredMessage } from '../../stores/store.ts'
import { weights } from '../evidence.ts'
import { type Field, fields } from '../query.ts'
import { type Segment, type Unit, unitsOf } from './units.ts'

/** A message with what can be found in it. */
export interface SearchableMessage {
  readonly message: Message
  readonly units: readonly Unit[]
}

/** The unit that a session is found by before any message: its title. */
export function titleUnit(header: SessionHeader): Unit | null {
  return header.title ? { partID: header.id, type: 'text', tool: null, segments: [{ field: 'title', text: header.title }] } : null
}

export function searchable(stored: StoredMessage): SearchableMessage {
  const message = readMessage(stored)
  return { message, units: unitsOf(message) }
}

export const fieldNumber = (field: Field): number => fields.indexOf(field)

/** The segments of a unit, the weightiest field first. */
export function segmentsByWeight(unit: Unit): Segment[] {
  return [...unit.segments].sort((a, b) => weights[b.field] - weights[a.field])
}

/** `provider/model`, as filters name it. */
export const modelName = ({ model }: Message) => (model ? `${model.providerID}/${model.modelID}` : '')

/** Steps of {@link sizeOf} for each doubling of a text. */
export const sizeSteps = 4

/** How long the texts of a unit are, as a small number that grows with their logarithm. */
export function sizeOf({ segments }: Unit): number {
  const chars = segments.reduce((sum, { text }) => sum + text.length, 0)
  return Math.round(sizeSteps * Math.log2(1 + chars))
}
