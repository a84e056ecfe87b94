import type { JsonObject } from '../base/json.ts'
import { parseBeginning } from '../base/json-beginning.ts'

/**
 * Records that are too long to be read whole. V8 has no text of more than 2^29 - 24 characters, and a value that is read is
 * printed again,
 * which may take more characters than it had; OpenCode itself writes rows of hundreds of megabytes (pasted files, output of
 * tools).
 */

/** JSON of more bytes is read in part. */
export const longestRecordBytes = 256 * 2 ** 20

/** How many bytes of it are read. */
export const beginningBytes = 2 ** 20

/** The stored JSON of a record that was read in part. */
export interface WholeRecord {
  readonly bytes: number
  /** All of it, in pieces: UTF-8, an object. Reads the store, which must still be open. */
  read(): Iterable<Uint8Array>
}

const whole = Symbol('the whole record')

/**
 * The beginning of a record as an object, which knows the whole: texts end where they were cut, what came after is missing.
 * @returns undefined where that is no object
 */
export function longRecord(beginning: Uint8Array, record: WholeRecord): JsonObject | undefined {
  // A character that is cut in two is left out.
  const object = parseBeginning(new TextDecoder().decode(beginning, { stream: true }))
  return object && { ...object, [whole]: record }
}

/**
 * The whole of a record of which this object is but the beginning; undefined for an object that is all there is. Copies of the
 * object that are made
 * by spreading know it too.
 */
export const wholeRecordOf = (object: object): WholeRecord | undefined => (object as { [whole]?: WholeRecord })[whole]

/** What is said of such a record. */
export const tooLong = (bytes: number): string =>
  `is ${Math.round(bytes / 1e6)} MB long, too long to be read at once: shown is its beginning`
