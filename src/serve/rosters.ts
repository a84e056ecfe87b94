import type { Library } from './library.ts'
import { Roster } from './roster.ts'

/** Keeps the list of all sessions as it is now. One is made at a time, and only when somebody asks for it. */
export class Rosters {
  readonly #library: Library
  #roster: Roster | undefined
  #tag: string | undefined
  #making: Promise<Roster> | undefined

  constructor(library: Library) {
    this.#library = library
  }

  /** The list as it is now, or as it was a moment ago while a session is being written. */
  async current(): Promise<Roster> {
    if (this.#roster && this.#tag === this.#library.tag()) return this.#roster
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined
    })
    return this.#making
  }

  async #make(): Promise<Roster> {
    return this.#library.reading(async (catalog) => {
      const tag = this.#library.tag()
      const roster = await Roster.of(catalog)
      this.#roster = roster
      this.#tag = tag
      return roster
    })
  }
}
