import { type Problem, ProblemLog } from '../../base/problems.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { Salvaged } from '../lost/salvaged.ts'
import type { MessageQuery, Store, StoredMessage } from '../store.ts'
import { ContainedStore } from './contained-store.ts'

/** What could be dug out of a damaged database; reading a session names what is missing from it, message by message. */
export class SalvagedStore extends ContainedStore {
  readonly salvaged: Salvaged
  readonly #log = new ProblemLog()

  constructor(store: Store, salvaged: Salvaged) {
    super(store)
    this.salvaged = salvaged
  }

  override *messages(id: SessionID, query: MessageQuery = {}): Iterable<StoredMessage> {
    const gone = this.salvaged.evidence(new Set([id]))
    const lost = gone.messages.get(id)?.size ?? 0
    if (lost > 0) this.#log.add(this.path, `session ${id}: ${lost === 1 ? 'a message is' : `${lost} messages are`} lost`)
    for (const message of super.messages(id, query)) {
      this.#nameGaps(message.id, gone.parts.get(message.id)?.size ?? 0)
      yield message
    }
  }

  #nameGaps(id: MessageID, parts: number): void {
    if (parts > 0)
      this.#log.add(
        this.path,
        `message ${id}: ${parts === 1 ? 'a part' : `${parts} parts`} of it ${parts === 1 ? 'is' : 'are'} lost`,
      )
  }

  override *transcripts(
    ids: readonly SessionID[],
    query?: MessageQuery,
  ): Iterable<readonly [SessionID, Iterable<StoredMessage>]> {
    for (const id of ids) yield [id, this.messages(id, query)]
  }

  override problems(): readonly Problem[] {
    return [...super.problems(), ...this.#log.all()]
  }

  override close(): void {
    this.salvaged.close()
  }
}
