import { createHash } from 'node:crypto'
import { OcvaultError, reasonOf, StoreChanged } from '../../base/errors.ts'
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../../base/json.ts'
import { JsonBytes, LazyList, type Place } from '../../base/json-bytes.ts'
import { toV1, toV2 } from '../../convert/exported.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { printV1 } from '../../render/json/opencode-v1.ts'
import { printV2 } from '../../render/json/opencode-v2.ts'
import type { RawRecord, Store, StoredMessage, StoreKind } from '../../stores/store.ts'
import { knownBy, messageKey, messageObjects, parseRecords, partKey, printRecords, ruleFor, sessionObject } from './records.ts'
import { isSideFile, type SideFile, SideFiles } from './side-files.ts'

/** The version of the `ocvault` key of a session's document. */
const documentVersion = 1

/** What a session's document turned out to be; complete when its last piece was taken. */
interface EntryFacts {
  readonly counts: { messages: number; parts: number }
  /** Files beside the store that it names; their content goes into blobs. */
  readonly files: readonly SideFile[]
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
 * A session of a store as a document (docs/archive-format.md): what its generation exports, and under `ocvault` every stored record that cannot be
 * had back from that. Reads the session twice, so the store should be held.
 * @param onProblem is told what could not be read, and is missing
 * @param earlier files that an earlier document names: those that are gone by now are named again, because their content is still in `blobs/`
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
      yield* withoutEnd(printV2({ info, messages: noted(untilDamaged(messages, onProblem)) }, onCut))
    } else {
      const { info, messages } = toV1(source)
      note(...sessionObject(info))
      yield* withoutEnd(printV1({ info, messages: noted(untilDamaged(messages, onProblem)) }, onCut))
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
    yield* printRecords(untilDamaged(records, onProblem), id, isMade)
    yield ',\n  "project": '
    const projectID = store.session(id)?.projectID ?? null
    const project = projectID === null ? [] : store.projectRecords(projectID)
    yield* printRecords(untilDamaged(project, onProblem), undefined, () => false)
    files.lookBeside()
    const all = [...files.all, ...earlier.filter(({ path }) => !files.all.some((file) => file.path === path))]
    const named = all.map(({ path, bytes, sha256 }) => `\n    ${JSON.stringify({ path, bytes, sha256 })}`)
    yield `,\n  "files": [${named.join(',')}${named.length > 0 ? '\n  ' : ''}]\n  }\n}\n`
  }
  return { pieces: pieces(), facts: { counts, files: files.all } }
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

function partsIn(message: unknown): number {
  if (!isObject(message)) return 0
  return Array.isArray(message.parts) ? message.parts.length : listOf(message.content).length
}

/** A printed document without the end of its object. */
function* withoutEnd(pieces: Iterable<string>): Iterable<string> {
  let held = ''
  for (const piece of pieces) {
    yield held
    held = piece
  }
  yield held.replace(/\n\}\n$/, '')
}

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
  /** Gives the session, and its messages and parts, by the keys of `messageObjects`. */
  readonly objects: () => (key: string) => JsonObject | undefined
}

/** A file below the data directory, as a document names it. */
export interface SideFileName {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

const kinds: readonly StoreKind[] = ['sqlite-v2', 'sqlite-v1', 'json-tree', 'json-slug', 'home-folder', 'export-file']

/** From this size on, in bytes, a document is parsed piece by piece: as a whole it would take several times as much memory. */
const large = 2 * 2 ** 20

/**
 * Reads a session's entry.
 * @param name of the entry, for errors
 * @param whole the size up to which it is parsed at once, in bytes
 * @throws OcvaultError `failed` when it is no document of an archive; of a large one pieces that are damaged are found when they are taken
 */
export function parseEntry(name: string, bytes: Uint8Array, whole = large): SessionDocument {
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
  const { version, id, kind, shape, files } = ocvault
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
      if (!isKnown || !/^[0-9a-f]{64}$/.test(textOf(sha256) ?? '')) throw damaged('it names a file that no session has')
      return { path, bytes: size, sha256: String(sha256) }
    }),
    objects: () => objects(info, shape),
  }
}

/** What a document consists of; undefined where it is not there, or is something else. */
interface Pieces {
  readonly info: unknown
  readonly messages: Iterable<unknown> | undefined
  readonly ocvault:
    | ({
        readonly [key in 'version' | 'id' | 'kind' | 'shape' | 'files']: unknown
      } & { readonly [key in 'records' | 'project']: Iterable<unknown> | undefined })
    | undefined
  readonly objects: (info: JsonObject, shape: 'v1' | 'v2') => (key: string) => JsonObject | undefined
}

const listIn = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined)

function parsed(bytes: Uint8Array): Pieces {
  const value = objectOf(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()))
  const { version, id, kind, shape, files, records, project } = objectOf(value.ocvault)
  const messages = listIn(value.messages)
  return {
    info: value.info,
    messages,
    ocvault: isObject(value.ocvault)
      ? { version, id, kind, shape, files, records: listIn(records), project: listIn(project) }
      : undefined,
    objects(info, of) {
      const objects = new Map<string, JsonObject>([sessionObject(info)])
      for (const message of messages ?? []) {
        for (const [key, object] of messageObjects(message, of)) if (!objects.has(key)) objects.set(key, object)
      }
      return (key) => objects.get(key)
    },
  }
}

/** @param readable names the document in the error when something that is read later is damaged */
function sliced(bytes: Uint8Array, readable: <T>(read: () => T) => T): Pieces {
  const json = new JsonBytes(bytes)
  const parse = (place: Place | undefined) => (place ? readable(() => json.parse(place)) : undefined)
  const members = (place: Place | undefined) => (place ? readable(() => json.object(place)) : new Map<string, Place>())
  const lazily = (place: Place | undefined, each: (item: Place) => unknown): Iterable<unknown> | undefined => {
    if (!place || !json.isList(place)) return undefined
    return readable(() => new LazyList(json.items(place), each))
  }
  const document = members(json.whole)
  const own = document.get('ocvault')
  const about = members(own)
  const group = (place: Place): unknown => {
    const keys = members(place)
    const rows = lazily(keys.get('rows'), parse)
    return rows ? { table: parse(keys.get('table')), columns: parse(keys.get('columns')), rows } : parse(place)
  }
  const [version, id, kind, shape, files] = ['version', 'id', 'kind', 'shape', 'files'].map((key) => parse(about.get(key)))
  const messages = document.get('messages')
  return {
    info: parse(document.get('info')),
    messages: lazily(messages, parse),
    ocvault:
      own && json.isObject(own)
        ? {
            version,
            id,
            kind,
            shape,
            files,
            records: lazily(about.get('records'), group),
            project: lazily(about.get('project'), group),
          }
        : undefined,
    objects(info, of) {
      const places = new Map<string, Place>()
      const idIn = (place: Place) => parse(members(place).get('id'))
      const add = (key: string, place: Place) => {
        if (!places.has(key)) places.set(key, place)
      }
      for (const message of messages ? readable(() => [...json.items(messages)]) : []) {
        if (of === 'v2') {
          add(messageKey(idIn(message)), message)
          continue
        }
        const { info: head, parts } = Object.fromEntries(members(message))
        if (!head || !json.isObject(head)) continue
        const messageID = idIn(head)
        add(messageKey(messageID), head)
        for (const part of parts ? readable(() => [...json.items(parts)]) : []) {
          if (json.isObject(part)) add(partKey(messageID, idIn(part)), part)
        }
      }
      const [sessionKey] = sessionObject(info)
      return (key) => {
        if (key === sessionKey) return info
        const value = parse(places.get(key))
        return isObject(value) ? value : undefined
      }
    },
  }
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
 * The stored rows or files of a session, as `Store.records` gave them, byte for byte.
 * @throws OcvaultError `failed` when the document is damaged
 */
export function* recordsOf(document: SessionDocument): Iterable<RawRecord> {
  yield* parseRecords(document.records, document.id, document.objects())
}

/** The stored rows or files of the session's project, as `Store.projectRecords` gave them. */
export function projectRecordsOf(document: SessionDocument): Iterable<RawRecord> {
  return parseRecords(document.project, document.id, () => undefined)
}
