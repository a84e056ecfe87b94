import type { ProblemLog } from '../../base/problems.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { ProjectRecord, StoreKind } from '../store.ts'

/** A folder with the parts of a message. */
export interface PartFolder {
  readonly messageID: MessageID
  readonly sessionID: SessionID | null
}

/** Where a tree of JSON files keeps what; everything else about the trees is the same. */
export interface JsonLayout {
  readonly kind: StoreKind
  readonly root: string
  /** Where is named what could not be read, by the layout and by whoever reads it. */
  readonly log: ProblemLog
  /** Every session file. The file's name is the id, as OpenCode's own import takes it. */
  sessionFiles(log: ProblemLog): Iterable<string>
  /** Files of projects, which say what a session file does not. */
  projectRecordFiles(): Iterable<string>
  /** Folders that have a folder for each session, with its messages. */
  transcriptFolders(): string[]
  /** Folders that may hold the messages of a session, one file each. */
  messageFolders(id: SessionID): string[]
  /** The folder that holds the parts of a message. */
  partFolder(id: SessionID, messageID: MessageID): string
  /** Every folder that holds parts, by its message; by its session where the layout has one for that. */
  partFolders(): Iterable<PartFolder>
  /** Further files that belong to a session (todo list, diff). */
  extraFiles(id: SessionID): string[]
  /** Files about where a session is shared, with a secret in them. */
  shareFiles(id: SessionID): string[]
  /** Files about a project. */
  projectFiles(id: string): string[]
  /** Project and directory of a session whose file does not say. */
  location(id: SessionID, file: string): { projectID: string | null; directory: string | null }
  projects(): Iterable<ProjectRecord>
}
