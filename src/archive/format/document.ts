import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { isObject, type JsonObject, listOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { RawRecord, StoreKind } from '../../stores/store.ts'
import { parsed, sliced } from './document-pieces.ts'
import { isBlobHash } from './names.ts'
import { type BlobContent, parseRecords } from './records.ts'
import { isSideFile, type SideFileName } from './side-files.ts'

/** The version of the `ocvault` key of a session's document. */
export const documentVersion = 1

/** A session's document. `info` and `messages` are an export of 1.x or 2.x, as `storedDocument` takes it. */
export interface SessionDocument {
  readonly info: JsonObject
  /** Of a large document each is parsed when it is taken, and each time anew. */
  readonly messages: Iterable<unknown>
  /** The id as stored. */
  readonly id: SessionID
  readonly kind: StoreKind
  readonly shape: 'v1' | 'v2'
  /** As `printRecords` prints them. */
  readonly records: Iterable<unknown>
  readonly project: Iterable<unknown>
  /** Files below the data directory, with their content in `blobs/<sha256>`. */
  readonly files: readonly SideFileName[]
  /** Content of its records that is too long to stand in it. */
  readonly blobs: readonly { readonly bytes: number; readonly sha256: string }[]
  /** Gives the session, and its messages and parts, by the keys of `messageObjects`. */
  readonly objects: () => (key: string) => JsonObject | undefined
}

const kinds: readonly StoreKind[] = ['sqlite-v2', 'sqlite-v1', 'json-tree', 'json-slug', 'home-folder', 'export-file']

/** From this size on a document is parsed piece by piece: as a whole it would take several times as much memory. */
const largeBytes = 2 * 2 ** 20

/**
 * Reads a session's entry.
 * @param name of the entry, for errors
 * @param whole the size up to which it is parsed at once, in bytes
 * @throws OcvaultError `failed` when it is no document of an archive; of a large one pieces that are damaged are found when they
 *   are taken
 */
export function parseEntry(name: string, bytes: Uint8Array, whole = largeBytes): SessionDocument {
  const damaged = (reason: string, cause?: unknown) => new OcvaultError('failed', `${name} is damaged: ${reason}`, { cause })
  const readable = <T>(read: () => T): T => {
    try {
      return read()
    } catch (error) {
      throw error instanceof OcvaultError ? error : damaged(reasonOf(error), error)
    }
  }
  const { info, messages, ocvault, objects } = readable(() => (bytes.length > whole ? sliced : parsed)(bytes, readable))
  if (!isObject(info) || !messages) throw damaged('it holds no exported session')
  if (!ocvault) throw damaged('its key "ocvault" is missing')
  const { version, id, kind, shape, files, blobs } = ocvault
  if (typeof version === 'number' && version > documentVersion) throw damaged('a newer ocvault wrote it')
  const known = kinds.find((each) => each === kind)
  if (typeof id !== 'string' || !known || !(shape === 'v1' || shape === 'v2') || !ocvault.records)
    throw damaged('its key "ocvault" says too little')
  return {
    info,
    messages,
    id,
    kind: known,
    shape,
    records: ocvault.records,
    project: ocvault.project ?? [],
    files: listOf(files).map((file) => {
      const { path, bytes: size, sha256 } = isObject(file) ? file : {}
      const isKnown = typeof path === 'string' && isSideFile(path) && typeof size === 'number'
      if (!isKnown || !isBlobHash(sha256)) throw damaged('it names a file that no session has')
      return { path, bytes: size, sha256: String(sha256) }
    }),
    blobs: listOf(blobs).map((blob) => {
      const { bytes: size, sha256 } = isObject(blob) ? blob : {}
      if (typeof size !== 'number' || !isBlobHash(sha256)) throw damaged('it names a blob that is none')
      return { bytes: size, sha256 }
    }),
    objects: () => objects(info, shape),
  }
}

/** Every blob that a document names: files beside the store, and content of records. */
export const blobsNamed = ({ files, blobs }: SessionDocument): string[] => [
  ...new Set([...files, ...blobs].map(({ sha256 }) => sha256)),
]

/** How many parts a message has, of an export of 1.x or of 2.x. */
export function partsIn(message: unknown): number {
  if (!isObject(message)) return 0
  return Array.isArray(message.parts) ? message.parts.length : listOf(message.content).length
}

/** How many messages and parts a document has. Reads all of them. */
export function countsOf({ messages }: SessionDocument): { messages: number; parts: number } {
  const counts = { messages: 0, parts: 0 }
  for (const message of messages) {
    counts.messages++
    counts.parts += partsIn(message)
  }
  return counts
}

/**
 * The stored rows or files of a session, as `Store.records` gave them, byte for byte; `withBlobs` gives what is in blobs, too.
 * @throws OcvaultError `failed` when the document is damaged
 */
export function* recordsOf(document: SessionDocument): Iterable<RawRecord<BlobContent>> {
  yield* parseRecords(document.records, document.id, document.objects())
}

/** The stored rows or files of the session's project, as `Store.projectRecords` gave them. */
export function projectRecordsOf(document: SessionDocument): Iterable<RawRecord<BlobContent>> {
  return parseRecords(document.project, document.id, () => undefined)
}
