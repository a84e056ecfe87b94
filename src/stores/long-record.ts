import type { JsonObject } from '../base/json.ts'
import { parseBeginning } from '../base/json-beginning.ts'
import { omit } from '../base/omit.ts'

/**
 * Records that are too long to be read whole. V8 has no text of more than 2^29 - 24 characters, and a value that is read is
 * printed again, which may take more characters than it had; OpenCode itself writes rows of hundreds of megabytes (pasted files,
 * output of tools). What shows a session shows their beginning; what copies it takes their bytes.
 */

/** JSON of more bytes is read in part. */
export const longestRecordBytes = 256 * 2 ** 20

/**
 * What is copied is copied in pieces from this size on: as a text in JSON it may have six times as many characters, and there may
 * be several.
 */
export const longestCopiedBytes = 64 * 2 ** 20

/** How many bytes of it are read. */
export const beginningBytes = 2 ** 20

/** Stored bytes that are too many to be held at once. */
export interface LongBytes {
  readonly bytes: number
  /** All of them, in pieces. Reads the store, which must still be open. */
  read(): Iterable<Uint8Array>
}

/** The stored JSON of a record that was read in part: UTF-8, an object. */
export interface WholeRecord extends LongBytes {
  /** The keys that its beginning has. */
  readonly keys: ReadonlySet<string>
}

const whole = Symbol('the whole record')

/**
 * The beginning of a record as an object, which knows the whole: texts end where they were cut, what came after is missing.
 * @returns undefined where that is no object
 */
export function longRecord(beginning: Uint8Array, record: LongBytes): JsonObject | undefined {
  // A character that is cut in two is left out.
  const object = parseBeginning(new TextDecoder().decode(beginning, { stream: true }))
  return object && { ...object, [whole]: { ...record, keys: new Set(Object.keys(object)) } satisfies WholeRecord }
}

/**
 * The whole of a record of which this object is but the beginning; undefined for an object that is all there is. Copies of the
 * object that are made by spreading know it too.
 */
export const wholeRecordOf = (object: object): WholeRecord | undefined => (object as { [whole]?: WholeRecord })[whole]

/** The object as all there is: for what makes something else of it, which the rest has no place in. */
export function beginningOnly<T extends object>(object: T): T {
  return wholeRecordOf(object) ? (omit(object as T & { [whole]?: WholeRecord }, [whole]) as T) : object
}

/** What is said where such a record becomes something else. */
export const tooLongToConvert = 'is too long to be converted: only its beginning is'

/** What is said of such a record. */
export const tooLong = (bytes: number): string =>
  `is ${Math.round(bytes / 1e6)} MB long, too long to be read at once: shown is its beginning`
