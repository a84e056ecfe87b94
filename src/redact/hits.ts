import { recoveryCodesAt } from './codes.ts'
import { cookiesAt } from './cookies.ts'
import type { Hit } from './hit.ts'
import { visible } from './invisible.ts'
import { isSecret } from './judge.ts'
import { keywordFinder } from './keywords.ts'
import { namedAt, nameWords } from './named.ts'
import { privateKeys } from './private-keys.ts'
import { personal } from './rules/personal.ts'
import type { Rule } from './rules/rule.ts'
import { rules, tokenShapes } from './rules/rules.ts'
import { tokenAt } from './rules/tokens.ts'
import { runsIn } from './runs.ts'
import { columnsAt, insertedAt, kubernetesSecretAt } from './tables.ts'

/** What is done where a keyword stands, and from where on it is done again. */
type Look = (text: string, at: number, length: number, hits: Hit[]) => number | undefined

/** A keyword, and one thing that is looked for where it stands. */
interface Entry {
  readonly word: string
  readonly look: Look
  /** Several keywords of one rule share the place up to which it has found something. */
  readonly lane: number
}

/** The end of a secret: backslashes before a quotation mark are that one's, which ends a text in a text. */
function withoutEscape(text: string, from: number, to: number): number {
  if (!/["'`]/.test(text[to] ?? '')) return to
  let end = to
  while (end > from && text[end - 1] === '\\') end--
  return end
}

/** The secret of a rule whose keyword stands at a place. */
function hitOf(text: string, at: number, { id, pattern, judge, entropy, rank }: Rule): Hit | undefined {
  pattern.lastIndex = at
  const match = pattern.exec(text)
  if (!match) return undefined
  const { before, secret } = match.indices!.groups ?? {}
  const [from, to] = secret ?? match.indices![0]!
  const end = withoutEscape(text, from, to)
  const start = before?.[0] ?? from
  const found = text.slice(start, end)
  if (!isSecret(found.trim(), judge, entropy)) return undefined
  const lead = found.length - found.trimStart().length
  return { start: start + lead, end: start + found.trimEnd().length, kind: id, rank }
}

/** What one rule alone finds in a text. */
export function hitsOfRule(text: string, rule: Rule): Hit[] {
  const hits: Hit[] = []
  keywordFinder(rule.keywords)(text, (at) => {
    const hit = hitOf(text, at, rule)
    if (hit) hits.push(hit)
  })
  return hits
}

const lookOf = (rule: Rule): Look => {
  return (text, at, _length, hits) => {
    const hit = hitOf(text, at, rule)
    if (hit) hits.push(hit)
    return hit?.end
  }
}

const named: Look = (text, at, length, hits) => {
  const found = namedAt(text, at, length)
  hits.push(...found.hits)
  return found.end
}

const columns: Look = (text, at, _length, hits) => {
  const found = columnsAt(text, at)
  hits.push(...found.hits)
  return found.end
}

function entriesOf(): Entry[] {
  let lane = 0
  const entries: Entry[] = []
  const add = (words: readonly string[], look: Look) => {
    for (const word of words) entries.push({ word, look, lane })
    lane++
  }
  for (const shape of tokenShapes) {
    add([shape.keyword], (text, at, _length, hits) => {
      const hit = tokenAt(text, at, shape)
      if (hit) hits.push(hit)
      return hit?.end
    })
  }
  for (const rule of rules) add(rule.keywords, lookOf(rule))
  add(nameWords, named)
  add(nameWords, columns)
  add(['cookie', ' -b ', ' --cookie '], (text, at, _length, hits) => {
    const found = cookiesAt(text, at)
    hits.push(...found.hits)
    return found.end
  })
  add(
    [
      'recovery code',
      'backup code',
      'recovery_codes',
      'recoverycodes',
      'backupcodes',
      'backup_codes',
      'scratch code',
      'recovery-codes',
      'emergency code',
    ],
    (text, at, _length, hits) => {
      const found = recoveryCodesAt(text, at)
      hits.push(...found.hits)
      return found.end
    },
  )
  add(['insert into'], (text, at, _length, hits) => {
    hits.push(...insertedAt(text, at))
    return undefined
  })
  add(['kind: secret', '"kind":"secret"', '"kind": "secret"'], (text, at, _length, hits) => {
    const found = kubernetesSecretAt(text, at)
    hits.push(...found.hits)
    return found.end
  })
  return entries
}

/** Looks that are worth it in a block of so many letters: only a text that is made for it has a keyword every ten letters. */
const blockBits = 12
const mostLooks = 400

/** Adds to the hits what looks find at their keywords in a text. */
type Looking = (text: string, hits: Hit[]) => void

function looking(entries: readonly Entry[], most: number): Looking {
  const lanes = entries.reduce((highest, { lane }) => Math.max(highest, lane + 1), 0)
  const find = keywordFinder(entries.map(({ word }) => word))
  return (text, hits) => {
    const past = new Int32Array(lanes)
    const [blocks, looks] = [new Int32Array(lanes).fill(-1), new Int32Array(lanes)]
    find(text, (at, index) => {
      const { word, look, lane } = entries[index]!
      if (at < past[lane]!) return
      const block = at >> blockBits
      if (blocks[lane] !== block) {
        blocks[lane] = block
        looks[lane] = 0
      }
      if (looks[lane]!++ > most) return
      past[lane] = look(text, at, word.length, hits) ?? past[lane]!
    })
  }
}

const lookForSecrets = looking(entriesOf(), mostLooks)

let lookForPersonal: Looking | undefined

/** Lists of customers are full of digits, and these expressions end at once where no number begins. */
function personalIn(text: string, hits: Hit[]): void {
  lookForPersonal ??= looking(
    personal.flatMap((rule, lane) => rule.keywords.map((word) => ({ word, look: lookOf(rule), lane }))),
    Number.POSITIVE_INFINITY,
  )
  lookForPersonal(text, hits)
}

/**
 * The secrets of a text; they may overlap, and be in any order.
 * @param withPersonal also what is personal: addresses, numbers of telephones, cards and accounts
 */
export function hitsIn(text: string, withPersonal = false): Hit[] {
  const { text: seen, placeOf } = visible(text)
  const blanked = withoutPlaceholders(withoutColours(withoutBytes(seen)))
  const hits: Hit[] = [...privateKeys(blanked), ...runsIn(blanked)]
  lookForSecrets(blanked, hits)
  if (withPersonal) personalIn(blanked, hits)
  if (seen === text) return hits
  return hits.map((hit) => ({ ...hit, start: placeOf(hit.start), end: placeOf(hit.end - 1) + 1 }))
}

/** What a terminal takes for colours ends in a letter, which would seem to be the secret's first. */
function withoutColours(text: string): string {
  if (!/\x1b|\\(?:u001b|x1b|033|e\[)/i.test(text)) return text
  return text.replace(/(?:\x1b|\\(?:u001b|x1b|033|e))\[[0-9;]{0,20}[A-Za-z]/gi, (sequence) => ' '.repeat(sequence.length))
}

/** What was redacted before is a blank to every rule, as long as it was. */
function withoutPlaceholders(text: string): string {
  if (!text.includes('[redacted:')) return text
  return text.replace(/\[redacted:[\w-]{1,60}:\d{1,9}\]/g, (placeholder) => `<${'*'.repeat(placeholder.length - 2)}>`)
}

/** Pictures and fonts in pages and stylesheets: base64 of megabytes may hold the letters of any token. */
function withoutBytes(text: string): string {
  if (!text.includes(';base64,')) return text
  return text.replace(
    /(data:(?:image|font|audio|video|application\/(?:font|x-font|octet|pdf|zip|wasm))[\w.+/-]{0,60};base64,)([A-Za-z0-9+/=]{16,})/g,
    (_match, head, data) => {
      return head + ' '.repeat(data.length)
    },
  )
}
