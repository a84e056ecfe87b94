import type { ArchiveStore } from '../archive/store/archive-store.ts'
import type { SessionID } from '../opencode/ids.ts'
import { ContainedStore } from '../stores/catalog/contained-store.ts'
import { valueIn } from './records.ts'
import { type SessionKind, StoreLayer } from './store-layer.ts'

/** An archive, with the files that stood beside the stores it was made of. */
export class ArchiveLayer extends StoreLayer {
  readonly #archive: ArchiveStore

  constructor(archive: ArchiveStore) {
    super(new ContainedStore(archive))
    this.#archive = archive
  }

  protected override idsWith(): Iterable<SessionID> {
    return this.sessionIDs()
  }

  protected override ofSession(kind: SessionKind, id: SessionID): unknown {
    const found = this.store.session(id) && valueIn(this.store.records(id), kind)
    if (found !== undefined || kind !== 'session_diff') return found
    const bytes = this.#archive.fileBeside(id, `storage/session_diff/${id}.json`)
    return bytes && JSON.parse(Buffer.from(bytes).toString())
  }
}
