import { basename } from 'node:path'
import { textOf } from '../../base/json.ts'
import { ProblemLog } from '../../base/problems.ts'
import { isPathSafe, type SessionID } from '../../opencode/ids.ts'
import { generationOf, stampOf } from '../generation.ts'
import { headerOfRemains } from '../remains.ts'
import { headerOfInfo } from '../session-info.ts'
import type { MessageQuery, SessionHeader, StoredMessage } from '../store.ts'
import { folderNames, readJsonObject } from './json-files.ts'
import type { JsonLayout } from './json-layout.ts'
import { idOfFile } from './stray-files.ts'

type ReadMessages = (id: SessionID, query: MessageQuery) => Iterable<StoredMessage>

/**
 * A session's file, and the header that it and the layout make; no file where only messages are left, from which it was made up.
 */
export interface JsonEntry {
  readonly file: string | null
  readonly header: SessionHeader
}

/** What was read of a session's file, and its stamp then, if it is known. */
interface ReadFile {
  readonly stamp: string | null
  /** The id that the file gives itself. */
  readonly says: string | null
  /** Without what only the layout knows. */
  readonly header: SessionHeader
}

/**
 * The headers of a tree, from its session files. Read once; a store that takes the place of another reads what has moved since.
 */
export class JsonHeaders {
  readonly #layout: JsonLayout
  readonly #log: ProblemLog
  readonly #messages: ReadMessages
  readonly #before: ReadonlyMap<string, ReadFile> | undefined
  readonly #files = new Map<string, ReadFile>()
  #entries: Map<SessionID, JsonEntry> | undefined

  /**
   * @param messages reads a session's messages, or the last of them
   * @param before of the same tree, read earlier
   */
  constructor(layout: JsonLayout, messages: ReadMessages, before?: JsonHeaders) {
    this.#layout = layout
    this.#log = layout.log
    this.#messages = messages
    this.#before = before ? before.#files : undefined
  }

  /** All of them. A session that stands in two project folders (1.0.162+ moves it) is the one that was updated last. */
  get all(): ReadonlyMap<SessionID, JsonEntry> {
    if (this.#entries) return this.#entries
    // Read whether or not a session needs them: one that is damaged is named.
    Array.from(this.#layout.projects())
    const entries = new Map<SessionID, JsonEntry>()
    const files = [...this.#layout.sessionFiles(this.#log)]
    const names = new Set(files.map((file) => basename(file, '.json')))
    const damaged: string[] = []
    for (const file of files) {
      const read = this.#read(file)
      const id = read && idOfFile(file, basename(file, '.json'), read.says, (says) => names.has(says), this.#log)
      if (!read) damaged.push(file)
      if (!read || id === undefined) continue
      const header = this.#located({ ...read.header, id }, file)
      const other = entries.get(id)
      if (!other || other.header.time.updated < header.time.updated) entries.set(id, { file, header })
    }
    for (const id of this.#idsOfTranscripts()) if (!entries.has(id)) this.#addRemains(entries, id, damaged)
    this.#entries = entries
    return entries
  }

  /** Sessions that have a folder with messages. */
  #idsOfTranscripts(): string[] {
    return this.#layout
      .transcriptFolders()
      .flatMap((folder) => folderNames(folder, this.#log))
      .filter(isPathSafe)
  }

  /** A session whose file is gone or damaged, if messages of it are left. */
  #addRemains(entries: Map<SessionID, JsonEntry>, id: SessionID, damaged: readonly string[]): void {
    const [any] = this.#messages(id, { last: 1 })
    if (!any) return
    const header = headerOfRemains(id, (last) => this.#messages(id, last === undefined ? {} : { last }))
    const file = damaged.find((path) => basename(path, '.json') === id)
    entries.set(id, { file: null, header: file === undefined ? header : this.#located(header, file) })
  }

  #read(file: string): ReadFile | undefined {
    const before = this.#before?.get(file)
    // Whoever looks once needs no stamps, which cost a call for each of thousands of files.
    const stamp = this.#before ? stampOf(file) : null
    if (before && stamp !== null && before.stamp === stamp) {
      this.#files.set(file, before)
      return before
    }
    const info = readJsonObject(file, this.#log)
    if (!info) return undefined
    const read = { stamp, says: textOf(info.id), header: headerOfInfo(basename(file, '.json'), info) }
    this.#files.set(file, read)
    return read
  }

  /** What the file does not say about project and directory, the layout knows. */
  #located(header: SessionHeader, file: string): SessionHeader {
    if (header.projectID !== null && header.directory !== null) return header
    const place = this.#layout.location(header.id, file)
    return { ...header, projectID: header.projectID ?? place.projectID, directory: header.directory ?? place.directory }
  }

  /** As {@link Store.generation}: of the files that headers are made of. */
  generation(): string {
    const files = [...this.#layout.sessionFiles(new ProblemLog()), ...this.#layout.projectRecordFiles()]
    return generationOf(files.flatMap((file) => [file, stampOf(file)]))
  }
}
