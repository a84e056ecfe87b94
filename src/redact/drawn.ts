import { entropy, isExample } from './harmless.ts'
import { isReadable } from './wordlike.ts'

/**
 * Whether letters were drawn by lot, and are no example, no `xxxx…`, no name.
 * @param isStrict where little else tells that it is a token: no words at all, capitals and small letters, or digits
 */
export function isDrawn(letters: string, isStrict = false): boolean {
  if (isExample(letters) || /(.)\1{5}/.test(letters) || /\*{4}|\.{3}/.test(letters)) return false
  const bits = entropy(letters.slice(0, 200))
  if (bits < Math.min(3, Math.log2(letters.length) - 0.9)) return false
  const digits = letters.replace(/\D/g, '').length
  if (!isStrict) return digits > 0 || (letters.length >= 12 && !isReadable(letters) && !/[a-z]{12}/.test(letters))
  if (digits < 2 && !(digits > 0 && letters.length >= 16 && /[a-z]/.test(letters) && !isReadable(letters))) return false
  if (/^[0-9a-f-]+$/.test(letters)) return bits >= 2.8
  return !/[-_.][a-z]{5,}[-_.]/.test(letters) && (!isReadable(letters) || digits > letters.length / 5)
}
