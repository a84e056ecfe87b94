import type { SessionID } from '../../opencode/ids.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import type { Project } from '../../transfer/write/writer.ts'

/** Where a session is, as its record says. */
export interface SessionPlace {
  readonly id: SessionID
  /** Of the tables that it stands in. */
  readonly generation: Generation
  readonly projectID: string
  readonly directory: string
  /** From the work tree to the directory; null where the record has none. */
  readonly path: string | null
}

/** Where it goes. */
export interface NewPlace {
  readonly project: Project
  readonly directory: string
  readonly path: string | null
}

/** A project as its record says. */
export interface ProjectPlace {
  readonly id: string
  readonly worktree: string
}

/** What moves, and where to: the one thing that relink and move differ in. */
export interface Relocation {
  /**
   * Where a session goes; undefined leaves it.
   * @param project of the session, as it shall be; undefined where no store has it
   */
  session(place: SessionPlace, project: Project | undefined): NewPlace | undefined
  /** Another id or work tree of a project; undefined leaves it. */
  project(place: ProjectPlace): Project | undefined
  /** Directories in the transcripts of sessions that go somewhere, in records of projects, snapshots and state. */
  directory(path: string): string
}
