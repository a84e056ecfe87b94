import type { Row } from '../../sqlite/port.ts'
import { unpackOutline } from './outline.ts'
import type { Beginning } from './session-writer.ts'

/** A long session as it stands in the index. */
export interface Standing {
  readonly units: number
  /** For how many units there is room. */
  readonly room: number
  readonly ids: readonly string[]
  readonly mark: string
  /** Of the title and of each message, from `packMarks`. */
  readonly digests: readonly number[]
  /** What stays when only so many messages are kept, and where it begins. */
  keeping(messages: number): { readonly first: number; readonly beginning: Beginning }
}

/** @param row of the table of sessions */
export function standingOf(row: Row): Standing {
  const ids = JSON.parse(String(row.message_ids)) as string[]
  const digests = JSON.parse(String(row.message_marks)) as number[]
  const units = Number(row.units)
  return {
    units,
    room: Number(row.room),
    ids,
    mark: String(row.mark),
    digests,
    keeping: (messages) => {
      const { starts, owners, roles } = unpackOutline(String(row.outline))
      const kept = owners.filter((message) => message < messages).length
      const beginning = {
        units: starts[kept] ?? units,
        ids: ids.slice(0, messages),
        starts: starts.slice(0, kept),
        owners: owners.slice(0, kept),
        roles: roles.slice(0, messages),
        digests: digests.slice(1, messages + 1),
      }
      return { first: Number(row.first), beginning }
    },
  }
}
