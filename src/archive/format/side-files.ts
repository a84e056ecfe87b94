import { createHash } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { reasonOf } from '../../base/errors.ts'
import { type JsonObject, numberOf, objectOf, textOf } from '../../base/json.ts'
import { blocksOfFile } from '../../base/regular.ts'
import { isPathSafe, type SessionID } from '../../opencode/ids.ts'
import type { Store } from '../../stores/store.ts'

/** A file below the data directory, as a document names it. */
export interface SideFileName {
  /** Below the data directory, with `/`. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** What goes into a blob. */
export interface BlobSource {
  /** Where it is. */
  readonly from: string
  readonly bytes: number
  readonly sha256: string
  /** Each is gone when the next is asked for. */
  blocks(): Iterable<Uint8Array>
}

/** A file beside a store that belongs to a session. */
export interface SideFile extends SideFileName, BlobSource {}

const sideFile =
  /^(?:tool-output\/tool_[0-9A-Za-z_-]{1,200}|storage\/session_diff\/[^/\\:\0-\x1f]{1,200}\.json|plans\/[^/\\:\0-\x1f]{1,200}\.md)$/

/** Whether a path below the data directory is one that a session's files have; no other is read, and none restored. */
export const isSideFile = (path: string): boolean => sideFile.test(path)

/** What 1.1 and later call the file with the whole output of a tool, in `tool-output/`, where a part names it. */
const toolOutput = /tool-output(?:\/|\\{1,4})(tool_[0-9A-Za-z_-]{1,200})/g

/**
 * The files of a session that stand beside a store: tool outputs that were too long for a part (1.1 and later), the diffs that
 * 1.2 to 1.18 still write as a file, and the plan of plan mode outside of git (1.1 and later).
 */
export class SideFiles {
  readonly all: SideFile[] = []
  readonly #folder: string | undefined
  readonly #seen = new Set<string>()
  readonly #onProblem: (reason: string) => void
  readonly #beside: readonly string[]

  constructor(store: Store, id: SessionID, info: JsonObject, onProblem: (reason: string) => void) {
    const isSqlite = store.kind === 'sqlite-v1' || store.kind === 'sqlite-v2'
    this.#folder = isSqlite || store.kind === 'json-tree' ? dirname(store.path) : undefined
    this.#onProblem = onProblem
    const [created, slug] = [numberOf(objectOf(info.time).created), textOf(info.slug)]
    const plan = slug !== null && slug !== '' && isPathSafe(slug) ? [`plans/${created}-${slug}.md`] : []
    this.#beside = [...(isSqlite && isPathSafe(id) ? [`storage/session_diff/${id}.json`] : []), ...plan]
  }

  /** Adds the tool outputs that a message or part names. */
  lookIn(text: string): void {
    if (this.#folder === undefined || !text.includes('tool-output')) return
    for (const [, name] of text.matchAll(toolOutput)) this.#add(`tool-output/${name}`)
  }

  /** Adds the files that go by the session's own name. */
  lookBeside(): void {
    for (const path of this.#beside) this.#add(path)
  }

  #add(path: string): void {
    if (this.#folder === undefined || this.#seen.has(path) || !isSideFile(path)) return
    this.#seen.add(path)
    const from = join(this.#folder, path)
    const hash = createHash('sha256')
    // A link could lead to secrets.
    const blocks = () => blocksOfFile(from, { links: false })
    let bytes = 0
    try {
      // Most sessions have none: an error for each would take longer than many a session does.
      if (!lstatSync(from, { throwIfNoEntry: false })) return
      for (const block of blocks()) {
        hash.update(block)
        bytes += block.length
      }
    } catch (error) {
      // OpenCode deletes tool outputs after seven days.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#onProblem(`${from} cannot be read: ${reasonOf(error)}`)
      return
    }
    this.all.push({ path, bytes, sha256: hash.digest('hex'), from, blocks })
  }
}
