import type { Problem } from '../base/problems.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { StorageKey } from './key.ts'

/** One store under the keys of OpenCode's storage API. Keys were checked. */
export interface Layer {
  /** The tree, the database, the archive or the file. */
  readonly path: string
  /**
   * What stands under a key, in the shape that a JSON tree has it; undefined where this store has nothing there.
   * @throws OcvaultError `failed` where it has something that cannot be read
   */
  read(key: StorageKey): unknown
  /** The keys below a prefix, one by one; what cannot be read is among the problems. */
  keys(prefix: StorageKey): Iterable<StorageKey>
  /** `time.updated` of a session, in ms since the epoch; undefined where it is not here. A look at one session. */
  updated(id: SessionID): number | undefined
  /** The session of a message that is here. */
  sessionOf(id: MessageID): SessionID | undefined
  problems(): readonly Problem[]
  close(): void
}

/** Keys whose second name is a session's; those of parts begin with a message's. */
const bySession: ReadonlySet<string> = new Set(['message', 'todo', 'session_diff', 'session_share', 'share'])

/** The session that a key, or everything below a prefix, is about; undefined where that cannot be told of it. */
export function sessionIn([kind = '', first, second]: StorageKey, sessionOf: Layer['sessionOf']): SessionID | undefined {
  if (kind === 'session') return second
  if (first === undefined) return undefined
  if (kind === 'part') return sessionOf(first)
  return bySession.has(kind) ? first : undefined
}
