import { textOf } from '../../../base/json.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import type { Exported, Outgoing, Todo } from '../writer.ts'
import type { Values } from './layout.ts'
import type { TableRow } from './rows.ts'
import { stageStored } from './staged-records.ts'
import { type StagedSession, type Staging, sessionIDIn } from './staging.ts'
import { withKnownWorkspace } from './workspace.ts'

/**
 * Puts a session into the temporary tables: its rows as they were stored, where they are of this layout, else what it says.
 * @param nowMs rows say when they were written
 * @throws OcvaultError `failed` for a session that cannot be one
 */
export function stageSession<E extends Exported>(staging: Staging<E>, outgoing: Outgoing<E>, nowMs: number): StagedSession {
  const asIs = stageRows(staging, outgoing, nowMs)
  const staged = { ...asIs, row: withKnownWorkspace(staging.schema, asIs.row) }
  if (asIs.row.workspace_id && !staged.row.workspace_id) staging.withoutWorkspace.add(asIs.id)
  return outgoing.relocate ? { ...staged, relocate: outgoing.relocate } : staged
}

function stageRows<E extends Exported>(staging: Staging<E>, outgoing: Outgoing<E>, nowMs: number): StagedSession {
  const { raw, exported } = outgoing
  if (raw?.kind === `sqlite-${staging.schema.layout.generation}`) {
    const staged = stageStored(staging, outgoing, raw)
    if (staged) return staged
    staging.drop(textOf(exported.info.id) ?? '')
  }
  return stageExported(staging, outgoing, nowMs)
}

function stageExported<E extends Exported>(
  staging: Staging<E>,
  { exported, project, todos = [] }: Outgoing<E>,
  nowMs: number,
): StagedSession {
  const { schema } = staging
  const { layout } = schema
  const there = schema.names(layout.session)
  const values = Object.entries(layout.sessionRow(exported.info, there))
  for (const [name, value] of values) if (!there.has(name) && value !== null && value !== 0) staging.dropped.add(name)
  const row = Object.fromEntries(values.filter(([name]) => there.has(name)))
  const id = sessionIDIn(row)
  let total = 0
  const columns = { message: schema.messageColumns, part: schema.partColumns }
  for (const { message, parts } of layout.messages(exported, nowMs)) {
    total++
    staging.add(columns.message, message, 'message', id)
    for (const part of parts) staging.add(columns.part, part, 'part', id)
  }
  const others = schema.names('todo').size > 0 && layout.generation === 'v1' ? todoRows(id, todos, row) : []
  return { id, row, project, total, columns, others, projectRows: [] }
}

function todoRows(id: SessionID, todos: readonly Todo[], { time_updated }: Values): TableRow[] {
  const time = { time_created: time_updated ?? 0, time_updated: time_updated ?? 0 }
  return todos.map((todo, position) => ({ table: 'todo', values: { session_id: id, ...todo, position, ...time } }))
}
