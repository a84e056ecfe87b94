import { isObject, textOf } from '../base/json.ts'

/** What a person may set beside the plugin's name in OpenCode's configuration. */
export interface PluginOptions {
  /** Two lines in the system prompt that tell of the tools; default true. */
  readonly nudge: boolean
  /** What a summary would forget is handed to it; default false. */
  readonly compaction: boolean
  /** A folder that a backup of all sessions is kept in, brought up to date when a session is idle; default none. */
  readonly backup: string | null
}

/** Whatever stands there: what is no such option is passed by, because a plugin must not keep OpenCode from starting. */
export function optionsOf(given: unknown): PluginOptions {
  const { nudge, compaction, backup } = isObject(given) ? given : {}
  return {
    nudge: nudge !== false,
    compaction: compaction === true,
    backup: textOf(backup) || null,
  }
}
