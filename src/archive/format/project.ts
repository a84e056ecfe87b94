import { textOf } from '../../base/json.ts'
import type { ProjectRecord, RawRecord } from '../../stores/store.ts'

/** The work tree of a project, by its row or its file as a document has them. */
export function projectIn(records: Iterable<RawRecord>): ProjectRecord | undefined {
  for (const record of records) {
    if ('table' in record) {
      const { columns, table } = record
      const text = (name: string) => {
        const value = columns.get(name)
        return value instanceof Uint8Array ? Buffer.from(value).toString() : null
      }
      if (table === 'project') return { id: text('id') ?? '', worktree: text('worktree'), directories: [] }
    } else if (record.file.startsWith('project/')) {
      try {
        const { id, worktree } = JSON.parse(Buffer.from(record.bytes).toString())
        return { id: textOf(id) ?? '', worktree: textOf(worktree), directories: [] }
      } catch {
        return undefined
      }
    }
  }
  return undefined
}
