import { OcvaultError } from '../../base/errors.ts'
import { isObject, type JsonObject, listOf, textOf } from '../../base/json.ts'
import { LazyList } from '../../base/json-bytes.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { type LongBytes, longestCopiedBytes } from '../../stores/long-record.ts'
import type { IsKnown, RawRecord } from '../../stores/store.ts'
import { isBlobHash } from './names.ts'

/** Content of a record that is in a blob, because it is too long to stand in a document. */
export interface BlobContent {
  readonly blob: string
  readonly bytes: number
}

/** A cell of a row as JSON has it (docs/archive-format.md). */
type Cell =
  | null
  | number
  | string
  | true
  | { readonly base64: string }
  | { readonly int: string }
  | { readonly real: string }
  | BlobContent

/** Of which object in a document a stored record is made. */
type Origin = 'session' | 'message' | 'part'

/** Keys of an object that its row has as columns. */
const columnsOf: Readonly<Record<string, readonly string[]>> = {
  message: ['id', 'sessionID'],
  part: ['id', 'sessionID', 'messageID'],
  session_message: ['id', 'type'],
}

/** JSON without some keys, as OpenCode stores it in `data`; undefined where it is nested too deep to be printed. */
function dataFor(table: string, object: JsonObject): string | undefined {
  const left = columnsOf[table] ?? []
  // Not by assignment: a key may be `__proto__`.
  return printed(Object.fromEntries(Object.entries(object).filter(([key]) => !left.includes(key))))
}

const fileFor = (object: JsonObject): string | undefined => printed(object, 2)

function printed(object: JsonObject, indent = 0): string | undefined {
  try {
    return JSON.stringify(object, null, indent)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * The rule by which a record can be had back from the body of a document. Reader and writer use this one function, so that they
 * cannot differ.
 */
export function ruleFor(record: { readonly table: string } | { readonly file: string }, object: JsonObject): string | undefined {
  return 'table' in record ? dataFor(record.table, object) : fileFor(object)
}

/** Where in a body the object of a record is looked for. */
export const messageKey = (id: unknown): string => `message ${String(id)}`
export const partKey = (messageID: unknown, id: unknown): string => `part ${String(messageID)} ${String(id)}`
const sessionKey = 'session'

/** Tells each object of a body with the key under which records find it. The first of several with one key counts. */
export function* messageObjects(message: unknown, shape: 'v1' | 'v2'): Iterable<readonly [key: string, object: JsonObject]> {
  if (!isObject(message)) return
  if (shape === 'v2') {
    yield [messageKey(message.id), message]
    return
  }
  if (!isObject(message.info)) return
  const { id } = message.info
  yield [messageKey(id), message.info]
  for (const part of listOf(message.parts)) if (isObject(part)) yield [partKey(id, part.id), part]
}

export const sessionObject = (info: JsonObject): readonly [key: string, object: JsonObject] => [sessionKey, info]

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as text, where that says the same. */
function textIn(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** Puts content into a blob. */
type ToBlob = (content: LongBytes) => BlobContent

const contentOf = (
  bytes: Uint8Array | LongBytes,
  toBlob: ToBlob,
): { readonly text: string } | { readonly base64: string } | BlobContent => {
  if (!(bytes instanceof Uint8Array)) return toBlob(bytes)
  if (bytes.length > longestCopiedBytes) return toBlob({ bytes: bytes.length, read: () => [bytes] })
  const text = textIn(bytes)
  return text === undefined ? { base64: Buffer.from(bytes).toString('base64') } : { text }
}

function cellOf(value: Uint8Array | LongBytes | number | bigint | null, toBlob: ToBlob): Cell {
  if (value === null) return null
  if (typeof value === 'bigint') return { int: value.toString() }
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0) ? value : { real: realText(value) }
  const content = contentOf(value, toBlob)
  return 'text' in content ? content.text : content
}

const realText = (value: number) => (Object.is(value, -0) ? '-0' : String(value))

/** Where a record's object is in the body: by its ids, or by the names of its file and folder. */
function keyOfRow(table: string, columns: ReadonlyMap<string, unknown>): string | undefined {
  const id = textOf(columns.get('id'))
  if (id === null) return undefined
  if (table === 'part') return partKey(columns.get('message_id'), id)
  return table in columnsOf ? messageKey(id) : undefined
}

function keyOfFile(file: string, from: Origin): string {
  const [name = '', folder = ''] = file.split(/[/\\]/).reverse()
  const id = name.replace(/\.json$/, '')
  return from === 'session' ? sessionKey : from === 'message' ? messageKey(id) : partKey(folder, id)
}

const origins: readonly Origin[] = ['session', 'message', 'part']

/**
 * Whether the rule makes this content of the object with this key; of content that was left out as known, whether it was for
 * that.
 */
type IsMade = (key: string, content: Uint8Array | true) => boolean

/** An id is not that long. */
const noBlob: ToBlob = ({ bytes }) => ({ blob: '', bytes })

/**
 * Which records need not be read, because the rule makes so many bytes of the object with their key, and those are what is
 * stored.
 */
export function knownBy(isKnown: (key: string, bytes: number) => boolean): IsKnown {
  return (record, bytes) => {
    if ('file' in record) return origins.some((origin) => isKnown(keyOfFile(record.file, origin), bytes))
    const { table, columns } = record
    const ids = ['id', 'message_id'].map((name) => [name, cellOf(columns.get(name) ?? null, noBlob)] as const)
    const key = keyOfRow(table, new Map(ids))
    return key !== undefined && isKnown(key, bytes)
  }
}

/**
 * Records as a JSON list, piece by piece.
 * @param id of the session, which stands in most rows
 * @param isMade tells what need not be kept, because the body has it
 * @param toBlob takes what is too long for a document
 */
export function* printRecords(
  records: Iterable<RawRecord<true | LongBytes>>,
  id: SessionID | undefined,
  isMade: IsMade,
  toBlob: ToBlob,
): Iterable<string> {
  let open: string | undefined
  let some = false
  yield '['
  for (const record of records) {
    if ('table' in record) {
      const names = [...record.columns.keys()]
      const head = `{"table":${JSON.stringify(record.table)},"columns":${JSON.stringify(names)},"rows":[`
      const row = JSON.stringify(rowOf(record, id, isMade, toBlob))
      if (open === head) yield `,\n      ${row}`
      else yield `${open === undefined ? '' : ']}'}${some ? ',' : ''}\n    ${head}\n      ${row}`
      open = head
    } else {
      const { file, bytes } = record
      const isWhole = bytes === true || bytes instanceof Uint8Array
      const from = isWhole ? origins.find((origin) => isMade(keyOfFile(file, origin), bytes)) : undefined
      const content = from === undefined && bytes !== true ? contentOf(bytes, toBlob) : { from }
      yield `${open === undefined ? '' : ']}'}${some ? ',' : ''}\n    ${JSON.stringify({ file, ...content })}`
      open = undefined
    }
    some = true
  }
  yield `${open === undefined ? '' : ']}'}${some ? '\n  ' : ''}]`
}

function rowOf(
  { table, columns }: Extract<RawRecord<true | LongBytes>, { table: string }>,
  id: SessionID | undefined,
  isMade: IsMade,
  toBlob: ToBlob,
): Cell[] {
  const known = new Map<string, Cell>()
  for (const [column, value] of columns) if (value !== true && column !== 'data') known.set(column, cellOf(value, toBlob))
  const key = keyOfRow(table, known)
  return [...columns].map(([column, value]): Cell => {
    if (column === 'session_id' && id !== undefined && known.get(column) === id) return true
    if (column !== 'data') return known.get(column) ?? null
    if (value === true) return true
    return key !== undefined && value instanceof Uint8Array && isMade(key, value) ? true : cellOf(value, toBlob)
  })
}

const broken = (what: string) => new OcvaultError('failed', `a session in the archive is damaged: ${what}`)

function blobIn({ blob, bytes }: JsonObject): BlobContent | undefined {
  if (blob === undefined) return undefined
  if (isBlobHash(blob) && typeof bytes === 'number') return { blob, bytes }
  throw broken('a blob that is none')
}

function bytesOf(cell: unknown): Uint8Array | number | bigint | BlobContent | null {
  if (cell === null || typeof cell === 'number') return cell
  if (typeof cell === 'string') return Buffer.from(cell)
  if (isObject(cell)) {
    if (typeof cell.base64 === 'string') return Buffer.from(cell.base64, 'base64')
    if (typeof cell.int === 'string' && /^-?\d{1,19}$/.test(cell.int)) return BigInt(cell.int)
    if (typeof cell.real === 'string') return Number(cell.real)
    const content = blobIn(cell)
    if (content) return content
  }
  throw broken('a cell that is none')
}

const itemsOf = (value: unknown): Iterable<unknown> => (value instanceof LazyList ? value : listOf(value))

/** Records with what is in blobs. @param read gives the content of a blob */
export function* withBlobs(
  records: Iterable<RawRecord<BlobContent>>,
  read: (content: BlobContent) => Uint8Array,
): Iterable<RawRecord> {
  for (const record of records) {
    if ('file' in record) {
      const { file, bytes } = record
      yield { file, bytes: bytes instanceof Uint8Array ? bytes : read(bytes) }
    } else {
      const { table, columns } = record
      yield { table, columns: new Map([...columns].map(([name, value]) => [name, isBlob(value) ? read(value) : value])) }
    }
  }
}

const isBlob = (value: Uint8Array | number | bigint | BlobContent | null): value is BlobContent =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

/**
 * The inverse of {@link printRecords}.
 * @param objectFor finds the object in the body that a record was made of
 * @throws OcvaultError `failed` for what {@link printRecords} does not print
 */
export function* parseRecords(
  list: Iterable<unknown>,
  id: SessionID,
  objectFor: (key: string) => JsonObject | undefined,
): Iterable<RawRecord<BlobContent>> {
  const made = (key: string | undefined, record: { readonly table: string } | { readonly file: string }): Uint8Array => {
    const object = key === undefined ? undefined : objectFor(key)
    const text = object && ruleFor(record, object)
    if (text === undefined) throw broken(`${key === undefined ? 'a record' : JSON.stringify(key)} is not in its messages`)
    return Buffer.from(text)
  }
  for (const group of list) {
    if (!isObject(group)) throw broken('a record that is none')
    if (typeof group.file === 'string') {
      const { file, from } = group
      const origin = origins.find((known) => known === from)
      const bytes = origin
        ? made(keyOfFile(file, origin), { file })
        : (blobIn(group) ?? bytesOf(textOf(group.text) ?? { base64: group.base64 }))
      if (bytes === null || typeof bytes !== 'object') throw broken(`file ${JSON.stringify(file)} without content`)
      yield { file, bytes }
      continue
    }
    const table = textOf(group.table)
    const columns = listOf(group.columns).map(String)
    if (table === null) throw broken('a record of no table')
    for (const row of itemsOf(group.rows)) {
      const cells = new Map<string, unknown>(columns.map((column, index) => [column, listOf(row)[index]]))
      if (cells.get('session_id') === true) cells.set('session_id', id)
      const key = keyOfRow(table, cells)
      const values = [...cells].map(([column, cell]) => {
        const value = cell === true && column === 'data' ? made(key, { table }) : bytesOf(cell)
        return [column, value] as const
      })
      yield { table, columns: new Map(values) }
    }
  }
}
