import { type Declared, type LostTable, tableOf } from './tables.ts'

/**
 * The columns of OpenCode's tables in the order of their releases, for a database whose own schema is gone. `!` must hold
 * something; `+` does, too, but rows older than the column end before it.
 */
const layouts: readonly (readonly [table: string, columns: string])[] = [
  // A database that 1.17.13 or later has made.
  [
    'session',
    `id! project_id! workspace_id parent_id slug! directory! path title! version! share_url summary_additions summary_deletions
     summary_files summary_diffs metadata cost+ tokens_input+ tokens_output+ tokens_reasoning+ tokens_cache_read+
     tokens_cache_write+ revert permission agent model time_created! time_updated! time_compacting time_archived`,
  ],
  // One that 1.2 has made, and every release since has added to.
  [
    'session',
    `id! project_id! parent_id slug! directory! title! version! share_url summary_additions summary_deletions summary_files
     summary_diffs revert permission time_created! time_updated! time_compacting time_archived workspace_id path agent model
     cost+ tokens_input+ tokens_output+ tokens_reasoning+ tokens_cache_read+ tokens_cache_write+ metadata`,
  ],
  [
    'session_v2',
    `id! project_id! workspace_id parent_id fork_session_id fork_boundary slug! directory! path title version! share_url
     summary_additions summary_deletions summary_files summary_diffs metadata cost+ tokens_input+ tokens_output+
     tokens_reasoning+ tokens_cache_read+ tokens_cache_write+ revert permission agent model time_created! time_updated!
     time_compacting time_archived time_suspended resume_attempts+ time_idle time_viewed idle_outcome`,
  ],
  ['message', 'id! session_id! time_created! time_updated! data!'],
  ['part', 'id! message_id! session_id! time_created! time_updated! data!'],
  ['session_message', 'id! session_id! type! seq! time_created! time_updated! data!'],
  ['session_message', 'id! session_id! type! time_created! time_updated! data! seq!'],
  ['session_message', 'id! session_id! type! time_created! time_updated! data!'],
  ['todo', 'session_id! content! status! priority! position! time_created! time_updated!'],
  [
    'project',
    `id! worktree! vcs name icon_url icon_url_override icon_color time_created! time_updated! time_initialized sandboxes!
     commands time_active+`,
  ],
  [
    'project',
    `id! worktree! vcs name icon_url icon_color time_created! time_updated! time_initialized sandboxes! commands
     icon_url_override time_active+`,
  ],
]

const keys: Readonly<Record<string, readonly string[]>> = { todo: ['session_id', 'position'] }

const typeOf = (name: string) =>
  name === 'cost'
    ? 'real'
    : /^(?:time_|tokens_|summary_(?!diffs))|^(?:seq|position|resume_attempts)$/.test(name)
      ? 'integer'
      : 'text'

/** The tables of OpenCode's releases, as far as their rows are known by their shape; one of each layout. */
export function knownTables(): LostTable[] {
  return layouts.flatMap(([table, columns]) => {
    const declared = columns.split(/\s+/).map((word): Declared => {
      const name = word.replace(/[!+]$/, '')
      const key = (keys[table] ?? ['id']).includes(name)
      return { name, type: typeOf(name), required: name !== word, filled: word.endsWith('+'), key }
    })
    return tableOf(table, '', declared) ?? []
  })
}
