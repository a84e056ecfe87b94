import type { Problem } from '../base/problems.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { StorageKey } from './key.ts'
import { type Layer, sessionIn } from './layer.ts'

/** Keys of which a session's leading copy has all there are. */
const transcripts: ReadonlySet<string> = new Set(['session', 'message', 'part'])

/** Several stores as one: of each session, the copy that was updated last answers. */
export class Union implements Layer {
  readonly path: string
  readonly #layers: readonly Layer[]

  /** @param layers those that win a draw first */
  constructor(path: string, layers: readonly Layer[]) {
    this.path = path
    this.#layers = layers
  }

  read(key: StorageKey): unknown {
    const id = sessionIn(key, (message) => this.sessionOf(message))
    const lead = id === undefined ? undefined : this.#leadOf(id)
    if (lead && transcripts.has(key[0]!)) return lead.read(key)
    for (const layer of lead ? [lead, ...this.#layers.filter((each) => each !== lead)] : this.#layers) {
      const value = layer.read(key)
      if (value !== undefined) return value
    }
    return undefined
  }

  #leadOf(id: SessionID): Layer | undefined {
    let lead: Layer | undefined
    let newest = Number.NEGATIVE_INFINITY
    for (const layer of this.#layers) {
      const updated = layer.updated(id)
      if (updated === undefined || updated <= newest) continue
      lead = layer
      newest = updated
    }
    return lead
  }

  /** Store by store; no key twice. */
  *keys(prefix: StorageKey): Iterable<StorageKey> {
    const leads = new Map<SessionID, Layer | undefined>()
    const others = new Set<string>()
    let last: readonly [MessageID, SessionID | undefined] | undefined
    for (const layer of this.#layers) {
      const sessionOf = (message: MessageID) => {
        if (last?.[0] !== message) last = [message, layer.sessionOf(message)]
        return last[1]
      }
      for (const key of layer.keys(prefix)) {
        const id = transcripts.has(key[0]!) ? sessionIn(key, sessionOf) : undefined
        if (id !== undefined && !leads.has(id)) leads.set(id, this.#leadOf(id))
        const lead = id === undefined ? undefined : leads.get(id)
        if (lead) {
          if (lead === layer) yield key
          continue
        }
        const name = key.join('/')
        if (!others.has(name)) yield key
        others.add(name)
      }
      last = undefined
    }
  }

  updated(id: SessionID): number | undefined {
    return this.#leadOf(id)?.updated(id)
  }

  sessionOf(id: MessageID): SessionID | undefined {
    for (const layer of this.#layers) {
      const found = layer.sessionOf(id)
      if (found !== undefined) return found
    }
    return undefined
  }

  problems(): readonly Problem[] {
    return this.#layers.flatMap((layer) => layer.problems())
  }

  close(): void {
    for (const layer of this.#layers) layer.close()
  }
}
