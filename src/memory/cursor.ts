import { OcvaultError } from '../base/errors.ts'

/** Where an answer that did not end goes on: opaque to whoever asks, and checked when it comes back. */

export const cursorAt = (...places: readonly number[]): string => places.join(':')

/** @throws OcvaultError `usage` for what {@link cursorAt} did not make of so many places */
export function placesOf(cursor: string, count: number): number[] {
  const places = /^\d{1,9}(?::\d{1,9})*$/.test(cursor) ? cursor.split(':').map(Number) : []
  if (places.length === count) return places
  throw new OcvaultError('usage', `no cursor of such an answer: ${JSON.stringify(cursor.slice(0, 40))}`)
}

/** How many items were told already. */
export const offsetOf = (cursor: string | undefined): number => (cursor === undefined ? 0 : placesOf(cursor, 1)[0]!)
