import { basename } from 'node:path'
import { textOf } from '../../base/json.ts'
import { ProblemLog } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { generationOf, stampOf } from '../generation.ts'
import { headerOfInfo } from '../session-info.ts'
import type { SessionHeader } from '../store.ts'
import { readJsonObject } from './json-files.ts'
import type { JsonLayout } from './json-layout.ts'

/** A session's file, and the header that it and the layout make. */
export interface JsonEntry {
  readonly file: string
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
  readonly #before: ReadonlyMap<string, ReadFile> | undefined
  readonly #files = new Map<string, ReadFile>()
  #entries: Map<SessionID, JsonEntry> | undefined

  /** @param before of the same tree, read earlier */
  constructor(layout: JsonLayout, log: ProblemLog, before?: JsonHeaders) {
    this.#layout = layout
    this.#log = log
    this.#before = before ? before.#files : undefined
  }

  /** All of them. A session that stands in two project folders (1.0.162+ moves it) is the one that was updated last. */
  get all(): ReadonlyMap<SessionID, JsonEntry> {
    if (this.#entries) return this.#entries
    const entries = new Map<SessionID, JsonEntry>()
    for (const file of this.#layout.sessionFiles(this.#log)) {
      const read = this.#read(file)
      if (!read) continue
      const id = read.header.id
      if (read.says !== null && read.says !== id) {
        this.#log.add(file, `says it is session ${JSON.stringify(read.says)}; the file's name counts`)
      }
      const header = this.#located(read.header, file)
      const other = entries.get(id)
      if (!other || other.header.time.updated < header.time.updated) entries.set(id, { file, header })
    }
    this.#entries = entries
    return entries
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
