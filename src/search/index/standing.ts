import type { Row } from '../../sqlite/port.ts'
import { unpackAttributes } from './attributes.ts'
import type { Beginning } from './session-writer.ts'

/** A long session as it stands in the index. */
export interface Standing {
  readonly units: number
  /** For how many units there is room. */
  readonly room: number
  readonly ids: readonly string[]
  readonly marks: string
  /** What stays when only so many messages are kept, and where it begins. */
  keeping(messages: number): { readonly first: number; readonly beginning: Beginning }
}

/** @param row of the table of sessions */
export function standingOf(row: Row): Standing {
  const ids = JSON.parse(String(row.message_ids)) as string[]
  return {
    units: Number(row.units),
    room: Number(row.room),
    ids,
    marks: String(row.message_marks),
    keeping: (messages) => {
      const attributes = unpackAttributes(String(row.attributes))
      const units = attributes.units.filter(([message]) => message < messages)
      const starts = (JSON.parse(String(row.starts)) as number[]).filter((unit) => unit < units.length)
      const beginning = {
        ids: ids.slice(0, messages),
        starts,
        attributes: { messages: attributes.messages.slice(0, messages), units },
      }
      return { first: Number(row.first), beginning }
    },
  }
}
