import type { SessionID } from '../../opencode/ids.ts'

/** What is left of a title and of an id in a file's name; a name stays under 255 bytes, which is what most file systems take. */
const titleBytes = 120
const tailLength = 8

/** A day as `2026-08-14`, in UTC, so that the same session has the same name everywhere. */
function dayOf(time: number): string {
  const date = new Date(time)
  const year = Number.isNaN(date.getTime()) ? -1 : date.getUTCFullYear()
  return year >= 0 && year <= 9999 ? date.toISOString().slice(0, 10) : '0000-00-00'
}

/**
 * Words of letters, digits and their marks in any script, joined by hyphens: nothing that any file system or shell finds special.
 */
export function wordsOf(text: string): string {
  const words = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
    .replace(/^[-\p{M}]+|-+$/gu, '')
  let kept = ''
  let bytes = 0
  for (const letter of words) {
    bytes += Buffer.byteLength(letter)
    if (bytes > titleBytes) break
    kept += letter
  }
  return kept.replace(/-+$/, '')
}

interface Named {
  readonly id: SessionID
  readonly title: string | null
  readonly time: { readonly created: number }
}

/**
 * Gives each session a file name of its own, `YYYY-MM-DD-<title>-<end of the id>.<extension>`, that is safe on every system: it
 * begins with a digit, so it is no device of Windows, and no two names differ in nothing but case or accents' encoding.
 */
export class FileNames {
  readonly #extension: string
  readonly #taken = new Set<string>()

  /** @param extension without the dot */
  constructor(extension: string) {
    this.#extension = extension
  }

  nameFor({ id, title, time }: Named): string {
    const tail = id.replace(/[^0-9A-Za-z]+/g, '').slice(-tailLength)
    const stem = [dayOf(time.created), wordsOf(title ?? ''), tail].filter((word) => word !== '').join('-')
    for (let copy = 1; ; copy++) {
      const name = `${stem}${copy > 1 ? `-${copy}` : ''}.${this.#extension}`
      const folded = name.normalize('NFKD').toUpperCase().toLowerCase()
      if (this.#taken.has(folded)) continue
      this.#taken.add(folded)
      return name
    }
  }
}
