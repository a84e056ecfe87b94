import { isBlank, isExample, isID, isRandom, isReference, isWords } from './harmless.ts'
import { isJumbled } from './jumbled.ts'
import { areWords, isPlain, isReadable } from './wordlike.ts'

/**
 * How a value was set: `env` as the environment has it (`TOKEN=…`), `quoted`, `line` as the rest of a line of a configuration,
 * `bare` anywhere else.
 */
export type Form = 'env' | 'quoted' | 'line' | 'bare'

/** Marks that no name has. */
const oddMark = /[!@#%^&*$~?+=|;]/

/** An address, a place in the file system, a date, a number, a version, an e-mail address, a measure. */
function isOther(value: string): boolean {
  return (
    /^(?:https?|wss?|file|git|ssh|data|about|mailto|tel):(?!.*:[^/@]*@)/i.test(value) ||
    (/^(?:~|\.{1,2}|[A-Za-z]:|\$\{?\w+\}?)?[/\\][\w@.-]+(?:[/\\]+[\w@.+ -]*)*$/.test(value) && isPlain(value)) ||
    (/^[\w.-]+(?:\/[\w.-]+)+$/.test(value) && isPlain(value)) ||
    /^[-+]?\d[\d.,:_]*(?:e[-+]?\d+|[a-z%]{0,3})$/i.test(value) ||
    /^0x[0-9a-f]{1,16}$/i.test(value) ||
    /^\d{4}-\d\d-\d\d/.test(value) ||
    /^[~^>=<]*v?\d+\.\d+(?:\.\d+)?(?:[-+.][\w.]{1,20})?$/.test(value) ||
    (/^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(value) && /\.[a-z]{2,10}$/.test(value)) ||
    /^\*?\.?[\w-]+(?:\.[\w-]+)*\.(?:js|mjs|cjs|ts|tsx|jsx|json|py|go|rs|java|rb|php|html?|css|md|ya?ml|toml|txt|pem|key|crt|sh|env|local|io|com|org|net|dev)$/i.test(
      value,
    ) ||
    /^arn:|^projects\/|^[\w.-]+:\/\/[\w.-]*$/.test(value)
  )
}

/** Whether a value is drawn by lot: long, with digits among letters, and no words. */
export function isStrong(value: string, shortest: number): boolean {
  return (
    value.length >= shortest &&
    !/^[A-Za-z]\w*<.*>$/.test(value) &&
    !isPlain(value) &&
    isRandom(value, shortest) &&
    !isIdentifier(value)
  )
}

/** Words with a number at one of them: `token_v2`, `sha256Hash`, `oauth2-token`. */
function isIdentifier(value: string): boolean {
  if (value.length >= 40 || !/^[A-Za-z][\w-]*$/.test(value)) return false
  const words = value.split(/[_-]+|(?<=[a-z0-9])(?=[A-Z])/)
  const letters = value.replace(/[^A-Za-z]/g, '').length
  return (
    words.length > 1 &&
    letters >= 3 * words.length &&
    isReadable(value) &&
    words.every((word) => /^(?:(?:[A-Z]?[a-z]+|[A-Z]+)\d{0,3}|\d{1,4})?$/.test(word))
  )
}

/** `sha256`, `argon2id`, `aes-256-gcm`, `RS256`. */
const algorithm =
  /^(?:sha|md|aes|rsa|hs|rs|es|ps|ed|utf|base|blake|argon|pbkdf|ecdsa|hmac|curve|secp|chacha|salsa|poly|des|crc|oauth|tls|ipv|id_ed|ssh-ed)[-_]?\d{1,5}(?:[-_.]?(?:\d{1,4}|id?|sum|gcm|cbc|ctr|ecb|hash|mb4|with\w{2,8}|withrsaencryption|bit|digest|crypt|hex|url|k1|r1|ctx|ph|v\d|poly1305|pad|encoded)){0,3}$/i

/** Whether people make up passwords like this: a digit or a mark among letters, and not the name of something. */
export function isMadeUp(value: string): boolean {
  if (
    value.length < 6 ||
    /\s/.test(value) ||
    value.replace(/[^\p{L}\p{N}]/gu, '').length < 4 ||
    isBlank(value) ||
    isID(value) ||
    isOther(value) ||
    isReference(value)
  )
    return false
  if (algorithm.test(value)) return false
  if (!/\p{L}/u.test(value) || isWords(value)) return false
  if (/^[\w.-]+\(.*\)?;?$|=>|^[\w.]+\[["'\w]+\]$/.test(value) && isPlain(value)) return false
  const mixed = /\p{Nd}/u.test(value)
  const marked = oddMark.test(value.slice(1, -1)) || /[!@#%^&*$]$/.test(value)
  const isScrambled = value.length >= 10 && /^[A-Za-z]+$/.test(value) && !isReadable(value)
  return (mixed || marked || isScrambled) && !(isIdentifier(value) && !/\d{2}/.test(value))
}

/**
 * Whether the value behind a name that promises a secret is one. Programs, translations and forms use the same names for words
 * and variables, so that what reads like one is none; the environment has nothing but values.
 * @param isSure whether the name alone says it: `DB_PASSWORD`; else the value must be one that was drawn by lot
 */
export function isSecretValue(value: string, kind: string, form: Form, isSure: boolean): boolean {
  return looksSecret(value, kind, form, isSure) || (isSure && form !== 'bare' && isJumbled(value) && !isKnown(value))
}

/** What is no secret although it is no words: an id, a file, something left out. */
function isKnown(value: string): boolean {
  // Letters drawn by lot may be `...`, `****` or `xxxx`, too; where more is left out, what is left is little.
  const rest = value.replace(/\.{3}|\*{4,}|x{4,}|X{4,}/g, '')
  const isBlanked = isBlank(rest) || (rest !== value && !isJumbled(rest))
  // `*8yFN` is no pointer.
  if (isBlanked && !(/^[&*#@]/.test(value) && !isExample(value) && isReference(value))) return true
  return isID(value) || algorithm.test(value) || (isOther(value) && !value.includes('@') && !isJumbled(value, true))
}

function looksSecret(value: string, kind: string, form: Form, isSure: boolean): boolean {
  if (value.length < 5 || isBlank(value) || isID(value) || isReference(value) || algorithm.test(value)) return false
  if (isOther(form === 'quoted' ? value : value.replace(/[;,]$/, '')))
    return form === 'env' && kind === 'password' && /^\d{6,}$/.test(value)
  if (!isSure) return value.length < 4096 && isStrong(value, 16) && !/\s/.test(value)
  // Nobody's password is of these letters, and forms are translated into them.
  if (form !== 'env' && /[\u0400-\u04ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]/.test(value)) return false
  // `Authorization: token …`: the rule of headers knows where the secret begins.
  if (/\s/.test(value)) return kind !== 'credential' && isPhraseWithSecret(value, kind, form)
  if (form === 'env') {
    if (
      /^[A-Za-z_$][\w$.:/-]*[\w$](?:\(.*\))?$/.test(value) &&
      /[.:/(]/.test(value) &&
      isPlain(value) &&
      !/\p{L}\d{2}/u.test(value)
    )
      return false
    return value.length >= 8 || !isWords(value) || kind === 'password'
  }
  if (isWords(value) && isReadable(value) && !/_[.-]|[.-]_/.test(value)) return false
  if (form !== 'quoted' && isExpression(value)) return false
  if (kind === 'password') return form === 'quoted' || form === 'line' ? hasMore(value) : isMadeUp(value)
  return (
    isStrong(value, form === 'bare' ? 12 : 10) ||
    (hasMore(value) && (!isPlain(value) || isNumbered(value, kind))) ||
    isMarked(value)
  )
}

/** Words and a number, as people make up what signs their cookies. */
const isNumbered = (value: string, kind: string) => /^(?:secret|api-key)/.test(kind) && /\d{2}$/.test(value) && value.length >= 12

/** Marks among letters and digits: someone made it up. */
const isMarked = (value: string) =>
  value.length >= 8 &&
  /\d/.test(value) &&
  /[A-Za-z]/.test(value) &&
  /[!@#%^&*$?~+=]/.test(value) &&
  /^[\w!@#%^&*$?~+=.-]+$/.test(value)

/** More than words: a digit beside letters, a mark, letters that no language puts in a row. */
function hasMore(value: string): boolean {
  if (/^[\p{L}\p{N}]+[.!?:…*]+$/u.test(value) && !/\d/.test(value) && isWords(value)) return false
  if (isIdentifier(value)) return /\d{2}/.test(value) && !/^v?\d|[-_]v?\d$/i.test(value)
  const isCall = /^[\w.$-]+(?:\(.*|\[.*)$/.test(value) && countOf(value, '(') === countOf(value, ')')
  if (isCall && !isCrooked(value) && isPlain(value)) return false
  if (/^[A-Za-z]{10,}$/.test(value)) return !isWords(value) || !isReadable(value)
  return (/\p{Nd}/u.test(value) && /\p{L}/u.test(value)) || /[!@#%^&*$~?+=]/.test(value) || isCrooked(value) || !isReadable(value)
}

/** A call up to the comma behind its first argument. */
const callCutOff = /^[A-Za-z_$][\w$.]*\((?:[A-Za-z_$][\w$.]*\()*[A-Za-z_$][\w$.]*\(?$/

/** Code, as it stands behind `password =` in a program: words with dots, calls, brackets between them. */
function isExpression(value: string): boolean {
  if (callCutOff.test(value) && areWords(value)) return true
  if (isCrooked(value) || !isPlain(value)) return false
  if (/^[A-Za-z_$][\w$]*(?:(?:\?\.|\.|::|->)[A-Za-z_$][\w$]*)*!?[;,)\]}]*$/.test(value))
    return !/\p{L}\d{2,}(?:\W|$)/u.test(value)
  return /[()[\]{}]|=>|\?\?|\|\||&&|\+\+|[=!]==?|^[-+!*&]?[A-Za-z_$][\w$]*$/.test(value)
}

/** Marks that programs do not have between words, or brackets that nothing opens or closes. */
const isCrooked = (value: string) =>
  /[#@%^~\\]|[$&*!](?=$)|[\])}](?=[\w(-])|_[.-]|[.-]_|-\.|\.-/.test(value) || countOf(value, '(') < countOf(value, ')')

const countOf = (value: string, mark: string) => value.split(mark).length - 1

/** Words of sentences: who says something of a password does not say one. */
const ofSentences =
  /^(?:an?|the|this|that|these|those|it|its|is|are|was|be|been|being|must|may|can|could|should|shall|will|would|do|does|has|have|had|if|then|else|when|where|which|who|whose|what|why|how|not|no|none|any|some|all|each|every|and|or|but|nor|of|to|for|from|by|with|without|in|into|on|at|as|per|than|about|between|your|you|his|her|their|our|we|they|user|users?'?s?|account|password|passphrase|passwd|token|secret|key|login|name|string|text|value|field|optional|required|default|please|enter|choose|set|use|used|see|same|new|old|least|most|minimum|maximum|characters?|letters?|digits?|incorrect|invalid|wrong|missing|empty|forgot|reset|change|changed|confirm|repeat|hidden|encrypted|plain|hash|hashed|stored|der|die|das|ist|muss|und|oder|mit|von|ihr|dein|le|la|les|est|et|ou|de|du|el|los|su|es|que|con|debe)$/i

/** `correct horse battery staple`, `my dog Rex 2019!`: words that are no sentence. */
function isPassphrase(words: readonly string[]): boolean {
  const inner = words.slice(/^my$/i.test(words[0] ?? '') ? 1 : 0)
  if (words.length < 3 || words.length > 10 || inner.some((word) => ofSentences.test(word.replace(/\W+$/, '')))) return false
  if (inner.length >= 4 && words.every((word) => /^[a-z]{3,12}$/.test(word))) return true
  return words.every((word) => /^[A-Za-z0-9]{1,14}[!?#$%&*.]{0,2}$/.test(word)) && /^\d{2,4}[!?#$%&*]{0,2}$/.test(words.at(-1)!)
}

/** Of a value with blanks: one of its words must be no word. */
function isPhraseWithSecret(value: string, kind: string, form: Form): boolean {
  if (value.length > 200) return false
  if (form === 'env') return kind === 'password' || value.split(/\s+/).some((word) => isStrong(word, 12))
  if (/^(?:[A-Za-z0-9]{4} ){3,7}[A-Za-z0-9]{4}$/.test(value) && !isReadable(value)) return true
  const words = value.split(/\s+/)
  if (form === 'line' && kind === 'password' && isPassphrase(words)) return true
  if (form === 'quoted' && words.length > 6) return false
  return words.some(
    (word) =>
      !/[(),;{}]/.test(word) &&
      (isStrong(word, 16) || (kind === 'password' && isMadeUp(word) && (oddMark.test(word) || !isPlain(word)))),
  )
}
