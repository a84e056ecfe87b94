import { piecesOf, tokensOf } from '../text/tokens.ts'
import { areForms } from './forms.ts'
import { isSlip } from './slips.ts'

/** Words, folded, of which others are looked for. */
export interface NearAsked {
  /** Of these, other forms. */
  readonly forms: readonly string[]
  /** Of these, what may have been meant by them. */
  readonly slips: readonly string[]
}

/** Whether a word is near to one of those that were asked. */
export const isNear = ({ forms, slips }: NearAsked, word: string): boolean =>
  forms.some((form) => form !== word && areForms(form, word)) || slips.some((typed) => isSlip(typed, word))

/** How many words are remembered to have been looked at: a text says most words again and again. */
const remembered = 200_000

/** Gathers the near words of many texts. */
export class NearWords {
  readonly #asked: NearAsked
  readonly #looked = new Set<string>()
  readonly found = new Set<string>()

  constructor(asked: NearAsked) {
    this.#asked = asked
  }

  look(text: string): void {
    for (const word of tokensOf(text)) this.#one(word)
    for (const piece of piecesOf(text)) this.#one(piece)
  }

  #one(word: string): void {
    if (this.#looked.has(word)) return
    if (this.#looked.size >= remembered) this.#looked.clear()
    this.#looked.add(word)
    if (isNear(this.#asked, word)) this.found.add(word)
  }
}
