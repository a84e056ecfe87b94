import { isObject, type JsonObject, numberOf, objectOf, textOf } from '../../../base/json.ts'
import { omit } from '../../../base/omit.ts'
import type { ExportedV1 } from '../../../convert/exported.ts'
import { column, given, jsonColumn, type Layout, type MessageRows, unknownColumns, type Values } from './layout.ts'

/** The rows that `opencode import` of 1.18.33 writes. */
export const layoutV1: Layout<ExportedV1> = {
  generation: 'v1',
  session: 'session',
  message: 'message',
  part: 'part',
  needs: {
    project: ['id', 'worktree', 'sandboxes', 'time_created', 'time_updated'],
    session: ['id', 'project_id', 'parent_id', 'slug', 'directory', 'title', 'version', 'time_created', 'time_updated'],
    message: ['id', 'session_id', 'time_created', 'time_updated', 'data'],
    part: ['id', 'message_id', 'session_id', 'time_created', 'time_updated', 'data'],
  },

  sessionRow(info: JsonObject, columns: ReadonlySet<string>): Values {
    const { summary, share, tokens, time } = info
    const { additions, deletions, files, diffs } = objectOf(summary)
    const { input, output, reasoning, cache } = objectOf(tokens)
    const { read, write } = objectOf(cache)
    const { created, updated, compacting, archived } = objectOf(time)
    const known = {
      id: textOf(info.id),
      project_id: textOf(info.projectID),
      workspace_id: textOf(info.workspaceID),
      parent_id: textOf(info.parentID),
      slug: textOf(info.slug) ?? '',
      directory: textOf(info.directory) ?? '',
      path: textOf(info.path),
      title: textOf(info.title) ?? '',
      version: textOf(info.version) ?? '',
      share_url: textOf(objectOf(share).url),
      summary_additions: column(additions),
      summary_deletions: column(deletions),
      summary_files: column(files),
      summary_diffs: jsonColumn(diffs),
      metadata: jsonColumn(info.metadata),
      ...given('cost', info.cost),
      ...given('tokens_input', input),
      ...given('tokens_output', output),
      ...given('tokens_reasoning', reasoning),
      ...given('tokens_cache_read', read),
      ...given('tokens_cache_write', write),
      revert: jsonColumn(info.revert),
      permission: jsonColumn(info.permission),
      agent: textOf(info.agent),
      model: jsonColumn(info.model),
      time_created: numberOf(created) ?? 0,
      time_updated: numberOf(updated) ?? 0,
      time_compacting: column(compacting),
      time_archived: column(archived),
    }
    return { ...known, ...unknownColumns(info, known, columns) }
  },

  *messages({ info: session, messages }: ExportedV1, time: number): Iterable<MessageRows> {
    const session_id = textOf(session.id)
    for (const { info, parts } of messages) {
      const data = omit(info, ['id', 'sessionID'])
      const created = numberOf(objectOf(info.time).created) ?? 0
      yield {
        message: { id: column(info.id), session_id, time_created: created, time_updated: time, data: JSON.stringify(data) },
        parts: parts.filter(isObject).map((part) => {
          const content = omit(part, ['id', 'sessionID', 'messageID'])
          const owner = { message_id: column(info.id), session_id }
          return { id: column(part.id), ...owner, time_created: time, time_updated: time, data: JSON.stringify(content) }
        }),
      }
    }
  },
}
