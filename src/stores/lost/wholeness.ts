import { isObject, type JsonObject, numberOf, objectOf, textOf } from '../../base/json.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { Store, StoredMessage } from '../store.ts'
import type { Evidence } from './evidence.ts'

/** What is known to be missing from a session that was put together from pages. */
export interface Missing {
  /** Its own record: title and directory are made up from its messages. */
  readonly record: boolean
  /** How many messages are named somewhere, and gone. */
  readonly messages: number
  /** Messages of which something is gone, or may be: parts, or their last version. */
  readonly damaged: readonly MessageID[]
  /** Whether what comes behind the last message may be gone: the session says more than its messages. */
  readonly end: boolean
}

export const nothingMissing: Missing = { record: false, messages: 0, damaged: [], end: false }

export const isWhole = ({ record, messages, damaged, end }: Missing): boolean =>
  !record && messages === 0 && damaged.length === 0 && !end

/**
 * What a session lacks, as far as anything tells: ids that indexes name, answers whose prompt is gone, messages that were still
 * being written in the version that is left, and sums of the session that its messages do not make up. In doubt it is missing:
 * an answer that was interrupted counts as damaged, because an older version of a whole one looks the same.
 * @param isPresent whether its rows are those that count: then an answer that has no end was interrupted
 */
export function missingIn(store: Store, id: SessionID, evidence: Evidence, isPresent = false): Missing {
  const there = new Set<MessageID>()
  const damaged: MessageID[] = []
  const named = new Set(evidence.messages.get(id))
  const sums = { tokens: 0, latest: 0, ended: true }
  for (const message of store.messages(id)) {
    there.add(message.id)
    const parts = new Set(message.parts.map((part) => part.id))
    const lost = [...(evidence.parts.get(message.id) ?? [])].some((part) => !parts.has(part))
    if (lost || !(isPresent || isFinished(message))) damaged.push(message.id)
    const parent = textOf(message.info.parentID)
    if (parent !== null) named.add(parent)
    add(sums, message)
  }
  const header = store.session(id)
  const record = header === undefined || store.remains().has(id)
  const messages = [...named].filter((message) => !there.has(message)).length
  const stated = header?.tokens ? header.tokens.input + header.tokens.output : 0
  const isSaid = stated > 0 && sums.tokens < stated
  const isLater = !record && header.time.updated > sums.latest + (header.tokens ? trailingMs : trailingBeforeTokensMs)
  return { record, messages, damaged, end: isSaid || (!isPresent && (!sums.ended || isLater)) }
}

/** What is missing from a session of a damaged database; undefined for one that is sound. */
export const missingInSalvaged = (store: Store, id: SessionID): Missing | undefined =>
  store.salvaged && missingIn(store, id, store.salvaged.evidence(new Set([id])), true)

/** Between the end of an answer and the last touch of its session OpenCode takes less. */
const trailingMs = 10_000
/** Releases that keep no tokens with a session change its time when they delete it; before that it is less (1.2.27: 0.7 s). */
const trailingBeforeTokensMs = 1000

function add(sums: { tokens: number; latest: number; ended: boolean }, { shape, info, created }: StoredMessage): void {
  const time = objectOf(info.time)
  sums.latest = Math.max(sums.latest, created ?? 0, numberOf(time.completed) ?? 0)
  const tokens = objectOf(info.tokens)
  sums.tokens += (numberOf(tokens.input) ?? 0) + (numberOf(tokens.output) ?? 0)
  sums.ended = shape === 'v1' && info.role === 'assistant' && info.finish !== 'tool-calls'
}

/** Whether a message is in the state in which OpenCode leaves it. */
function isFinished({ shape, info, parts }: StoredMessage): boolean {
  if (shape !== 'v1') return shape === 'v2' && (info.type !== 'assistant' || numberOf(objectOf(info.time).completed) !== null)
  const objects = parts.map(({ data }) => data)
  if (info.role === 'user') return objects.length > 0
  if (isObject(info.error)) return objects.every(isFinishedPart)
  if (numberOf(objectOf(info.time).completed) === null || objects.length === 0) return false
  return objects.every(isFinishedPart) && areWholeSteps(objects)
}

function isFinishedPart({ type, time, state }: JsonObject): boolean {
  if (type === 'text' || type === 'reasoning')
    return numberOf(objectOf(time).start) === null || numberOf(objectOf(time).end) !== null
  const { status } = objectOf(state)
  return type !== 'tool' || status === 'completed' || status === 'error'
}

/** Each step has a beginning, an end, and between them what the model said or did. */
function areWholeSteps(parts: readonly JsonObject[]): boolean {
  let said = 0
  let open = false
  let steps = 0
  for (const { type, reason } of parts) {
    if (type === 'step-start') {
      if (open) return false
      open = true
      said = 0
    } else if (type === 'step-finish') {
      if (!open || said === 0) return false
      if (reason === 'tool-calls' && !parts.some((part) => part.type === 'tool')) return false
      open = false
      steps++
    } else said++
  }
  return !open && steps > 0
}
