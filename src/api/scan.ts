import { statSync } from 'node:fs'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { type Bytes, FileBytes, wholeOf } from '../base/file-bytes.ts'
import { JsonBytes, LazyList, type Span } from '../base/json-bytes.ts'
import type { Failure } from '../base/problems.ts'
import { toV1, toV2 } from '../convert/exported.ts'
import { type Finding, findSecretsIn, type RedactOptions } from '../redact/redact.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import type { StoredSession } from '../stores/store.ts'
import { openInput } from '../transfer/import/input/input.ts'
import type { Choice } from './requests.ts'
import { chosenSessions } from './sessions.ts'
import { steadily } from './steadily.ts'

/** What was found in a file, or in a session with its subagents. */
export interface Scanned {
  readonly session: { readonly id: string; readonly title: string | null } | null
  readonly file: string | null
  /** The session of each document that places count from; null in a file that has no sessions. */
  readonly ids: readonly (string | null)[]
  readonly findings: readonly Finding[]
}

/** What is looked for, and what of it may stay. */
export type ScanOptions = Omit<RedactOptions, 'decide'>

/** What is scanned together. */
interface Target extends Omit<Scanned, 'findings'> {
  readonly documents: readonly unknown[]
}

const scanned = async ({ documents, ...target }: Target, options: ScanOptions): Promise<Scanned> => ({
  ...target,
  findings: await findSecretsIn(documents, options),
})

/** Secrets in sessions, one session with its subagents after the other. */
export async function* scanSessions(catalog: Catalog, choice: Choice, options: ScanOptions): AsyncIterable<Scanned> {
  for (const session of await chosenSessions(catalog, choice)) {
    yield await steadily(catalog, () => scanned(targetOf(catalog, session), options))
  }
}

/**
 * Secrets in a file: in all of a JSON document, in each session of a store, folder or zip, in any other text as it is.
 * @param onProblem is told what could not be read
 * @throws OcvaultError `not-found` when there is no such file, `failed` when it cannot be read
 */
export async function* scanFile(
  path: string,
  options: ScanOptions,
  onProblem: (problem: Failure) => void,
): AsyncIterable<Scanned> {
  for await (const target of targetsIn(path, onProblem)) yield await scanned(target, options)
}

function targetOf(catalog: Catalog, session: Session): Target {
  const tree = [...catalog.tree(session)].map(([{ id }]) => ({ id, stored: catalog.stored(id) }))
  const readable = tree.flatMap(({ id, stored }) => (stored ? [{ id, document: documentOf(stored) }] : []))
  return {
    session,
    file: null,
    ids: readable.map(({ id }) => id),
    documents: readable.map(({ document }) => document),
  }
}

/** In the shape that it would be exported in; its messages are read when they are looked at. */
const documentOf = (stored: StoredSession): unknown => (stored.shape === 'v2' ? toV2(stored) : toV1(stored))

async function* targetsIn(path: string, onProblem: (problem: Failure) => void): AsyncGenerator<Target> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new OcvaultError('not-found', `no such file, and no session has this name: ${path}`)
  const documents = stat.isFile() ? plainDocuments(path) : undefined
  if (documents) {
    yield { session: null, file: path, ids: documents.map(() => null), documents }
    return
  }
  const input = await openInput([path])
  try {
    for (const { id, title, from, load } of input.sessions) {
      yield { session: { id, title }, file: from, ids: [id], documents: [documentOf(await load())] }
    }
    for (const problem of input.problems) onProblem(problem)
  } finally {
    input.close()
  }
}

/** What a file says that is no store and no archive. */
function plainDocuments(path: string): unknown[] | undefined {
  try {
    const bytes = new FileBytes(path)
    return isContainer(bytes) ? undefined : (objectIn(bytes) ?? documentsIn(wholeOf(bytes).toString('utf8')))
  } catch (error) {
    throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

function isContainer(bytes: Bytes): boolean {
  const head = Buffer.alloc(16)
  return /^(?:SQLite format 3\0|PK\x03\x04|PK\x05\x06)/.test(head.toString('latin1', 0, bytes.into(head, 0)))
}

/** Lists of more bytes are read item by item. */
const longListBytes = 2 ** 20

/**
 * The JSON object that bytes are, without holding its long lists: as one text a session of 200 MB is there three times at once.
 * @returns undefined for anything else
 */
function objectIn(bytes: Bytes): [object] | undefined {
  const json = new JsonBytes(bytes)
  const parsed = (place: Span) => {
    if (!json.isList(place) || place.to - place.from < longListBytes) return json.parse(place)
    const list = new LazyList(json.items(place), (item) => json.parse(item))
    // What is no JSON is a text, and that must be known before anything is looked for.
    for (const _ of list);
    return list
  }
  try {
    if (!json.isObject(json.whole) || !json.isOne) return undefined
    return [Object.fromEntries(Array.from(json.members(json.whole), ([key, place]) => [key, parsed(place)]))]
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** A JSON document, one a line, or a text. */
function documentsIn(text: string): unknown[] {
  for (const pieces of [[text], text.split('\n').filter((line) => line.trim() !== '')]) {
    try {
      return pieces.map((piece) => JSON.parse(piece) as unknown)
    } catch {
      // Not this, then.
    }
  }
  return [text]
}
