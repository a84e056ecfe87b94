import { type Outline, outlineOf } from '../conversation/outline.ts'
import type { SessionID } from '../opencode/ids.ts'
import type { Library } from './library.ts'
import { sessionMark } from './session-mark.ts'

/** So many sessions' outlines are kept: those that are being read. */
const kept = 8

interface Known {
  /** Of everything, when the outline was last seen to be true. */
  readonly tag: string
  readonly mark: string
  readonly outline: Outline
}

/**
 * Outlines of sessions as they are now: a reader asks for piece after piece of the same one. What is written in other sessions
 * meanwhile changes nothing of them.
 */
export class Outlines {
  readonly #library: Library
  readonly #known = new Map<SessionID, Known>()

  constructor(library: Library) {
    this.#library = library
  }

  of(id: SessionID): Outline {
    const known = this.#known.get(id)
    this.#known.delete(id)
    const entry = this.#current(id, known)
    this.#known.set(id, entry)
    for (const oldest of this.#known.keys()) if (this.#known.size > kept) this.#known.delete(oldest)
    return entry.outline
  }

  #current(id: SessionID, known: Known | undefined): Known {
    const tag = this.#library.tag()
    if (known?.tag === tag) return known
    const catalog = this.#library.now()
    const mark = sessionMark(catalog, id)
    return known && mark !== '' && known.mark === mark ? { ...known, tag } : { tag, mark, outline: outlineOf(catalog, id) }
  }
}
