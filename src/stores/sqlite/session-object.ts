import { isObject, type JsonObject, objectOf } from '../../base/json.ts'
import type { Row } from '../../sqlite/port.ts'

/** Reads a JSON column; undefined where there is nothing, or nothing that can be read. */
export type ReadJSON = (column: string) => unknown

/** Columns that `opencode export` of 1.18.33 makes its session object of. */
const v1Columns = [
  ...['id', 'project_id', 'workspace_id', 'parent_id', 'slug', 'directory', 'path', 'title', 'version', 'share_url'],
  ...[
    'summary_additions',
    'summary_deletions',
    'summary_files',
    'summary_diffs',
    'metadata',
    'revert',
    'permission',
    'agent',
    'model',
  ],
  ...['cost', 'tokens_input', 'tokens_output', 'tokens_reasoning', 'tokens_cache_read', 'tokens_cache_write'],
  ...['time_created', 'time_updated', 'time_compacting', 'time_archived'],
]
/** Columns of 2.x beside those; the last two are about a turn that is running. */
const v2Columns = [
  ...v1Columns,
  ...['fork_session_id', 'fork_boundary', 'time_idle', 'time_viewed', 'idle_outcome', 'time_suspended', 'resume_attempts'],
]

/** Null and undefined are the same to OpenCode: the key is not there. */
function present(object: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null))
}

/** Columns that no known release has, under their own names. */
function unknownColumns(row: Row, known: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([column, value]) => value !== null && !known.includes(column)))
}

function tokensOf(row: Row): JsonObject {
  const count = (column: string) => row[column] ?? 0
  const cache = { read: count('tokens_cache_read'), write: count('tokens_cache_write') }
  return { input: count('tokens_input'), output: count('tokens_output'), reasoning: count('tokens_reasoning'), cache }
}

function summaryOf(row: Row, json: ReadJSON): JsonObject | undefined {
  const counts = ['summary_additions', 'summary_deletions', 'summary_files'].map((column) => row[column] ?? null)
  if (counts.every((count) => count === null)) return undefined
  const [additions, deletions, files] = counts.map((count) => count ?? 0)
  return present({ additions, deletions, files, diffs: json('summary_diffs') })
}

function modelOf(model: unknown): JsonObject | undefined {
  return isObject(model) ? present({ id: model.id, providerID: model.providerID, variant: model.variant }) : undefined
}

function revertOf(revert: unknown): JsonObject | undefined {
  if (!isObject(revert)) return undefined
  const { messageID, partID, snapshot, diff } = revert
  return present({ messageID, partID: partID || undefined, snapshot, diff })
}

const shareOf = (url: unknown) => (url ? { url } : undefined)

/** A row of `session` as 1.18.33 exports it: the same keys in the same order. */
export function sessionOfV1Row(row: Row, json: ReadJSON): JsonObject {
  return {
    ...present({
      id: row.id,
      slug: row.slug,
      projectID: row.project_id,
      workspaceID: row.workspace_id,
      directory: row.directory,
      path: row.path,
      parentID: row.parent_id,
      title: row.title,
      agent: row.agent,
      model: modelOf(json('model')),
      version: row.version,
      summary: summaryOf(row, json),
      cost: row.cost,
      tokens: row.tokens_input === undefined ? undefined : tokensOf(row),
      share: shareOf(row.share_url),
      metadata: json('metadata'),
      revert: revertOf(json('revert')),
      permission: json('permission') || undefined,
      time: present({
        created: row.time_created ?? row.time_updated,
        updated: row.time_updated ?? row.time_created,
        compacting: row.time_compacting,
        archived: row.time_archived,
      }),
    }),
    ...unknownColumns(row, v1Columns),
  }
}

/**
 * A row of `session_v2` as 2.x exports it. What its export leaves out, and 1.x has, stays under `metadata.ocvault.v1`, where the
 * conversion to 1.x looks for it.
 */
export function sessionOfV2Row(row: Row, json: ReadJSON): JsonObject {
  const metadata = json('metadata')
  const set = present({
    slug: row.slug || undefined,
    version: row.version || undefined,
    share: shareOf(row.share_url),
    summary: summaryOf(row, json),
  })
  const only1x = present({
    set: Object.keys(set).length > 0 ? set : undefined,
    in: row.time_compacting === null ? undefined : { time: { set: { compacting: row.time_compacting } } },
  })
  const ocvault = { v1: only1x, ...objectOf(objectOf(metadata).ocvault) }
  const fork = row.fork_session_id ? { sessionID: row.fork_session_id, boundary: json('fork_boundary') } : undefined
  return {
    ...present({
      id: row.id,
      parentID: row.parent_id,
      fork,
      projectID: row.project_id,
      agent: row.agent,
      model: modelOf(json('model')),
      cost: row.cost,
      tokens: tokensOf(row),
      outcome: row.idle_outcome,
      time: present({
        created: row.time_created ?? row.time_updated,
        updated: row.time_updated ?? row.time_created,
        idle: row.time_idle,
        viewed: row.time_viewed,
        archived: row.time_archived,
      }),
      title: row.title,
      location: present({ directory: row.directory, workspaceID: row.workspace_id }),
      subpath: row.path,
      metadata: Object.keys(only1x).length > 0 ? { ...objectOf(metadata), ocvault } : metadata,
      permissions: json('permission'),
      revert: json('revert'),
    }),
    ...unknownColumns(row, v2Columns),
  }
}
