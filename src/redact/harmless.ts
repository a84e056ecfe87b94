/** Values that stand where secrets do, and are none: variables, blanks to fill in, words of examples, ids. */
import { isPlain } from './wordlike.ts'

const redacted = /\[redacted:[\w-]+:\d+\]/i

const masked = /^(.)\1{3,}$|\*{4,}|[•●]{3,}|x{4,}|X{4,}|x{3,}-x{3,}|\.{3}|…|<[^>]*>|\{\{\w|\$\{|^\*{3}.{0,6}$|^.{0,6}\*{3}$/

/** Something in brackets or behind a dollar that stands for the value: `${TOKEN}`, `<your key>`, `$(cat key)`, `%TOKEN%`. */
export function isReference(value: string): boolean {
  if (/^(?:\\?\$\{|\{\{|<%|#\{|%\(\w+\)[sd]|\[\[\w|\$\{\{)/.test(value)) return true
  if (
    /^(?:process\.env|os\.(?:environ|getenv)|import\.meta|env[.[(]|ENV\[|secrets\.|vault:|ref[:+]|op:\/\/|arn:|!(?:Ref|Sub|GetAtt|vault|secret))/.test(
      value,
    )
  )
    return true
  return (
    /^(?:[$%@&*#]|\$?[([{<]|\\\$)[\p{L}\p{M}\w.{}()<>[\]\s:'"/-]*%?$/u.test(value) &&
    isPlain(value) &&
    !/\p{L}\p{N}|\p{N}\p{L}/u.test(value)
  )
}

/** Words that examples, tests and documents put where a secret belongs. */
const exampleWords =
  /^(?:a|an|the|my|your|our|some|any|this|that|new|old|no|not|and|or|is|of|for|to|in|with|from|user|users|username|admin|administrator|root|guest|postgres|postgresql|mysql|mariadb|mongo|mongodb|redis|rabbitmq|rabbit|minio|minioadmin|elastic|kibana|grafana|docker|app|db|database|dev|devel|development|local|localhost|test|tests|testing|tester|testuser|testpass|demo|dummy|fake|foo|bar|baz|qux|foobar|mock|sample|example|examples|placeholder|default|changeme|change|changeit|me|replace|insert|put|enter|fill|here|secret|secrets|password|passwort|passwd|passw0rd|p@ssw0rd|pass|pwd|passphrase|token|tokens|key|keys|api|apikey|access|private|public|auth|bearer|basic|jwt|credential|credentials|client|server|service|id|value|string|str|text|none|null|nil|undefined|true|false|yes|on|off|empty|blank|todo|tbd|fixme|hidden|redacted|removed|masked|censored|omitted|invalid|wrong|bad|good|valid|correct|incorrect|expired|abc|abcd|abcdef|xyz|letmein|qwerty|welcome|supersecret|super|very|long|short|random|strong|secure|unsafe|insecure|only|x|oauth|anonymous|anything|something|whatever|required|optional|signing|refresh|session|cookie|csrf|goes|please|set|get|use|real|live|prod|production|staging|ci|hello|world|one|two|first|second|other|another|original|current|updated|header|payload|signature|salt|mysalt|saltsalt|somesalt)$/i

/** The words of a value: `my-secret_token2` is my, secret, token. */
const wordsOf = (value: string) => value.split(/[^\p{L}@]+|(?<=\p{Ll})(?=\p{Lu})/u).filter((word) => word !== '')

const digitsInOrder = '01234567890123456789'

/** Whether a value cannot be a secret, whatever stands before it. */
export function isBlank(value: string): boolean {
  return redacted.test(value) || isReference(value) || masked.test(value.slice(0, 400)) || isExample(value)
}

/** Whether a value is made of the words of examples alone, or says itself that it is one. */
export function isExample(value: string): boolean {
  if (value.length > 200) return false
  if (
    /example|placeholder|changeme|change_me|change-me|your[_-]|[_-]here$|dummy|^fake|not[_-]?a[_-]?real|abcdefghij|useandom|0123456789|-26T198340/i.test(
      value,
    )
  )
    return true
  const words = wordsOf(value)
  if (words.length > 0 && !words.every((word) => exampleWords.test(word))) return false
  const digits = value.replace(/\D/g, '')
  if (words.length === 0) return new Set(value).size < 4 || digitsInOrder.includes(digits)
  return digits.length <= 2 || digitsInOrder.includes(digits) || new Set(digits).size === 1
}

/**
 * Whether a value is made of words: `Passwort`, `access-token`, `forgotPassword`, `TOKEN_TYPE`, whatever stands between; digits
 * are no words.
 */
export function isWords(value: string): boolean {
  if (!/^[^\p{L}\p{N}]{0,3}[\p{L}\p{M}\-_.:/ '’,]{1,200}[^\p{L}\p{N}]{0,3}$/u.test(value)) return false
  const words = value.split(/[^\p{L}\p{M}]+|(?<=\p{Ll})(?=\p{Lu})/u).filter((word) => word !== '')
  // `aBcD` is no camel case: its words would be too short on the whole.
  return (
    words.length <= 12 &&
    words.join('').length >= 3 * (words.length - 1) &&
    words.every((word) => /^(?:.\p{Ll}*|[\p{Lu}\p{M}]+|\P{Lu}*)$/u.test(word))
  )
}

const idShapes =
  /^(?:ses|msg|prt|prj|usr|evt|que|per|pty|wrk|tool|call|toolu|chatcmpl|resp|fc|rs|req|run|step|snap)_[0-9A-Za-z_-]+$|^(?:sha(?:1|256|384|512)|md5)[-:][A-Za-z0-9+/=]+$/i

/**
 * Whether a value is an id of OpenCode or a model's, or a hash that says so. Hex digits and UUIDs may be either; the name before
 * them decides.
 */
export const isID = (value: string): boolean => idShapes.test(value)

/** Bits of information a character, by how often each stands there. */
export function entropy(value: string): number {
  const counts = new Map<string, number>()
  for (const letter of value) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}

/** Whether a value looks drawn by lot: digits among letters, or capitals anywhere in a long one, and few letters twice. */
export function isRandom(value: string, shortest: number): boolean {
  if (value.length < shortest || !/[A-Za-z]/.test(value)) return false
  const bits = entropy(value.slice(0, 200))
  return /\d/.test(value) ? bits >= 2.8 : value.length >= 20 && /[a-z]/.test(value) && /[A-Z]/.test(value) && bits >= 3.9
}
