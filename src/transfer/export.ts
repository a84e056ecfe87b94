import { readConversation } from '../conversation/conversation.ts'
import { toV1, toV2 } from '../convert/exported.ts'
import type { SessionID } from '../opencode/ids.ts'
import { printJSONL } from '../render/jsonl.ts'
import { printV1 } from '../render/opencode-v1.ts'
import { printV2 } from '../render/opencode-v2.ts'
import { sessionJSON } from '../render/session-json.ts'
import type { Catalog, Session } from '../stores/catalog.ts'
import { OcvaultError } from '../stores/errors.ts'
import type { StoredSession } from '../stores/store.ts'
import { blocksOf, Hashed } from './blocks.ts'
import type { Destination } from './destination.ts'
import { FileNames } from './file-name.ts'

interface FormatWriter {
  readonly extension: string
  /** @param onCut is told of each value that is nested too deep to be printed whole */
  readonly print: (catalog: Catalog, session: Session, onCut: () => void) => Iterable<string>
}

/** Every format of `export`, by the name that `--format` has for it. */
const writers = {
  opencode: { extension: 'json', print: (catalog, { id }, onCut) => printV1(toV1(storedIn(catalog, id)), onCut) },
  opencode2: { extension: 'json', print: (catalog, { id }, onCut) => printV2(toV2(storedIn(catalog, id)), onCut) },
  jsonl: {
    extension: 'jsonl',
    print: (catalog, session, onCut) => printJSONL(sessionJSON(session), readConversation(catalog, session.id), onCut),
  },
} as const satisfies Record<string, FormatWriter>

export type ExportFormat = keyof typeof writers

export const extensionOf = (format: ExportFormat): string => writers[format].extension

function storedIn(catalog: Catalog, id: SessionID): StoredSession {
  const stored = catalog.stored(id)
  if (!stored) throw new OcvaultError('failed', `session ${id} is there, but cannot be read`)
  return stored
}

/**
 * A session in a format, piece by piece as it is read.
 * @param onProblem is told what could not be written as it is
 * @throws OcvaultError `failed` when the session's row is lost
 */
export function printSession(
  catalog: Catalog,
  session: Session,
  format: ExportFormat,
  onProblem: (problem: string) => void,
): Iterable<string> {
  return writers[format].print(catalog, session, () =>
    onProblem(`session ${session.id}: what is nested too deep is cut off in the export`),
  )
}

/** A file of an export of several sessions, as `index.json` lists it. */
export interface IndexEntry {
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  readonly file: string
  /** In hex, of the file's bytes. */
  readonly sha256: string
}

const indexName = 'index.json'

export interface ExportOptions {
  readonly format: ExportFormat
  readonly onProblem: (problem: string) => void
  readonly onProgress?: (done: number, total: number) => void
}

/** Of a session that waits to be exported this much is kept: there may be a hundred thousand. */
type Waiting = Pick<Session, 'id' | 'title' | 'parentID' | 'time'>

/**
 * Writes each session to a file of its own, and `index.json`, which lists parents before their children: the order in which they
 * can be imported. Without any session nothing is written.
 * @throws OcvaultError `refused` when a file is there already
 */
export async function exportSessions(
  catalog: Catalog,
  sessions: Iterable<Session>,
  to: Destination,
  { format, onProblem, onProgress }: ExportOptions,
): Promise<IndexEntry[]> {
  const names = new FileNames(extensionOf(format))
  const files = parentsFirst(sessions).map((session) => ({ session, name: names.nameFor(session) }))
  if (files.length === 0) return []
  to.claim([...files.map(({ name }) => name), indexName])
  try {
    const index: IndexEntry[] = []
    for (const { session, name } of files) {
      onProgress?.(index.length, files.length)
      const { id, title, parentID } = session
      const whole = catalog.session(id)
      if (!whole) throw new OcvaultError('failed', `session ${id} is gone`)
      const content = new Hashed(blocksOf(printSession(catalog, whole, format, onProblem)))
      await to.add(name, content)
      index.push({ id, title, parentID, file: name, sha256: content.sha256() })
    }
    await to.add(indexName, blocksOf([`${JSON.stringify(index, null, 2)}\n`]))
    await to.finish()
    return index
  } catch (error) {
    await to.abandon()
    throw error
  }
}

/** Each session once, and none before its parent; those whose parents go round in a circle as they come. */
function parentsFirst(sessions: Iterable<Session>): Waiting[] {
  const byID = new Map<SessionID, Waiting>()
  for (const { id, title, parentID, time } of sessions) if (!byID.has(id)) byID.set(id, { id, title, parentID, time })
  const placed = new Set<Waiting>()
  for (const session of byID.values()) {
    const above: Waiting[] = []
    for (let at: Waiting | undefined = session; at && !placed.has(at) && !above.includes(at); ) {
      above.push(at)
      at = at.parentID === null ? undefined : byID.get(at.parentID)
    }
    for (const next of above.reverse()) placed.add(next)
  }
  return [...placed]
}
