import type { SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { infoOfRemains } from '../remains.ts'
import type { MessageQuery, StoredInfo, StoredMessage } from '../store.ts'
import { sessionOfV2Row } from './session-object.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { SessionRows } from './table-records.ts'
import { type MessageTable, messageTable } from './transcript-tables.ts'
import { v2Messages } from './v2-messages.ts'

/** `session_v2` and `session_message` of 2.x. The 2.0 betas' own `opencode-next.db` calls the first one `session`. */
export class SqliteV2Store extends SqliteStore {
  readonly kind = 'sqlite-v2'
  protected readonly recordTables: readonly SessionRows[]
  protected readonly transcriptTables: readonly string[]
  #messages: MessageTable | undefined

  constructor(db: Database, tables: ReadonlySet<string>) {
    const table = tables.has('session_v2') ? 'session_v2' : 'session'
    super(db, table)
    this.transcriptTables = ['session_message'].filter((name) => tables.has(name))
    const others = ['session_message', 'session_inbox', 'session_pending', 'instruction_entry', 'instruction_state']
    this.recordTables = [{ table, key: 'id' }, ...others.map((name) => ({ table: name, key: 'session_id' }))]
  }

  info(id: SessionID): StoredInfo | undefined {
    const row = this.table.row(id)
    if (row) return { shape: 'v2', info: sessionOfV2Row(...row) }
    const lost = this.lost.headers.get(id)
    return lost && { shape: 'v1', info: infoOfRemains(lost) }
  }

  messages(id: SessionID, query: MessageQuery = {}): Iterable<StoredMessage> {
    if (this.transcriptTables.length === 0) return []
    this.#messages ??= messageTable(this.db, this.log, 'session_message', ['type'], 'seq')
    return v2Messages(this.#messages, id, query)
  }
}
