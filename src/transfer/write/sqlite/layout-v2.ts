import { canonicalJSON } from '../../../base/canonical-json.ts'
import { isObject, type JsonObject, numberOf, objectOf, textOf } from '../../../base/json.ts'
import { omit } from '../../../base/omit.ts'
import type { ExportedV2 } from '../../../convert/exported.ts'
import { column, given, jsonColumn, type Layout, type MessageRows, unknownColumns, type Values } from './layout.ts'

/** What 2.x has columns for and its session object no place: `stores/session-object.ts` puts it under `metadata.ocvault.v1`. */
interface Only1x {
  readonly slug: string | null
  readonly version: string | null
  readonly share: string | null
  readonly summary: JsonObject
  readonly compacting: number | null
}

/**
 * Takes out of `metadata` what goes into columns. Where more of 1.x is kept there, all of it stays too, because a reader takes
 * either what is kept or what the columns say.
 */
function takeOnly1x(metadata: unknown): { readonly columns: Only1x; readonly metadata: unknown } {
  const { ocvault } = objectOf(metadata)
  const { v1 } = objectOf(ocvault)
  const set = objectOf(objectOf(v1).set)
  const time = objectOf(objectOf(objectOf(v1).in).time)
  const columns = {
    slug: textOf(set.slug),
    version: textOf(set.version),
    share: textOf(objectOf(set.share).url),
    summary: objectOf(set.summary),
    compacting: numberOf(objectOf(time.set).compacting),
  }
  const back = {
    ...(columns.slug && { slug: columns.slug }),
    ...(columns.version && { version: columns.version }),
    ...(columns.share && { share: { url: columns.share } }),
    ...(isObject(set.summary) && { summary: set.summary }),
  }
  const only = {
    ...(Object.keys(back).length > 0 && { set: back }),
    ...(columns.compacting !== null && { in: { time: { set: { compacting: columns.compacting } } } }),
  }
  if (!isObject(v1) || canonicalJSON(v1) !== canonicalJSON(only)) return { columns, metadata }
  const kept = omit(objectOf(ocvault), ['v1'])
  const rest = omit(objectOf(metadata), ['ocvault'])
  const whole = Object.keys(kept).length > 0 ? { ...rest, ocvault: kept } : rest
  return { columns, metadata: Object.keys(whole).length > 0 ? whole : undefined }
}

/**
 * The rows of 2.x, as its own importer lays them out: `seq` counts the messages (OPENCODE 2.0,
 * packages/schema/src/session-message.ts).
 */
export const layoutV2: Layout<ExportedV2> = {
  generation: 'v2',
  session: 'session_v2',
  message: 'session_message',
  part: null,
  needs: {
    project: ['id', 'worktree', 'sandboxes', 'time_created', 'time_updated'],
    session_v2: ['id', 'project_id', 'parent_id', 'slug', 'directory', 'title', 'version', 'time_created', 'time_updated'],
    session_message: ['id', 'session_id', 'type', 'seq', 'time_created', 'time_updated', 'data'],
    event_sequence: ['aggregate_id', 'seq'],
  },

  sessionRow(info: JsonObject, columns: ReadonlySet<string>): Values {
    const { tokens, time, location, fork } = info
    const { input, output, reasoning, cache } = objectOf(tokens)
    const { read, write } = objectOf(cache)
    const { created, updated, idle, viewed, archived } = objectOf(time)
    const { columns: only1x, metadata } = takeOnly1x(info.metadata)
    const { additions, deletions, files, diffs } = only1x.summary
    const known = {
      id: textOf(info.id),
      project_id: textOf(info.projectID),
      workspace_id: textOf(objectOf(location).workspaceID),
      parent_id: textOf(info.parentID),
      slug: only1x.slug ?? '',
      directory: textOf(objectOf(location).directory) ?? '',
      fork_session_id: textOf(objectOf(fork).sessionID),
      fork_boundary: jsonColumn(objectOf(fork).boundary),
      path: textOf(info.subpath),
      title: textOf(info.title),
      version: only1x.version ?? '',
      share_url: only1x.share,
      summary_additions: column(additions),
      summary_deletions: column(deletions),
      summary_files: column(files),
      summary_diffs: jsonColumn(diffs),
      metadata: jsonColumn(metadata),
      ...given('cost', info.cost),
      ...given('tokens_input', input),
      ...given('tokens_output', output),
      ...given('tokens_reasoning', reasoning),
      ...given('tokens_cache_read', read),
      ...given('tokens_cache_write', write),
      revert: jsonColumn(info.revert),
      permission: jsonColumn(info.permissions),
      agent: textOf(info.agent),
      model: jsonColumn(info.model),
      idle_outcome: textOf(info.outcome),
      time_created: numberOf(created) ?? 0,
      time_updated: numberOf(updated) ?? 0,
      time_idle: numberOf(idle),
      time_viewed: numberOf(viewed),
      time_compacting: only1x.compacting,
      time_archived: numberOf(archived),
    }
    return { ...known, ...unknownColumns(info, known, columns) }
  },

  *messages({ info, messages }: ExportedV2): Iterable<MessageRows> {
    const session_id = textOf(info.id)
    let seq = 0
    for (const message of messages) {
      const { id, type, ...data } = message
      const { created, completed } = objectOf(message.time)
      const time_created = numberOf(created) ?? 0
      const time = { time_created, time_updated: numberOf(completed) ?? time_created }
      const row = { id: column(id), session_id, type: column(type), seq: ++seq, ...time, data: JSON.stringify(data) }
      yield { message: row, parts: [] }
    }
  },
}
