import { canonicalJSON } from '../base/canonical-json.ts'
import { type Hint, OcvaultError } from '../base/errors.ts'
import { type Bytes, piecesOf } from '../base/file-bytes.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../base/json.ts'
import { toV1 } from '../convert/exported.ts'
import { isPathSafe } from '../opencode/ids.ts'
import { readExportDocuments } from '../stores/export/export-document.ts'
import { storedDocument } from '../stores/export/export-file.ts'
import type { StoredSession } from '../stores/store.ts'
import { type Messages, StreamedMessages } from './messages.ts'
import { changedSince, headSum, messageSum, printSums, sumOfText } from './sums.ts'

/** A session with its messages, in the shape of 1.x. */
export interface Document {
  readonly info: JsonObject
  readonly messages: Messages
}

/** A session as it is in a file that is shared. */
export interface SavedDocument extends Document {
  /** Who saved it, in the file's own words. */
  readonly author: string | null
  /** Whether ocvault wrote it, so that directories in it are placeholders; else it is an export of OpenCode. */
  readonly isOurs: boolean
  /** What is not as it was saved, in words: edited by hand, merged, or damaged since. */
  readonly changed: readonly string[]
}

const format = 1

export const idOf = (object: JsonObject): string => textOf(object.id) ?? ''

/** A stored session in the shape of 1.x; its messages are read when they are taken. */
export function storedInV1(stored: StoredSession): Document {
  const { info, messages } = toV1(stored)
  return { info, messages: new StreamedMessages(() => messages) }
}

/**
 * The text of a file, line by line: what `opencode export` prints and two keys of ours, with the fields of each object in order,
 * each message and each sum in a line of its own, commas before them, so that git shows what was added and nothing else.
 */
export function* printSaved({ info, messages }: Document, author: string | null): Generator<string> {
  const ours = { ...(author !== null && { author }), format }
  yield `{\n"ocvault":${canonicalJSON(ours)},\n"info":${canonicalJSON(info)},\n"messages":[\n`
  const sums = new Map([headSum(ours, info)])
  let comma = ''
  for (const message of messages) {
    const text = canonicalJSON(message)
    sums.set(idOf(message.info), sumOfText(text))
    yield comma
    yield text
    comma = '\n,'
  }
  yield `\n],\n"sums":${printSums(sums)}\n}\n`
}

/**
 * Reads such a file, and also one that `opencode export` wrote.
 * @param name what the file is called in errors
 * @throws OcvaultError `refused` with the reason for what is no such session, or only half of one
 */
export function parseSaved(name: string, bytes: Bytes): SavedDocument {
  const refused = (reason: string, { cause, hint }: { cause?: unknown; hint?: Hint } = {}) =>
    new OcvaultError('refused', `${name} ${reason}`, { cause, hint })
  if (hasConflict(bytes)) throw refused('has the marks of a merge conflict in it', { hint: 'save-again' })
  let documents: ReturnType<typeof readExportDocuments>
  try {
    documents = readExportDocuments(name, bytes, { strict: true })
  } catch (error) {
    if (error instanceof OcvaultError) throw new OcvaultError('refused', error.message, { cause: error, hint: error.hint })
    throw refused('cannot be read', { cause: error })
  }
  const [document] = documents
  if (!document || documents.length > 1) throw refused('holds several sessions', { hint: 'import' })
  const { ocvault, sums } = document as unknown as JsonObject
  if (ocvault !== undefined && objectOf(ocvault).format !== format) {
    const version = JSON.stringify(objectOf(ocvault).format)?.slice(0, 20)
    throw refused(`is of format ${version}, and this ocvault knows format ${format}: a newer ocvault wrote it`)
  }
  if ([document.info, ocvault, sums].some((each) => isDeeper(each, deepest - 1))) throw refused('is nested too deep')
  const now = new Map([headSum(ocvault, document.info)])
  for (const message of document.messages) {
    if (isDeeper(message, deepest - 2)) throw refused('is nested too deep')
    now.set(...messageSum(message))
  }
  const { info, messages } = storedInV1(storedDocument(document))
  const whole = { info, messages: Array.isArray(document.messages) ? [...messages] : messages }
  check(whole, refused)
  const changed = changedSince(sums, now)
  return { ...whole, author: textOf(objectOf(ocvault).author), isOurs: isObject(ocvault) || sums !== undefined, changed }
}

const conflict = /\n(?:<{7}|>{7}|={7})(?: |\r?\n)/
const marks = ['<', '>', '='].map((mark) => Buffer.from(mark.repeat(7)))

/** Whether a line is one of git's marks. */
function hasConflict(bytes: Bytes): boolean {
  let [before, after] = ['\n', '']
  let from = 0
  // A mark with the ends of lines around it is shorter than what two pieces have in common.
  for (const piece of piecesOf(bytes, 16)) {
    from += piece.length - (before === '' ? 16 : 0)
    if (from >= bytes.size) after = '\n'
    if (marks.some((mark) => piece.includes(mark)) && conflict.test(before + piece.toString('latin1') + after)) return true
    before = ''
  }
  return false
}

/** Sessions are a dozen levels deep; what is deeper than this cannot be compared, and was made to harm. */
const deepest = 500

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1))
}

/** Ids become rows, and parts of file names; and each stands for one message. */
function check({ info, messages }: Document, refused: (reason: string) => OcvaultError): void {
  if (!isPathSafe(idOf(info))) throw refused('has a session id that is none')
  const seen = new Set<string>()
  for (const { info: message } of messages) {
    const id = idOf(message)
    if (!isPathSafe(id)) throw refused('has a message whose id is none')
    if (seen.has(id)) throw refused(`has the message ${id} twice`)
    seen.add(id)
  }
}
