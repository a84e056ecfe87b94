import { isObject, type JsonObject, listOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import type { RawRecord } from '../stores/store.ts'

/** A row of a table, text as text. */
export type TextRow = Readonly<Record<string, unknown>>

const textRow = (columns: ReadonlyMap<string, unknown>): TextRow =>
  Object.fromEntries(
    Array.from(columns, ([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value).toString() : plain(value)]),
  )

/** JSON has no integers beyond 2^53. */
const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value)

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

const present = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null))

/** A row of `project` as the file that it was imported from (1.2 to 1.15), with what later releases know more. */
export function projectOf(row: TextRow): JsonObject {
  const icon = present({ url: row.icon_url, override: row.icon_url_override, color: row.icon_color })
  return present({
    id: row.id,
    worktree: row.worktree,
    vcs: row.vcs,
    name: row.name,
    icon: Object.keys(icon).length > 0 ? icon : undefined,
    commands: parsed(row.commands),
    sandboxes: listOf(parsed(row.sandboxes)),
    time: present({ created: row.time_created, updated: row.time_updated, initialized: row.time_initialized }),
  })
}

/** Rows of `todo`, in their order. The id of each is gone: 1.2 and later do not store one. */
export const todoOf = (rows: readonly TextRow[]): JsonObject[] =>
  rows.map(({ content, status, priority }) => ({ content, status, priority }))

/** Where a session is shared; by which secret it can be changed is nobody's business. */
export const shareOf = (share: JsonObject): JsonObject => present({ id: share.id, url: share.url })

/** The rules of a row of `permission` as 1.2 to 1.15 have it; of a later one undefined: it is no list of rules. */
export const permissionOf = (row: TextRow): unknown => parsed(row.data)

/**
 * What stands under a key of a session or project that is no transcript, in its stored rows or files.
 * @param name the first name of the key, which is that of the table or folder
 */
export function valueIn(records: Iterable<RawRecord>, name: string): unknown {
  const rows: TextRow[] = []
  for (const record of records) {
    if ('file' in record) {
      if (!record.file.startsWith(`${name}/`)) continue
      const value = parsed(Buffer.from(record.bytes).toString())
      return name === 'session_share' && isObject(value) ? omit(value, ['secret']) : value
    }
    if (record.table === name) rows.push(textRow(record.columns))
  }
  const [first] = rows
  if (!first) return undefined
  if (name === 'todo') return todoOf(rows.sort((a, b) => Number(a.position) - Number(b.position)))
  if (name === 'project') return projectOf(first)
  if (name === 'session_share') return shareOf(first)
  return name === 'permission' ? permissionOf(first) : undefined
}
