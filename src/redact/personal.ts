/** What tells data of persons from letters and digits that only look like it. */

/** Hosts that are nobody's by RFC 2606 and 6761, or by their names in documents. */
const nobodys =
  /(?:^|[.@])(?:(?:example|test|invalid|localhost|local|internal|lan)|(?:example|test|domain|email|mail|company|yourcompany|your-?domain|acme-?corp)\.(?:com|org|net|edu|io|dev))$/i

/** Addresses that no person reads, and the login of every forge. */
const machines = /^(?:git|hg|svn|no-?reply|do-?not-?reply|mailer-daemon|postmaster|root)@/i

/** What `name@2x.png` ends in. */
const files =
  /\.(?:png|jpe?g|gif|svg|webp|avif|ico|[cm]?[jt]sx?|json|ya?ml|toml|css|html?|md|txt|py|rb|rs|go|java|sh|map|lock|service|socket|target|timer|mount|slice|so|dll|exe|zip|t?gz|tar|log)$/i

/** Whether an address may be a person's. */
export const isPersonsEmail = (address: string): boolean =>
  !nobodys.test(address) &&
  !machines.test(address) &&
  !files.test(address) &&
  /\p{L}/u.test(address.slice(0, address.indexOf('@')))

/** As many digits as a telephone number has (E.164: 15 at most), and not a date, an address of a machine, or a counter. */
export function isPhone(number: string): boolean {
  const digits = number.replace(/\D/g, '')
  if (digits.length < 7 || digits.length > 15) return false
  if (/^\d{4}[-./]\d\d?[-./]\d\d?|^\d{1,3}(?:\.\d{1,3}){3}$/.test(number) || (number.startsWith('+') && digits.length < 8))
    return false
  return new Set(digits).size >= 3
}

/** Whether digits are the number of a card, by the sum of Luhn. */
export function isCard(number: string): boolean {
  const digits = number.replace(/\D/g, '')
  if (digits.length < 13 || digits.length > 19 || /(\d)\1{6}/.test(digits)) return false
  let sum = 0
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]) * (at % 2 === 0 ? 1 : 2)
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0
}

/** Whether letters are an IBAN, by its sum (ISO 7064, modulo 97). */
export function isIBAN(text: string): boolean {
  const letters = text.replaceAll(' ', '')
  if (letters.length < 15 || letters.length > 34) return false
  let rest = 0
  for (const letter of letters.slice(4) + letters.slice(0, 4)) {
    const value = Number.parseInt(letter, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
