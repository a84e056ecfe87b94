import type { SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'
import type { NearAsked } from '../close/near-words.ts'
import type { Query } from '../query.ts'
import { nearWordsOf, type ScanPart, type SurveyPart, scanSessions, surveySessions } from './scan-sessions.ts'

/** What sessions are read for: plain data, so that another thread can do it. */
export type Task =
  | { readonly type: 'answers'; readonly query: Query }
  | { readonly type: 'survey'; readonly query: Query }
  | { readonly type: 'near'; readonly asked: NearAsked }

export type TaskAnswer =
  | { readonly type: 'part'; readonly part: ScanPart }
  | { readonly type: 'survey'; readonly part: SurveyPart }
  | { readonly type: 'near'; readonly words: readonly string[] }

/**
 * Reads sessions for a task, some at a time.
 * @throws OcvaultError `usage` when a regular expression takes too long
 */
export function* perform(store: Store, task: Task, ids: readonly SessionID[]): Iterable<TaskAnswer> {
  if (task.type === 'answers') for (const part of scanSessions(store, task.query, ids)) yield { type: 'part', part }
  else if (task.type === 'survey') for (const part of surveySessions(store, task.query, ids)) yield { type: 'survey', part }
  else for (const words of nearWordsOf(store, task.asked, ids)) yield { type: 'near', words }
}
