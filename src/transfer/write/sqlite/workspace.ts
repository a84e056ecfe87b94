import { type JsonObject, parseObject, textOf } from '../../../base/json.ts'
import { keep, keptIn, withoutKept } from '../../../convert/kept.ts'
import type { Exported } from '../writer.ts'
import { jsonColumn, type Values } from './layout.ts'
import type { SqliteSchema } from './schema.ts'

/**
 * The row of a session such that its workspace is one of this database: OpenCode 1.18 answers 500 `Workspace not found` for any
 * other, and shows nothing of the session. A workspace that is not here is kept in `metadata`, and comes back where it is.
 */
export function withKnownWorkspace<E extends Exported>(schema: SqliteSchema<E>, row: Values): Values {
  const columns = schema.names(schema.layout.session)
  if (!columns.has('workspace_id') || schema.names('workspace').size === 0) return row
  const isHere = (id: string) => schema.db.get('SELECT 1 FROM main.workspace WHERE id = ?', id) !== undefined
  const workspace = textOf(row.workspace_id ?? null)
  if (workspace !== null && workspace !== '') {
    if (isHere(workspace)) return row
    const kept = keep(metadataIn(row), { workspace })
    return { ...row, workspace_id: null, ...(columns.has('metadata') && { metadata: jsonColumn(kept.metadata) }) }
  }
  const left = textOf(keptIn(metadataIn(row)).workspace)
  if (left === null || !isHere(left)) return row
  return { ...row, workspace_id: left, metadata: withoutWorkspace(textOf(row.metadata ?? null)) }
}

const metadataIn = ({ metadata }: Values): JsonObject => {
  const object = parseObject(textOf(metadata ?? null))
  return object ? { metadata: object } : {}
}

/** What is in a `metadata` column besides a workspace that was kept there. */
export function withoutWorkspace(metadata: string | null): string | null {
  const object = parseObject(metadata)
  if (!object || keptIn({ metadata: object }).workspace === undefined) return metadata
  return jsonColumn(withoutKept({ metadata: object }, 'workspace').metadata)
}
