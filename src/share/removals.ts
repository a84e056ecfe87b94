import { isObject, numberOf } from '../base/json.ts'

/**
 * Notes of what was taken out of the ref, one file for each, so that a push of somebody who still has it does not bring it back:
 * named by the session's id, or, where that cannot be read, by `blob-` and git's id of the content.
 */
const folder = '.removed/'

/** What a note says: whether it is out, or was saved again since; and when, in ms since the epoch. The latest word counts. */
export interface Removal {
  readonly isOut: boolean
  readonly time: number
}

export const isRemovalPath = (path: string): boolean => path.startsWith(folder)
export const removalPath = (key: string): string => `${folder}${key}`
export const removalKey = (path: string): string => path.slice(folder.length)
export const blobKey = (oid: string): string => `blob-${oid}`

export const printRemoval = ({ isOut, time }: Removal): string => `${JSON.stringify({ format: 1, removed: isOut, time })}\n`

/** What cannot be read is of a newer ocvault, and says that something is to be out. */
export function parseRemoval(bytes: Uint8Array): Removal {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString())
    if (isObject(value)) return { isOut: value.removed !== false, time: numberOf(value.time) ?? 0 }
  } catch {
    // Below.
  }
  return { isOut: true, time: 0 }
}

/** Whether one note is a later word than another. */
export const isLater = (one: Removal, other: Removal): boolean =>
  one.time === other.time ? one.isOut && !other.isOut : one.time > other.time
