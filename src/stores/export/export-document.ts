import { constants } from 'node:buffer'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { type Bytes, HeldBytes, wholeOf } from '../../base/file-bytes.ts'
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../../base/json.ts'
import { JsonBytes, LazyList, type Span } from '../../base/json-bytes.ts'
import { jsonInNoise, withoutColours } from './json-in-noise.ts'

/** One exported session: 1.x has `{info, parts}` in `messages`, 2.x flat messages with a `type`. */
export interface ExportDocument {
  readonly info: JsonObject
  readonly messages: ExportedMessages
}

/** A list of messages; those of a large file are parsed when they are taken, each time anew. */
interface ExportedMessages extends Iterable<unknown> {
  readonly length: number
  at(index: number): unknown
}

/** Where a pipe cuts the output of `opencode export` in every 1.x release: one pipe buffer, and exit code 0. */
const pipeBuffer = 65_536

/** The text of an exported file, whatever a shell made of it: UTF-8 with or without BOM, UTF-16 in both orders. */
function decodeText(bytes: Uint8Array): string {
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  if (b === 0 && bytes.length > 1) return new TextDecoder('utf-16le').decode(bytes)
  if (a === 0) return new TextDecoder('utf-16be').decode(bytes)
  return new TextDecoder().decode(bytes)
}

export interface ReadOptions {
  /** Whether anything but JSON in the file is an error, and not a line of stderr or of a log. */
  readonly strict?: boolean
}

/**
 * The sessions in a file: an export, the list of `{type, data}` that a share page is made of, several exports in a list, or a
 * line each. What else went to the same file, as a line `Exporting session: …` or those of a logger, is passed over.
 * @param name what the file is called in errors
 * @throws OcvaultError `failed`, with the byte count when the file is cut off
 */
export function readExportDocuments(
  name: string,
  content: Uint8Array | Bytes,
  { strict = false }: ReadOptions = {},
): ExportDocument[] {
  const source = content instanceof Uint8Array ? new HeldBytes(content) : content
  const document = source.size > large ? largeDocument(source) : undefined
  if (document) return [document]
  const bytes = wholeOf(source)
  const inNoise = bytes.length > large && !strict ? largeInNoise(bytes) : undefined
  if (inNoise) return [inNoise]
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    const most = Math.floor(constants.MAX_STRING_LENGTH / 2 ** 20)
    throw new OcvaultError(
      'failed',
      `${name} is larger than a JSON file can be read, ${most} MB; import from the database instead`,
    )
  }
  const whole = decodeText(bytes)
  const text = (strict ? whole : withoutColours(whole)).trim()
  if (text === '') throw new OcvaultError('failed', `${name} is empty`)
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    throw new OcvaultError(
      'failed',
      `${name} is a pointer of Git LFS, and not the session that it stands for: git lfs pull fetches it`,
    )
  }
  const values = parse(name, text, bytes.length, strict)
  const documents = documentsIn(values)
  if (documents.length > 0) return documents
  if (values.some(isToRead)) {
    throw new OcvaultError('failed', `${name} has sessions to read (JSON lines), not to import`, { hint: 'export-to-import' })
  }
  throw new OcvaultError('failed', `${name} is JSON, but not an exported session ({info, messages})`)
}

/** No longer text is made of bytes. Characters are bytes or fewer. */
const longestText = constants.MAX_STRING_LENGTH

/** From this size on, in bytes, an export is parsed message by message: as a whole it would take eight times as much memory. */
const large = 2 * 2 ** 20

/** The session in a large file; undefined where it is no single export in UTF-8, or not whole. */
export function largeDocument(bytes: Uint8Array | Bytes): ExportDocument | undefined {
  const json = new JsonBytes(bytes)
  try {
    const { info, messages, ...rest } = json.isOne ? Object.fromEntries(json.members(json.whole)) : {}
    if (!info || !messages || !json.isList(messages)) return undefined
    // Saved sessions say in further keys who wrote them, and how.
    const more = Object.fromEntries(Object.entries(rest).map(([key, place]) => [key, json.parse(place)]))
    const document = {
      ...more,
      info: json.parse(info),
      messages: new LazyList(json.items(messages), (place) => parsedMessage(json, place)),
    }
    // What is damaged is told of now, and not when half of it is written.
    for (const _ of document.messages);
    return isObject(document.info) && typeof document.info.id === 'string' ? { ...document, info: document.info } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * A message; one that is too long for a text by its members, and its lists by their items.
 * @throws OcvaultError `failed` where one of those is too long, too: a record of hundreds of megabytes
 */
function parsedMessage(json: JsonBytes, place: Span): unknown {
  const bytes = place.to - place.from
  if (bytes <= longestText) return json.parse(place)
  if (json.isObject(place)) {
    return Object.fromEntries(Array.from(json.members(place), ([key, value]) => [key, parsedMessage(json, value)]))
  }
  if (json.isList(place)) return Array.from(json.items(place), (item) => parsedMessage(json, item))
  const [size, most] = [bytes, longestText].map((length) => `${Math.round(length / 1e6)} MB`)
  throw new OcvaultError(
    'failed',
    `a text of ${size} is in it, and no more than ${most} are read from an export: restore it from a backup instead`,
  )
}

/** The same between other lines, as far as a look at its first and its last brace tells. */
function largeInNoise(bytes: Uint8Array): ExportDocument | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const [from, to] = [all.indexOf('{'), all.lastIndexOf('}')]
  return from >= 0 && to > from ? largeDocument(all.subarray(from, to + 1)) : undefined
}

/** The values in a text: one, or one a line, or between other things. */
function parse(name: string, text: string, size: number, strict: boolean): readonly unknown[] {
  try {
    return [JSON.parse(text)]
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '' && (strict || !isNoise(line)))
    let failure: OcvaultError | undefined
    if (isWhole(lines[0])) {
      try {
        return lines.map((line, index) => parseLine(name, line, index, lines.length, size))
      } catch (damage) {
        if (!(damage instanceof OcvaultError)) throw damage
        failure = damage
      }
    }
    const { values, rest } = strict || conflict.test(text) ? { values: [], rest: undefined } : jsonInNoise(text)
    if (documentsIn(values).length > 0 && rest === undefined) return values
    throw failure ?? whatIsWrong(name, rest ?? text, size, error)
  }
}

/** What git leaves in a file that two sides have changed: neither side may be taken for the whole. */
const conflict = /^(?:<{7}|>{7}) /m

/** A line that is not even the beginning of JSON, and no longer than one of a log. */
const isNoise = (line: string): boolean => !/^\s*[{[]/.test(line) && line.length < 4096 && !line.includes('"messages"')

function isWhole(line = ''): boolean {
  try {
    return isObject(JSON.parse(line))
  } catch {
    return false
  }
}

function parseLine(name: string, line: string, index: number, count: number, size: number): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    const bytes = size.toLocaleString('en')
    const reason = index === count - 1 ? `ends in the middle of a line, after ${bytes} bytes` : `is damaged in line ${index + 1}`
    throw new OcvaultError('failed', `${name} ${reason} (${reasonOf(error)})`, { cause: error })
  }
}

function whatIsWrong(name: string, text: string, size: number, cause: unknown): OcvaultError {
  const fail = (reason: string) => new OcvaultError('failed', `${name} ${reason}`, { cause })
  if (!/^[{[]/.test(text)) return fail('is not JSON, and so not an exported session')
  // A shell may have re-coded what came out of the pipe, or have put the line from stderr before it.
  if (size === pipeBuffer || Buffer.byteLength(text) === pipeBuffer) {
    return fail('is cut at 65,536 bytes: opencode export through a pipe loses the rest; export again, into a file')
  }
  const closed = text.endsWith(text.startsWith('{') ? '}' : ']')
  return fail(closed ? `is damaged (${reasonOf(cause)})` : `ends in the middle, after ${size.toLocaleString('en')} bytes`)
}

const isDocument = (value: unknown): value is JsonObject & ExportDocument =>
  isObject(value) && isObject(value.info) && typeof value.info.id === 'string' && Array.isArray(value.messages)

/** The sessions in what was parsed: exports, and what share pages serve in between. */
function documentsIn(values: readonly unknown[]): ExportDocument[] {
  const items = values.flatMap((value) => (Array.isArray(value) ? (value as readonly unknown[]) : [value]))
  return [...items.flatMap(oldShare), ...items.filter(isDocument), ...sharedSessions(items)]
}

/** What share pages were made of up to 1.1 (`share_data?id=<slug>`): messages by id, each with its parts. */
function oldShare(value: unknown): ExportDocument[] {
  if (!isObject(value) || !isObject(value.info) || typeof value.info.id !== 'string' || !isObject(value.messages)) return []
  const messages = Object.values(value.messages)
    .filter(isObject)
    .map((message) => {
      const { parts, ...info } = message
      return isObject(info.metadata) ? message : { info, parts: Array.isArray(parts) ? parts : Object.values(objectOf(parts)) }
    })
  return [{ info: value.info, messages }]
}

/** The first line of `ocvault export --format jsonl`, which leaves out what a reader does not need. */
const isToRead = (value: unknown) => isObject(value) && value.type === 'session' && typeof value.id === 'string'

const timeOf = (info: JsonObject) => numberOf(objectOf(info.time).created) ?? 0

/** `{type: "session" | "message" | "part", data}` in any order, as `<share>/api/share/<slug>/data` lists them (1.2 and later). */
function sharedSessions(items: readonly unknown[]): ExportDocument[] {
  const of = (type: string) =>
    items.flatMap((item) => (isObject(item) && item.type === type && isObject(item.data) ? [item.data] : []))
  const sessions = of('session').filter(({ id }) => typeof id === 'string')
  if (sessions.length === 0) return []
  const parts = Map.groupBy(of('part'), ({ messageID }) => textOf(messageID))
  const messages = Map.groupBy(of('message'), ({ sessionID }) => textOf(sessionID))
  const only = sessions.length === 1 ? listOf(messages.get(null)) : []
  return sessions.map((info) => ({
    info,
    messages: [...(messages.get(textOf(info.id)) ?? []), ...(only as JsonObject[])]
      .sort((a, b) => timeOf(a) - timeOf(b) || ((textOf(a.id) ?? '') < (textOf(b.id) ?? '') ? -1 : 1))
      .map((message) => ({ info: message, parts: partsOf(parts.get(textOf(message.id))) })),
  }))
}

/** Parts in the order of their ids, which is the one that OpenCode shows them in. */
function partsOf(parts: readonly JsonObject[] = []): JsonObject[] {
  return [...parts].sort((a, b) => ((textOf(a.id) ?? '') < (textOf(b.id) ?? '') ? -1 : 1))
}
