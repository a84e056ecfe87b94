import type { Hit } from './hit.ts'

/** A secret as a person may see it: enough to know it again, not enough to use it. */
export function maskedSecret(secret: string): string {
  const plain = secret.startsWith('-----BEGIN') ? '-----BEGIN…' : undefined
  if (plain) return plain
  const letters = [...secret]
  return letters.length < 12 ? '••••' : `${letters.slice(0, 2).join('')}••••${letters.slice(-2).join('')}`
}

/** How much of a line is shown on each side, and in how many neighbours a secret is looked for there. */
const around = 60
const neighbours = 64

/**
 * The line around a secret, with every secret in it masked.
 * @param hits all of the text, in order
 * @param at which of them is meant
 */
export function maskedContext(text: string, hits: readonly Pick<Hit, 'start' | 'end'>[], at: number): string {
  const { start, end } = hits[at]!
  const before = text.slice(Math.max(0, start - around), start)
  const after = text.slice(end, end + around)
  const from = start - before.length + before.lastIndexOf('\n') + 1
  const to = end + (after.includes('\n') ? after.indexOf('\n') : after.length)
  let masked = from > 0 && text[from - 1] !== '\n' ? '…' : ''
  let place = from
  for (const hit of hits.slice(Math.max(0, at - neighbours), at + neighbours)) {
    if (hit.end <= place || hit.start >= to) continue
    masked += text.slice(place, Math.max(place, hit.start)) + maskedSecret(text.slice(hit.start, hit.end))
    place = hit.end
  }
  masked += text.slice(place, Math.max(place, to))
  return (Math.max(to, place) < text.length && text[Math.max(to, place)] !== '\n' ? `${masked}…` : masked).trim()
}
