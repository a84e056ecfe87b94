import type { JsonObject } from '../base/json.ts'
import type { Problem } from '../base/problems.ts'
import type { MessageID, PartID, SessionID } from '../opencode/ids.ts'
import type { LongBytes } from './long-record.ts'
import type { Evidence } from './lost/evidence.ts'

/** The layouts that OpenCode's releases have used, and what sessions travel in and are kept in. */
export type StoreKind = 'sqlite-v2' | 'sqlite-v1' | 'json-tree' | 'json-slug' | 'home-folder' | 'export-file' | 'archive'

/** A model as messages name it. */
export interface ModelRef {
  readonly providerID: string
  readonly modelID: string
}

/** Token counts as OpenCode adds them up. */
export interface Tokens {
  readonly input: number
  readonly output: number
  readonly reasoning: number
  readonly cache: { readonly read: number; readonly write: number }
}

/** A session without its transcript. Absent values are null; times are ms since the epoch. */
export interface SessionHeader {
  readonly id: SessionID
  readonly title: string | null
  readonly slug: string | null
  readonly parentID: SessionID | null
  readonly projectID: string | null
  readonly directory: string | null
  readonly agent: string | null
  readonly model: ModelRef | null
  readonly version: string | null
  /** The URL under which the session is shared. */
  readonly share: string | null
  readonly time: { readonly created: number; readonly updated: number; readonly archived: number | null }
  readonly cost: number | null
  readonly tokens: Tokens | null
  /** Set while the session is rolled back: messages from this one on are hidden in OpenCode, but still stored. */
  readonly revert: { readonly messageID: MessageID; readonly partID: PartID | null } | null
}

/** A project as a store knows it: every directory that it has been opened in. */
export interface ProjectRecord {
  readonly id: string
  readonly worktree: string | null
  /** Further work trees of the same project. */
  readonly directories: readonly string[]
}

/**
 * Which directory's sessions are wanted: those with one of these project ids, and those started in or below these directories.
 */
export interface ProjectScope {
  readonly ids: ReadonlySet<string>
  readonly directories: readonly string[]
  /** The real path of a session's directory, by which it is looked at where its name lies in none of them. */
  readonly realDirectory?: (directory: string) => string
  /** Projects whose own work tree lies below one of the directories: their sessions are not meant. */
  readonly except: ReadonlySet<string>
}

export type SessionSort = 'updated' | 'created' | 'title' | 'cost'

/** Which sessions, in which order. Every condition must hold; absent ones are not asked. Times are ms since the epoch. */
export interface SessionFilter {
  /** Only sessions without `parentID`. */
  readonly roots?: boolean
  /** Only sessions without `parentID` whose title says that a subagent wrote them: `… (@agent subagent)`. */
  readonly unlinked?: boolean
  readonly parentIDs?: readonly SessionID[]
  readonly project?: ProjectScope
  /** `time.updated` is at or after this. */
  readonly since?: number
  /** `time.updated` is before this. */
  readonly until?: number
  readonly archived?: 'only' | 'no'
  /** Part of the title, in any case. */
  readonly title?: string
  /** Words that must each be part of title, id, slug or directory, in any case. */
  readonly text?: readonly string[]
  /** Default `updated`. Newest first; titles from A to Z. What sessions cost, the catalog puts in order. */
  readonly sort?: Exclude<SessionSort, 'cost'>
}

/**
 * A message as its generation stored it: `v1` has the message object in `info` and its parts beside it (0.3 and later),
 * `legacy` has everything in `info` (0.1.x), `v2` has the row's data in `info` and its `type` beside it.
 */
export interface StoredMessage {
  readonly shape: 'v1' | 'v2' | 'legacy'
  readonly id: MessageID
  readonly sessionID: SessionID
  /** Of v2 messages: `user`, `assistant`, `compaction`, … */
  readonly type: string | null
  readonly created: number | null
  /**
   * Of a record that is too long to be read whole its beginning, from which `wholeRecordOf` leads to the rest; so with
   * {@link StoredPart.data}.
   */
  readonly info: JsonObject
  readonly parts: readonly StoredPart[]
  /** The text that `info` was parsed from, if it was asked for and the store has one. */
  readonly json?: string
}

export interface StoredPart {
  readonly id: PartID
  readonly data: JsonObject
  /** As {@link StoredMessage.json}. */
  readonly json?: string
}

/**
 * The session object in the shape that OpenCode exports, with everything that is stored: `v1` (1.x, and the JSON trees before) or
 * `v2`.
 */
export interface StoredInfo {
  readonly shape: 'v1' | 'v2'
  readonly info: JsonObject
}

/** A whole session. Messages tell their own shape: the 2.0 preview puts v2 messages under a v1 session. */
export interface StoredSession extends StoredInfo {
  readonly messages: Iterable<StoredMessage>
}

export interface MessageQuery {
  /** Only the last so many messages. */
  readonly last?: number
  /** False leaves `parts` empty, and part files and rows untouched. */
  readonly parts?: boolean
  /** Only these messages, in their order; ids that are not there are passed by. */
  readonly ids?: readonly MessageID[]
  /**
   * Looks at the JSON of messages and parts before it is parsed: where it is false for all of a message's, a store may leave
   * its parts out. To look for a word in gigabytes, for which parsing everything takes too long.
   */
  readonly wanted?: (json: string) => boolean
  /** Keeps the texts that messages and parts were parsed from. */
  readonly json?: boolean
}

/** One stored row or file, byte for byte. */
export type RawRecord<Known = never> =
  | { readonly table: string; readonly columns: ReadonlyMap<string, Uint8Array | number | bigint | null | Known> }
  | { readonly file: string; readonly bytes: Uint8Array | Known }

/**
 * Whether the content of a record, of so many bytes, is known: the text in the column `data` of a row, or that of a file.
 * @param record a row without that column, or the name of a file
 */
export type IsKnown = (
  record:
    | { readonly table: string; readonly columns: ReadonlyMap<string, Uint8Array | number | bigint | null> }
    | { readonly file: string },
  bytes: number,
) => boolean

/** What a session whose own record is gone is read from: its messages and parts, or OpenCode's log of events. */
export type Remains = 'messages' | 'events'

/** How large a store is. `newest` is the greatest `time.updated`, or null without sessions. */
export interface StoreSize {
  readonly sessions: number
  readonly bytes: number
  readonly newest: number | null
  /** Of an archive: other copies of its sessions that it keeps beside those that it shows. */
  readonly copies?: number
}

/** One place that holds sessions, in one layout. Metadata is cheap, transcripts stream, nothing is ever written. */
export interface Store {
  readonly kind: StoreKind
  /** The database file, the tree's root, the exported file, or the archive. */
  readonly path: string
  /** Set where what it holds is encrypted: nothing of it may be kept in the clear elsewhere, as in an index. */
  readonly isPrivate?: boolean
  /** Set where a database is damaged, and read is what its pages still hold: tells what is known to be gone. */
  readonly salvaged?: { evidence(sessions: ReadonlySet<SessionID>): Evidence }
  /** No transcript is touched; filter and order run where the data is. */
  sessions(filter?: SessionFilter): Iterable<SessionHeader>
  session(id: SessionID): SessionHeader | undefined
  /** Those of these sessions that are here, in their order. */
  headers(ids: readonly SessionID[]): SessionHeader[]
  /** `time.updated` of those of these sessions that are here: how copies are told apart without reading them. */
  updated(ids: readonly SessionID[]): ReadonlyMap<SessionID, number>
  /** Ids that begin with this text; at most `limit`. */
  idsStartingWith(prefix: string, limit: number): SessionID[]
  /** [parent, child] for every child of these sessions. */
  children(parents: readonly SessionID[]): Iterable<readonly [SessionID, SessionID]>
  /** [parent, child] for every child whose parent is here no root: a subagent's subagent, or one whose parent is gone. */
  nested(): Iterable<readonly [SessionID, SessionID]>
  /**
   * Sessions whose own record is gone, and what they are read from. They are given like all others, with a header that was made
   * up.
   */
  remains(): ReadonlyMap<SessionID, Remains>
  /** Everything about a session but its transcript. */
  info(id: SessionID): StoredInfo | undefined
  /** In reading order, each with its parts. */
  messages(id: SessionID, query?: MessageQuery): Iterable<StoredMessage>
  /** The transcripts of many sessions, one after another in their order: faster than one by one where most are short. */
  transcripts(ids: readonly SessionID[], query?: MessageQuery): Iterable<readonly [SessionID, Iterable<StoredMessage>]>
  /** The stored rows or files of a session as they are, for lossless copies. */
  records(id: SessionID): Iterable<RawRecord>
  /** The same without reading what is known: there stands `true`; and with what is too long to be held at once in pieces. */
  recordsBut(isKnown: IsKnown, id: SessionID): Iterable<RawRecord<true | LongBytes>>
  projects(): Iterable<ProjectRecord>
  /** The stored rows or files of a project: what its sessions cannot be without. */
  projectRecords(projectID: string): Iterable<RawRecord>
  /**
   * From now on everything is read as it is now, until the function that is returned is called. A store of files cannot promise
   * that.
   * @throws StoreChanged then, or by any reading before, when it could not be so: what was read since is of no use
   */
  hold(): () => void
  size(): StoreSize
  /**
   * A text that is another one when anything moved that this object keeps in memory, or may have: what was written in the last
   * seconds counts as moving. Costs a look at files, and reads none.
   */
  generation(): string
  /** A text that stays the same as long as nothing in the store changes; null where only `marks` can tell. Costs nothing. */
  stamp(): string | null
  /**
   * A text that stays the same as long as OpenCode changes no session, whatever else it writes; null where only `marks` can tell.
   * Costs a look at small tables, or at the indexes of large ones.
   */
  pulse(): string | null
  /**
   * For each session a text that changes when its header or its transcript does. `quick`: as far as OpenCode's own records tell,
   * for which no table of messages or parts is read; without it also what was changed behind their back.
   * @param ids only of these sessions; default: all
   */
  marks(quick: boolean, ids?: readonly SessionID[]): ReadonlyMap<SessionID, string>
  /**
   * The same for all sessions by the rows that are there, whether an index leads to them or not: where it differs, an index is
   * damaged. Null for a store that has no indexes.
   */
  marksByRows(): ReadonlyMap<SessionID, string> | null
  /**
   * For each message of those of these sessions that have many parts a text that changes when the message or its parts do: so
   * only the end of a long session has to be read again.
   * @param least parts that a session must have; of others nothing is told
   * @param messages only of these
   */
  messageMarks(
    ids: readonly SessionID[],
    least: number,
    messages?: readonly MessageID[],
  ): ReadonlyMap<SessionID, ReadonlyMap<MessageID, string>>
  /**
   * Whether some sessions are all that OpenCode changed between two pulses, as far as their quick marks tell. Absent where there
   * is no pulse.
   * @param marks of each of them, then and now; undefined where it was not there
   */
  explains?(
    before: string,
    after: string,
    marks: readonly (readonly [before: string | undefined, after: string | undefined])[],
  ): boolean
  /**
   * The messages of a session that OpenCode's own records name since a cursor of {@link added}: those that were changed, came or
   * went, and how many events say so. Null, or absent, where only {@link messageMarks} can tell.
   */
  named?(id: SessionID, cursor: string | null): { readonly messages: ReadonlySet<MessageID>; readonly events: number } | null
  /**
   * Sessions that got rows since a cursor, and the cursor for the next time: what quick marks overlook (an import into a session
   * that was there).
   */
  added(cursor: string | null): { readonly sessions: ReadonlySet<SessionID>; readonly cursor: string }
  /**
   * Looks for damage that reading alone does not meet: whether indexes hide rows of sessions and transcripts, which no error
   * tells, and whether every page of the file is sound. What is found is named in `problems`, too. A store of files has nothing
   * to look for.
   */
  check(): readonly Problem[]
  /** What could not be read so far, each named once. */
  problems(): readonly Problem[]
  close(): void
}
