import { weights } from '../evidence.ts'
import type { Field } from '../query.ts'
import { isAscii, tokensOf, wordsOf } from '../text/tokens.ts'
import type { Unit } from '../text/units.ts'

/** A word or a file of a session, and how much the session is about it. */
export interface Trait {
  /** As it is shown. */
  readonly name: string
  /** Folded, one after another. */
  readonly tokens: readonly string[]
  /** Grows with the places where it stands, and with the weight of their fields. */
  readonly weight: number
}

/** What tells what a session is about. What tools printed does not: it is long, and nobody's words. */
const telling: ReadonlySet<Field> = new Set(['title', 'prompt', 'answer', 'input'])

/** With more traits than this the lightest half is forgotten: memory does not grow with the session. */
const mostTraits = 50_000

/** Shorter words are everywhere; longer ones are data. */
const wordChars = { least: 3, most: 40 }

/** Gathers what a session is about, unit by unit. */
export class Traits {
  readonly #words = new Map<string, Trait>()
  readonly #files = new Map<string, Trait>()
  readonly #directory: string

  /** @param directory of the session: files below it go by their names in it, which are the same in another clone */
  constructor(directory: string | null) {
    this.#directory = directory === null ? '' : slashed(directory).replace(/\/$/, '')
  }

  add({ tool, segments }: Unit): void {
    const paths = segments.filter(({ field }) => field === 'path').flatMap(({ text }) => text.split('\n'))
    for (const path of new Set(paths)) this.#addFile(path)
    // What a call is named and which files it names are no words of anybody.
    const passedBy = new Set(tokensOf([tool ?? '', ...paths].join('\n')))
    for (const { field, text } of segments) {
      if (!telling.has(field)) continue
      for (const [name, tokens] of namesIn(text)) if (!passedBy.has(name)) weigh(this.#words, name, tokens, weights[field])
    }
  }

  #addFile(path: string): void {
    const whole = slashed(path)
    const below = this.#directory !== '' && whole.startsWith(`${this.#directory}/`)
    const name = below ? whole.slice(this.#directory.length + 1) : whole
    // A folder says little of what was done in it, and `index.ts` alone nothing.
    if (!/\.\w+$/.test(name) || name === this.#directory) return
    const tokens = tokensOf(name)
    if (tokens.length > 1) weigh(this.#files, name, tokens, weights.path)
  }

  /** The heaviest words. */
  words = (most: number): Trait[] => heaviest(this.#words, most)

  /** The files that were touched most. */
  files = (most: number): Trait[] => heaviest(this.#files, most)
}

const slashed = (path: string) => path.replaceAll('\\', '/')

const heaviest = (traits: ReadonlyMap<string, Trait>, most: number): Trait[] =>
  [...traits.values()].sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1)).slice(0, most)

function weigh(traits: Map<string, Trait>, name: string, tokens: readonly string[], more: number): void {
  traits.set(name, { name, tokens, weight: (traits.get(name)?.weight ?? 0) + more })
  if (traits.size <= mostTraits) return
  const kept = heaviest(traits, mostTraits / 2)
  traits.clear()
  for (const trait of kept) traits.set(trait.name, trait)
}

/** The words of a text that can tell something, each once; of scripts without spaces every two signs. */
function namesIn(text: string): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>()
  let sign: { readonly token: string; readonly end: number } | null = null
  for (const { start, end, tokens } of wordsOf(text)) {
    const [token] = tokens
    if (token === undefined || tokens.length > 1) continue
    const isSign = !isAscii(token) && [...token].length === 1
    if (isSign && sign?.end === start) names.set(sign.token + token, [sign.token, token])
    sign = isSign ? { token, end } : null
    if (!isSign && token.length >= wordChars.least && token.length <= wordChars.most && /\p{L}{3}/u.test(token))
      names.set(token, tokens)
  }
  return names
}
