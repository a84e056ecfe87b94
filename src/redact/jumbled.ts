import { wordBits } from './wordlike.ts'

/** Marks that programs write beside each other. */
const together = /^(?:\(\)|\(\(|\)\)|\)\.|->|==|!=|&&|\+\+|--|[-+*]=|\([!*&_-]|\.\.|\*\*|__|!\(|\._|=[!(-])$/

/**
 * Bits a letter that a text takes if it is words and code; one drawn from 77 letters and marks takes 6.3. What letters take comes
 * from {@link wordBits}; changes from small letters to capitals and digits, and marks, are estimated.
 */
function bitsAsCode(value: string): number {
  let bits = wordBits(value)
  for (let at = 0; at < value.length; at++) {
    const [earlier, before] = [value[at - 2] ?? '', value[at - 1] ?? '']
    const now = value[at]!
    if (/[A-Z]/.test(now)) bits += /[a-z]/.test(before) ? 3 : /[A-Z]/.test(before) ? 0.7 : /\d/.test(before) ? 4 : 1
    else if (/[a-z]/.test(now)) bits += /\d/.test(before) || (/[A-Z]/.test(before) && /[A-Z]/.test(earlier)) ? 4 : 0.3
    else if (/\d/.test(now)) bits += /\d/.test(before) ? 4 : 6.5
    else if (/[^A-Za-z0-9]/.test(before)) bits += together.test(before + now) ? 4 : 10
    else bits += /[_.-]/.test(now) ? 5 : /[()=]/.test(now) ? 7 : 9
  }
  return bits / value.length
}

/** More than what programs, names and translations of the harmless texts of the bench have behind names of secrets. */
const mostOfCode = 5.3

/** Where few letters weigh much (`PKPushPayload`), and for names of files with a part that was drawn by lot. */
const mostOfNames = 5.8

/**
 * Whether letters, digits and marks stand as a generator of passwords puts them, and not as code does, although they could be
 * words with marks between them: `KhTndSH.wPHeraGR`, `A(q7i-m&MG_AmadW`.
 * @param isStrict where it looks like something else, as a file's name
 */
export const isJumbled = (value: string, isStrict = false): boolean =>
  value.length >= 12 &&
  value.length <= 128 &&
  /^[\w!@#$%^&*()=+.-]+$/.test(value) &&
  !/^[\w.]+\([\w.*&!-]*\)$/.test(value) &&
  bitsAsCode(value) > (isStrict || value.length < 14 ? mostOfNames : mostOfCode)
