import { type JsonObject, listOf, objectOf, textOf } from '../../../base/json.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import type { RawRecord } from '../../../stores/store.ts'
import type { Todo } from '../../write/writer.ts'

/** A thing to do, and its place in the list. */
export type Numbered = readonly [position: number, todo: Todo]

/** What there is to do in a session: rows of 1.2 and later, or the file of a tree. What is not understood, is not converted. */
export function todosIn(record: RawRecord, id: SessionID): Numbered[] {
  if ('file' in record) {
    if (record.file !== `todo/${id}.json`) return []
    return listIn(record.bytes).flatMap((todo, index) => todoOf(index, objectOf(todo)))
  }
  if (record.table !== 'todo') return []
  const texts = [...record.columns].map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString() : null,
  ])
  return todoOf(Number(record.columns.get('position')), Object.fromEntries(texts))
}

function todoOf(position: number, { content, status, priority }: JsonObject): Numbered[] {
  if (typeof content !== 'string' || typeof status !== 'string') return []
  return [[position, { content, status, priority: textOf(priority) ?? 'medium' }]]
}

function listIn(bytes: Uint8Array): readonly unknown[] {
  try {
    return listOf(JSON.parse(Buffer.from(bytes).toString()))
  } catch {
    return []
  }
}
