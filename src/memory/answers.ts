import type { Recall } from './memory.ts'
import type { Answer, Asked, QuestionName } from './questions.ts'

type Answering = { readonly [Q in QuestionName]: (recall: Recall, asked: Asked<Q>) => Promise<Answer<Q>> }

/** What answers each question, loaded when it is asked for the first time. */
export const answers: Answering = {
  search_sessions: async (recall, asked) => (await import('./search-sessions.ts')).searchSessions(recall, asked),
  read_session: async (recall, asked) => (await import('./read-session.ts')).readSession(recall, asked),
  file_history: async (recall, asked) => (await import('./file-history.ts')).fileHistory(recall, asked),
  error_history: async (recall, asked) => (await import('./errors/error-history.ts')).errorHistory(recall, asked),
  session_stats: async (recall, asked) => (await import('./session-stats.ts')).sessionStats(recall, asked),
}
