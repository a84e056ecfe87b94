import { numberOf, objectOf, textOf } from '../base/json.ts'
import { wordsOf } from '../transfer/export/file-name.ts'
import { found } from './messages.ts'
import type { Document } from './saved-document.ts'

/** Letters, digits and hyphens of a title. */
const longest = 50

/** What OpenCode calls a session until a model has found a title. */
const unnamed = /^(?:New|Child) session - \d{4}-/

/** `2026-08-14-11-19`, in UTC, so that it is the same everywhere. */
function minuteOf(time: number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? '0000-00-00-00-00' : date.toISOString().slice(0, 16).replace(/[T:]/g, '-')
}

/** The title; of a session without one the first prompt. */
export function titleOf({ info, messages }: Document): string {
  const title = textOf(info.title) ?? ''
  if (title.trim() !== '' && !unnamed.test(title)) return title
  const prompt = found(messages, (message) => message.info.role === 'user')
  const text = prompt?.parts.find((part) => part.type === 'text' && part.synthetic !== true)
  return textOf(text?.text) ?? title
}

function cleaned(title: string): string {
  return [...wordsOf(title)].slice(0, longest).join('').replace(/-+$/, '')
}

/**
 * The name of a saved session's file without its extension: the time of the first save and the title. It begins with a digit, so
 * it is no device of Windows, and holds nothing that a file system or a shell finds special.
 * @param isTaken whether a name is in use; names that differ in case or in the encoding of accents alone are one to many file
 *   systems
 */
export function savedName(document: Document, time: number, isTaken: (folded: string) => boolean): string {
  const title = cleaned(titleOf(document)) || 'session'
  const stem = `${minuteOf(time)}-${title}`
  for (let copy = 1; ; copy++) {
    const name = copy > 1 ? `${stem}-${copy}` : stem
    if (!isTaken(folded(name))) return name
  }
}

/** A name as file systems compare it that know neither case nor ways to encode an accent. */
export const folded = (name: string): string => name.normalize('NFKD').toUpperCase().toLowerCase()

/** When a session was last used, in ms since the epoch. */
export const updatedOf = ({ info }: Document): number => numberOf(objectOf(info.time).updated) ?? 0
