import type { SessionID } from '../../opencode/ids.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import { locationOf, type SessionLocation } from '../../transfer/import/location.ts'
import { type RelocateOptions, type RelocateReport, relocate } from './relocate.ts'
import type { Relocation } from './relocation.ts'

/** What moving has done, or would do. */
export interface MoveReport extends RelocateReport {
  /** The directory whose project they are in now. */
  readonly to: string
}

/**
 * Moves sessions to the project of another directory, where they are, in every store that has them: their own records, and what
 * the log of events repeats of them. Where their answers ran is what happened, and stays.
 * @param sessions with their subagents
 * @throws OcvaultError as {@link relocate} does
 */
export function moveSessions(sessions: ReadonlySet<SessionID>, directory: string, options: RelocateOptions): MoveReport {
  const report = relocate(options, (asksRemote) => relocationInto(sessions, directory, asksRemote))
  return { to: locationOf(directory, 'v1', true).directory, ...report }
}

function relocationInto(sessions: ReadonlySet<SessionID>, directory: string, asksRemote: boolean): Relocation {
  const known = new Map<Generation, SessionLocation>()
  const locate = (generation: Generation) => {
    const location = known.get(generation) ?? locationOf(directory, generation, asksRemote)
    known.set(generation, location)
    return location
  }
  return {
    session: ({ id, generation, path }) => {
      if (!sessions.has(id)) return undefined
      const location = locate(generation)
      return { project: location.project, directory: location.directory, path: path === null ? null : location.path }
    },
    project: () => undefined,
    directory: (path) => path,
  }
}
