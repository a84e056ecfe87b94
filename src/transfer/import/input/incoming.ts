import type { Failure } from '../../../base/problems.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import type { ProjectRecord, StoredSession } from '../../../stores/store.ts'
import type { Raw, Todo } from '../../write/writer.ts'

/** A session that could be imported, and where it was found. Its transcript is read when it is asked for. */
export interface Incoming {
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  /** ms since the epoch */
  readonly updated: number
  /** The file, entry or store that it is in, for a person. */
  readonly from: string
  /** The project that it comes from, where the source knows it. */
  readonly project: ProjectRecord | undefined
  /** @throws OcvaultError when it cannot be read any more */
  load(): Promise<LoadedSession>
}

/** A session, and how it was stored where the source knows that. */
export interface LoadedSession extends StoredSession {
  readonly raw?: Raw
  readonly todos?: readonly Todo[]
}

/** Everything that was found, and what could not be read. */
export interface Input {
  readonly sessions: readonly Incoming[]
  /** What could not be read so far. */
  readonly problems: readonly Failure[]
  close(): void
}
