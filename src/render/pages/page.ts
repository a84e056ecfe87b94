import type { Message } from '../../conversation/message.ts'
import type { sessionJSON } from '../json/session-json.ts'

/**
 * What a reading page shows. Everything streams: each iterable is walked once, in order, and only as far as the page has been
 * written. Pages say the same on every machine: times in UTC, no home directory, no time of writing.
 */
export interface Page {
  readonly session: ReturnType<typeof sessionJSON>
  readonly messages: Iterable<Message>
  /** Empty unless asked for. Each follows the transcript of its parent. */
  readonly subagents: Iterable<Page>
}
