import { createHash } from 'node:crypto'
import { OcvaultError, reasonOf, StoreChanged } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import { toV1, toV2 } from '../../convert/exported.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { printV1 } from '../../render/json/opencode-v1.ts'
import { printV2 } from '../../render/json/opencode-v2.ts'
import type { LongBytes } from '../../stores/long-record.ts'
import type { Store, StoredMessage, StoreKind } from '../../stores/store.ts'
import { documentVersion, partsIn } from './document.ts'
import { knownBy, messageKey, messageObjects, partKey, printRecords, ruleFor, sessionObject } from './records.ts'
import { type BlobSource, type SideFile, type SideFileName, SideFiles } from './side-files.ts'

/** What a session's document turned out to be; complete when its last piece was taken. */
interface EntryFacts {
  readonly counts: { messages: number; parts: number }
  /** Files beside the store that it names; their content goes into blobs. */
  readonly files: readonly SideFile[]
  /** Content of records that is too long for a document, and goes into blobs, too. */
  readonly long: readonly BlobSource[]
}

/** A session as a document of the archive: {@link pieces} are printed as they are taken. */
export interface PrintedEntry {
  readonly pieces: Iterable<string>
  readonly facts: EntryFacts
}

/** By how an object is printed it is known again without being kept: its length in bytes, and its hash. */
type Mark = { readonly length: number; readonly hash: string }

const markOf = (bytes: Uint8Array): Mark => ({ length: bytes.length, hash: createHash('sha256').update(bytes).digest('base64') })

/**
 * A session of a store as a document (docs/archive-format.md): what its generation exports, and under `ocvault` every stored
 * record that cannot be had back from that. Reads the session twice, so the store should be held.
 * @param onProblem is told what could not be read, and is missing
 * @param earlier files that an earlier document names: those that are gone by now are named again, because their content is still
 *   in `blobs/`
 * @throws OcvaultError `failed` when the session itself cannot be read
 */
export function printEntry(
  store: Store,
  id: SessionID,
  onProblem: (reason: string) => void,
  earlier: readonly SideFileName[] = [],
): PrintedEntry {
  const stored = store.info(id)
  if (!stored) throw new OcvaultError('failed', `session ${id} is there, but cannot be read`)
  const { shape } = stored
  const marks = new Map<string, Mark>()
  /** How many bytes are stored of objects of which it is known that the rule makes those very bytes. */
  const known = new Map<string, number>()
  const texts = new StoredTexts(store.kind)
  const counts = { messages: 0, parts: 0 }
  const files = new SideFiles(store, id, stored.info, onProblem)
  const long = new Map<string, BlobSource>()
  const toBlob = (content: LongBytes) => {
    const sha256 = hashOf(content)
    long.set(sha256, { from: store.path, bytes: content.bytes, sha256, blocks: content.read })
    return { blob: sha256, bytes: content.bytes }
  }
  let cut = false
  const note = (key: string, object: JsonObject) => {
    const text = ruleFor(ruleOf(store.kind, key), object)
    const json = texts.take(key)
    if (text === undefined) return
    files.lookIn(text)
    if (known.has(key) || marks.has(key)) return
    // Where bytes are no text, U+FFFD stands for them.
    if (json === text && !text.includes('\ufffd')) known.set(key, Buffer.byteLength(text))
    else marks.set(key, markOf(Buffer.from(text)))
  }
  const noted = function* <T>(messages: Iterable<T>): Iterable<T> {
    for (const message of messages) {
      counts.messages++
      counts.parts += partsIn(message)
      for (const [key, object] of messageObjects(message, shape)) note(key, object)
      yield message
    }
  }
  const readable = { [Symbol.iterator]: () => texts.of(untilDamaged(store.messages(id, { json: true }), onProblem)) }
  const onCut = () => {
    cut = true
  }
  const pieces = function* () {
    const source = { ...stored, messages: readable }
    if (shape === 'v2') {
      const { info, messages } = toV2(source)
      yield* withoutEnd(printV2({ info, messages: noted(untilDamaged(messages, onProblem)) }, { onCut, long: 'beginning' }))
    } else {
      const { info, messages } = toV1(source)
      note(...sessionObject(info))
      yield* withoutEnd(printV1({ info, messages: noted(untilDamaged(messages, onProblem)) }, { onCut, long: 'beginning' }))
    }
    const { kind } = store
    yield `,\n  "ocvault": {\n  "version": ${documentVersion},\n  "id": ${JSON.stringify(id)},\n  "kind": "${kind}",\n  "shape": "${shape}",\n  "records": `
    const isMade = (key: string, content: Uint8Array | true) => {
      if (content === true) return known.has(key)
      const mark = marks.get(key)
      // Where the body was cut off, it says less than what was marked.
      return !cut && mark !== undefined && mark.length === content.length && mark.hash === markOf(content).hash
    }
    const isKnown = knownBy((key, bytes) => !cut && known.get(key) === bytes)
    const records = isPartOfMany(store) ? [] : store.recordsBut(isKnown, id)
    yield* printRecords(untilDamaged(records, onProblem), id, isMade, toBlob)
    yield ',\n  "project": '
    const projectID = store.session(id)?.projectID ?? null
    const project = projectID === null ? [] : store.projectRecords(projectID)
    yield* printRecords(untilDamaged(project, onProblem), undefined, () => false, toBlob)
    files.lookBeside()
    const all = [...files.all, ...earlier.filter(({ path }) => !files.all.some((file) => file.path === path))]
    const named = all.map(({ path, bytes, sha256 }) => `\n    ${JSON.stringify({ path, bytes, sha256 })}`)
    yield `,\n  "files": [${named.join(',')}${named.length > 0 ? '\n  ' : ''}]`
    const blobs = [...long.values()].map(({ bytes, sha256 }) => `\n    ${JSON.stringify({ bytes, sha256 })}`)
    if (blobs.length > 0) yield `,\n  "blobs": [${blobs.join(',')}\n  ]`
    yield '\n  }\n}\n'
  }
  const facts = {
    counts,
    files: files.all,
    get long() {
      return [...long.values()]
    },
  }
  return { pieces: pieces(), facts }
}

/** A file that sessions travel in is kept as it is, if it is of one session. */
const isPartOfMany = (store: Store) => store.kind === 'export-file' && store.size().sessions > 1

/** The texts from which messages and parts were parsed, until they are asked for: as many as messages are on their way. */
class StoredTexts {
  readonly #kind: StoreKind
  readonly #texts = new Map<string, string>()

  constructor(kind: StoreKind) {
    this.#kind = kind
  }

  *of(messages: Iterable<StoredMessage>): Generator<StoredMessage> {
    for (const message of messages) {
      const { id, json, parts, shape } = message
      // A preview of 2.0 keeps messages in a table of their own beside those of 1.x.
      const isOther = this.#kind === 'sqlite-v1' && shape !== 'v1'
      if (json !== undefined && !isOther) this.#texts.set(messageKey(id), json)
      for (const part of parts) if (part.json !== undefined) this.#texts.set(partKey(id, part.id), part.json)
      yield message
    }
  }

  take(key: string): string | undefined {
    const text = this.#texts.get(key)
    this.#texts.delete(key)
    return text
  }
}

function hashOf({ read }: LongBytes): string {
  const hash = createHash('sha256')
  for (const piece of read()) hash.update(piece)
  return hash.digest('hex')
}

/** By which rule the object with this key is stored. */
function ruleOf(kind: StoreKind, key: string): { readonly table: string } | { readonly file: string } {
  if (kind === 'sqlite-v2') return { table: 'session_message' }
  if (kind === 'sqlite-v1') return { table: key.split(' ', 1)[0] ?? '' }
  return { file: key }
}

/** Messages or records up to where damaged pages or files stop them: the others of the archive are worth having all the same. */
function* untilDamaged<T>(items: Iterable<T>, onProblem: (reason: string) => void): Generator<T> {
  try {
    yield* items
  } catch (error) {
    if (error instanceof StoreChanged) throw error
    onProblem(`cannot be read to its end: ${reasonOf(error)}`)
  }
}

/** A printed document without the end of its object. */
function* withoutEnd(pieces: Iterable<string>): Iterable<string> {
  let last = ''
  for (const piece of pieces) {
    yield last
    last = piece
  }
  yield last.replace(/\n\}\n$/, '')
}
