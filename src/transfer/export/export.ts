import { blocksOf, Hashed } from '../../base/blocks.ts'
import { OcvaultError } from '../../base/errors.ts'
import { readConversation } from '../../conversation/conversation.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { sessionJSON } from '../../render/json/session-json.ts'
import type { Page } from '../../render/pages/page.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { tooLongToConvert, wholeRecordOf } from '../../stores/long-record.ts'
import type { StoredSession } from '../../stores/store.ts'
import type { Destination } from './destination.ts'
import { FileNames } from './file-name.ts'

interface PrintOptions {
  /** Is told what could not be written as it is. */
  readonly onProblem: (problem: string) => void
  /** Whether a page holds the sessions of subagents, too. */
  readonly subagents?: boolean
}

type Print = (catalog: Catalog, session: Session, options: PrintOptions) => Iterable<string>

interface FormatWriter {
  readonly extension: string
  /** A page is to be read, by people; it can hold several sessions. */
  readonly isPage: boolean
  /**
   * Code is loaded for the format that is asked for: what pages are made with takes longer to load than many a session to print.
   */
  readonly load: () => Promise<Print>
}

/** Every format of `export`, by the name that `--format` has for it. */
const writers = {
  opencode: {
    extension: 'json',
    isPage: false,
    load: async () => {
      const [{ toV1 }, { printV1 }] = await Promise.all([
        import('../../convert/exported.ts'),
        import('../../render/json/opencode-v1.ts'),
      ])
      return (catalog, session, options) =>
        printV1(toV1(storedIn(catalog, session, 'v1', options)), { onCut: () => cut(session, options) })
    },
  },
  opencode2: {
    extension: 'json',
    isPage: false,
    load: async () => {
      const [{ toV2 }, { printV2 }] = await Promise.all([
        import('../../convert/exported.ts'),
        import('../../render/json/opencode-v2.ts'),
      ])
      return (catalog, session, options) =>
        printV2(toV2(storedIn(catalog, session, 'v2', options)), { onCut: () => cut(session, options) })
    },
  },
  jsonl: {
    extension: 'jsonl',
    isPage: false,
    load: async () => {
      const { printJSONL } = await import('../../render/json/jsonl.ts')
      return (catalog, session, options) =>
        printJSONL(headerJSON(catalog, session), readConversation(catalog, session.id), () => cut(session, options))
    },
  },
  md: {
    extension: 'md',
    isPage: true,
    load: async () => printPage((await import('../../render/pages/markdown/markdown-page.ts')).markdownPage),
  },
  html: {
    extension: 'html',
    isPage: true,
    load: async () => printPage((await import('../../render/pages/html/html-page.ts')).htmlPage),
  },
  txt: {
    extension: 'txt',
    isPage: true,
    load: async () => printPage((await import('../../render/pages/text/text-page.ts')).textPage),
  },
} as const satisfies Record<string, FormatWriter>

export type ExportFormat = keyof typeof writers

export const extensionOf = (format: ExportFormat): string => writers[format].extension
export const isPage = (format: ExportFormat): boolean => writers[format].isPage

/** A session that is to be in a shape: what is not in that, and too long to be converted, is told of. */
function storedIn(catalog: Catalog, { id }: Session, shape: 'v1' | 'v2', { onProblem }: PrintOptions): StoredSession {
  const stored = catalog.stored(id)
  if (!stored) throw new OcvaultError('failed', `session ${id} is there, but cannot be read`)
  const told = function* () {
    for (const message of stored.messages) {
      const isLong = [message.info, ...message.parts.map(({ data }) => data)].some(wholeRecordOf)
      if (isLong && message.shape !== shape) onProblem(`session ${id}: message ${message.id} ${tooLongToConvert}`)
      yield message
    }
  }
  return { ...stored, messages: { [Symbol.iterator]: told } }
}

function cut({ id }: Session, { onProblem }: PrintOptions): void {
  onProblem(`session ${id}: what is nested too deep is cut off in the export`)
}

/** A document says what its session used, whichever release wrote it. */
const headerJSON = (catalog: Catalog, session: Session) => sessionJSON(catalog.withUsage([session])[0]!)

function printPage(print: (page: Page) => Iterable<string>): Print {
  return (catalog, session, { subagents = false }) => print(pageOf(catalog, session, subagents))
}

/** @param above the sessions that this one is a subagent of: parents may go round in a circle */
function pageOf(catalog: Catalog, session: Session, subagents: boolean, above: readonly SessionID[] = []): Page {
  const path = [...above, session.id]
  const children = function* () {
    if (!subagents || session.subagents === 0) return
    for (const child of catalog.children(session.id)) if (!path.includes(child.id)) yield pageOf(catalog, child, true, path)
  }
  return { session: headerJSON(catalog, session), messages: readConversation(catalog, session.id), subagents: children() }
}

/**
 * A session in a format, piece by piece as it is read.
 * @throws OcvaultError `failed` when the session's row is lost, when the first piece is asked for at the latest
 */
export async function printSession(
  catalog: Catalog,
  session: Session,
  { format, ...options }: PrintOptions & { readonly format: ExportFormat },
): Promise<Iterable<string>> {
  const print: Print = await writers[format].load()
  return print(catalog, session, options)
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
      const content = new Hashed(blocksOf(await printSession(catalog, whole, { format, onProblem })))
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
