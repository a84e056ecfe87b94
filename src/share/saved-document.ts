import { canonicalJSON } from '../base/canonical-json.ts'
import { type Hint, OcvaultError } from '../base/errors.ts'
import { isObject, type JsonObject, objectOf, textOf } from '../base/json.ts'
import { type MessageV1, toV1 } from '../convert/exported.ts'
import { isPathSafe } from '../opencode/ids.ts'
import { readExportDocuments } from '../stores/export/export-document.ts'
import { storedDocument } from '../stores/export/export-file.ts'
import type { StoredSession } from '../stores/store.ts'
import { changedSince, printSums, sumsOf } from './sums.ts'

/** A session with its messages in a list, in the shape of 1.x. */
export interface Document {
  readonly info: JsonObject
  readonly messages: readonly MessageV1[]
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

export function wholeDocument(stored: StoredSession): Document {
  const { info, messages } = toV1(stored)
  return { info, messages: [...messages] }
}

/**
 * The bytes of a file: what `opencode export` prints and two keys of ours, with the fields of each object in order, each
 * message and each sum in a line of its own, commas before them, so that git shows what was added and nothing else.
 */
export function printSaved({ info, messages }: Document, author: string | null): string {
  const ours = { ...(author !== null && { author }), format }
  const head = `{\n"ocvault":${canonicalJSON(ours)},\n"info":${canonicalJSON(info)},\n`
  const list = `"messages":[\n${messages.map((message) => canonicalJSON(message)).join('\n,')}\n]`
  return `${head}${list},\n"sums":${printSums(sumsOf(ours, info, messages))}\n}\n`
}

/**
 * Reads such a file, and also one that `opencode export` wrote.
 * @param name what the file is called in errors
 * @throws OcvaultError `refused` with the reason for what is no such session, or only half of one
 */
export function parseSaved(name: string, bytes: Uint8Array): SavedDocument {
  const refused = (reason: string, { cause, hint }: { cause?: unknown; hint?: Hint } = {}) =>
    new OcvaultError('refused', `${name} ${reason}`, { cause, hint })
  if (/^(?:<{7}|>{7}|={7})(?: |\r?$)/m.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))) {
    throw refused('has the marks of a merge conflict in it', { hint: 'save-again' })
  }
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
  if (isDeeper(document, deepest)) throw refused('is nested too deep')
  const whole = wholeDocument(storedDocument(document))
  check(whole, refused)
  const changed = changedSince(sums, sumsOf(ocvault, document.info, document.messages))
  return { ...whole, author: textOf(objectOf(ocvault).author), isOurs: isObject(ocvault) || sums !== undefined, changed }
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
