import type { Library } from './library.ts'
import { Roster } from './roster.ts'

/** A list is made anew after so many ms at the earliest, and so many times what making it took: so a deleted session goes. */
const shortestMs = 5000
const rarely = 60

/** Keeps the list of all sessions as it is now. One is made at a time, and only when somebody asks for it. */
export class Rosters {
  readonly #library: Library
  #roster: Roster | undefined
  #tag: string | undefined
  #making: Promise<Roster> | undefined
  /** Until then only what came is read. */
  #goodUntil = 0
  /** Whether every session was read for it. */
  #isWhole = false

  constructor(library: Library) {
    this.#library = library
  }

  /** The list as it is now, or as it was a moment ago while a session is being written. */
  async current(): Promise<Roster> {
    const isGood = this.#isWhole || Date.now() < this.#goodUntil
    if (this.#roster && isGood && this.#tag === this.#library.tag()) return this.#roster
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined
    })
    return this.#making
  }

  async #make(): Promise<Roster> {
    return this.#library.reading(async (catalog) => {
      const tag = this.#library.tag()
      const known = Date.now() < this.#goodUntil ? this.#roster : undefined
      const begin = Date.now()
      const roster = known ? known.with(catalog) : await Roster.of(catalog)
      if (!known) this.#goodUntil = Date.now() + Math.max(shortestMs, (Date.now() - begin) * rarely)
      this.#roster = roster
      this.#isWhole = known === undefined
      this.#tag = tag
      return roster
    })
  }
}
