import type { ArchiveStore } from '../archive/store/archive-store.ts'
import type { SessionID } from '../opencode/ids.ts'
import { ContainedStore } from '../stores/catalog/contained-store.ts'
import { StoreLayer } from './store-layer.ts'

/** An archive, with the files that stood beside the stores it was made of. */
export class ArchiveLayer extends StoreLayer {
  readonly #archive: ArchiveStore

  constructor(archive: ArchiveStore) {
    super(new ContainedStore(archive))
    this.#archive = archive
  }

  protected override ofSession(kind: 'todo' | 'session_diff' | 'session_share', id: SessionID): unknown {
    const found = super.ofSession(kind, id)
    if (found !== undefined || kind !== 'session_diff') return found
    const bytes = this.#archive.fileBeside(id, `storage/session_diff/${id}.json`)
    return bytes && JSON.parse(Buffer.from(bytes).toString())
  }
}
