import { toV1 } from '../../convert/exported.ts'
import type { RawRecord, Store, StoredSession } from '../../stores/store.ts'
import { layoutV1 } from '../../transfer/write/sqlite/layout-v1.ts'

/**
 * The stored rows of a session of 1.x, and a row for each message that has lost its own: what its parts tell of it. So everything
 * that is there stays as it is, byte for byte.
 */
export function* withMessageRows(store: Store, session: StoredSession): Iterable<RawRecord> {
  const there = new Set<string>()
  for (const record of store.records(String(session.info.id))) {
    if ('table' in record && record.table === 'message') there.add(textIn(record.columns.get('id')))
    yield record
  }
  const exported = toV1(session)
  const lost = { ...exported, messages: Iterator.from(exported.messages).filter(({ info }) => !there.has(String(info.id))) }
  for (const { message } of layoutV1.messages(lost, Date.now())) yield { table: 'message', columns: rawColumns(message) }
}

const textIn = (value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString() : String(value))

const rawColumns = (row: Readonly<Record<string, unknown>>) =>
  new Map(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? Buffer.from(value) : (value as number | null)]),
  )
