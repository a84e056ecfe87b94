import { type Outline, outlineOf } from '../conversation/outline.ts'
import type { SessionID } from '../opencode/ids.ts'
import type { Library } from './library.ts'

/** So many sessions' outlines are kept: those that are being read. */
const kept = 8

/** Outlines of sessions as they are now: a reader asks for piece after piece of the same one. */
export class Outlines {
  readonly #library: Library
  readonly #known = new Map<SessionID, { readonly tag: string; readonly outline: Outline }>()

  constructor(library: Library) {
    this.#library = library
  }

  of(id: SessionID): Outline {
    const tag = this.#library.tag()
    const known = this.#known.get(id)
    this.#known.delete(id)
    const entry = known?.tag === tag ? known : { tag, outline: outlineOf(this.#library.now(), id) }
    this.#known.set(id, entry)
    for (const oldest of this.#known.keys()) if (this.#known.size > kept) this.#known.delete(oldest)
    return entry.outline
  }
}
