import { safeLine } from './safe-text.ts'

/** A word as a shell takes it, in quotes where it needs them. */
export function quotedWord(text: string): string {
  const clean = safeLine(text)
  return /^[\w@%+=:,./~-]+$/.test(clean) ? clean : `'${clean.replaceAll("'", String.raw`'\''`)}'`
}
