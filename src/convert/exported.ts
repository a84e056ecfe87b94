import { isObject, type JsonObject, listOf, objectOf, textOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import { beginningOnly, wholeRecordOf } from '../stores/long-record.ts'
import type { StoredMessage, StoredSession } from '../stores/store.ts'
import { derivedMessageID } from './ids.ts'
import { type Around, importableMessage } from './importable/message.ts'
import { importablePart } from './importable/part.ts'
import { count } from './importable/rule.ts'
import { importableSession } from './importable/session.ts'
import { keep, keptIn, withoutKept } from './kept.ts'
import { fromLegacyMessage } from './legacy.ts'
import { type Answerer, withAnswerers } from './neighbours.ts'
import { applyPatch, diff } from './patch.ts'
import { sessionV1, sessionV2 } from './session.ts'
import type { ExportedV1, ExportedV2, MessageV1 } from './shapes.ts'
import { exportedV2 } from './tolerant-v2.ts'
import { isPair, itemsOf, naturalV1, pairV1 } from './v1-from-v2.ts'
import { compactionV2, naturalV2 } from './v2-from-v1.ts'

/** A message of 1.x with what was around it. */
interface Placed {
  readonly message: MessageV1
  readonly around: Around
}

/**
 * A session in the shape of OpenCode 1.x, such that `opencode import` of 1.18.33 takes it. A session of 1.x that is complete
 * comes out as it is stored, which is what `opencode export` prints; what older releases did not write is filled in, 2.x is
 * converted. Streams.
 */
export function toV1(source: StoredSession): ExportedV1 {
  const info = source.shape === 'v2' ? sessionV1(source.info) : importableSession(source.info)
  return { info, messages: { [Symbol.iterator]: () => messagesOnly(placedV1(source, info)) } }
}

/** A session in the shape of OpenCode 2.x. A session of 2.x comes out as it is stored; 1.x is converted. Streams. */
export function toV2(source: StoredSession): ExportedV2 {
  const v1 = source.shape === 'v2' ? sessionV1(source.info) : importableSession(source.info)
  const info = source.shape === 'v2' ? source.info : sessionV2(v1)
  return { info, messages: { [Symbol.iterator]: () => messagesV2(source, v1) } }
}

function* messagesOnly(all: Iterable<Placed>): Generator<MessageV1> {
  for (const { message } of all) yield message
}

/** Follows a stream of 1.x messages, to tell each what was before it. */
class Trail {
  readonly #directory: string
  #previous: string | undefined

  constructor(info: JsonObject) {
    this.#directory = textOf(info.directory) ?? ''
  }

  around(answerer: Answerer): Around {
    return { ...answerer, previous: this.#previous, directory: this.#directory }
  }

  follow({ info }: MessageV1): void {
    if (info.role === 'user') this.#previous = textOf(info.id) ?? undefined
  }
}

/** All messages in the shape of 1.x. */
function* placedV1(source: StoredSession, info: JsonObject): Generator<Placed> {
  const trail = new Trail(info)
  const sessionID = textOf(info.id) ?? ''
  let last: string | undefined
  for (const [stored, answerer] of withAnswerers(source.messages, source.info)) {
    if (stored.shape === 'v2' && wasAdded(stored, last)) continue
    last = stored.id
    yield* placed(stored, sessionID, answerer, trail)
  }
}

function* placed(stored: StoredMessage, sessionID: string, answerer: Answerer, trail: Trail): Generator<Placed> {
  for (const message of inV1(stored, sessionID, answerer, trail)) {
    const around = trail.around(answerer)
    const whole = importable(message, around)
    yield { message: whole, around }
    trail.follow(whole)
  }
}

/** Whether a message of 2.x was added behind the last one when that came from 1.x: it goes when that one goes back. */
function wasAdded({ id, type, info }: StoredMessage, last: string | undefined): boolean {
  const { of } = objectOf(keptIn(info).v1)
  return type === 'synthetic' && last !== undefined && of === last && id === derivedMessageID(last, 'behind')
}

/** Whether a message of 1.x is the second of the two that one of 2.x became, and the first was just here. */
function isSecond(info: JsonObject, last: string | undefined): boolean {
  const { of } = objectOf(keptIn(info).v2)
  return last !== undefined && of === last && last === derivedMessageID(textOf(info.id) ?? '', 'before')
}

function inV1(stored: StoredMessage, sessionID: string, answerer: Answerer, trail: Trail): readonly MessageV1[] {
  if (stored.shape === 'v2') return fromV2(exportedV2(beginningsOf(stored), answerer), sessionID, trail.around(answerer))
  if (stored.shape === 'legacy') return [fromLegacyMessage({ ...stored, sessionID })]
  const info = { ...withTime(stored), id: stored.id, sessionID }
  const parts = stored.parts.map(({ id, data }) => ({ ...data, id, sessionID, messageID: stored.id }))
  return [{ info, parts }]
}

/** What is stored in a record that is too long to be read whole stays as it is: nobody knows what of it is missing. */
const unlessLong = (object: JsonObject, repair: (object: JsonObject) => JsonObject) =>
  wholeRecordOf(object) ? object : repair(object)

/** A message with the time that its row has, where it says none itself. */
function withTime({ info, created }: StoredMessage): JsonObject {
  const said = objectOf(info.time).created
  if (typeof said === 'number' || created === null || wholeRecordOf(info)) return info
  return { ...info, time: { ...objectOf(info.time), created } }
}

function importable({ info, parts }: MessageV1, around: Around): MessageV1 {
  const message = unlessLong(withoutParts(info), (plain) => importableMessage(plain, around))
  const created = count(objectOf(message.time).created)
  const whole = parts.map((each) => unlessLong(each, (part) => importablePart(part, created)))
  return { info: message, parts: whole.every((part, index) => part === parts[index]) ? parts : whole }
}

/** Between two migrations 0.3 to 0.5 kept the parts in the message's own file, too. */
function withoutParts(info: JsonObject): JsonObject {
  return Array.isArray(info.parts) ? omit(info, ['parts']) : info
}

/** The messages of 1.x for one of 2.x. What 1.x has no place for is kept; what came from 1.x comes back as it was. */
function fromV2(message: JsonObject, sessionID: string, around: Around): readonly MessageV1[] {
  const kept = objectOf(keptIn(message).v1)
  if (Array.isArray(kept.messages) && kept.messages.length > 0) {
    return kept.messages.map((value) => messageIn(value, sessionID))
  }
  if (isPair(message)) return pairV1(message, { sessionID, around })
  const plain = withoutKept(message, 'v1')
  const natural = importable(naturalV1(plain, { sessionID, around }), around)
  if (keptIn(message).v1 !== undefined) return [restored(natural, kept)]
  return [withLeftovers(natural, plain)]
}

function messageIn(value: unknown, sessionID: string): MessageV1 {
  const { info, parts } = objectOf(value)
  const own = listOf(parts).filter(isObject)
  return { info: { ...objectOf(info), sessionID }, parts: own.map((part) => ({ ...part, sessionID })) }
}

/** The message of 1.x that was converted, from what became of it and what was kept. */
function restored({ info, parts }: MessageV1, kept: JsonObject): MessageV1 {
  const ids = { sessionID: info.sessionID, messageID: info.id }
  const whole = applyPatch(info, kept.info)
  if (!Array.isArray(kept.parts)) return { info: whole, parts }
  const entries: JsonObject[] = kept.parts.filter(isObject)
  const used = new Set(entries.map(({ from }) => from))
  const back = entries.flatMap(({ from, patch, part }) => {
    if (isObject(part)) return [{ ...ids, ...part }]
    const natural = typeof from === 'number' ? parts[from] : undefined
    return natural ? [applyPatch(natural, patch)] : []
  })
  // What 2.x wrote into an answer since comes behind.
  const added = info.role === 'assistant' ? parts.filter((_item, index) => !used.has(index)) : []
  return { info: whole, parts: [...back, ...added] }
}

/** Keeps in a message of 1.x what it takes to get back to the message of 2.x. */
function withLeftovers(natural: MessageV1, message: JsonObject): MessageV1 {
  const back = naturalV2(natural).messages[0] ?? {}
  const [had, has] = [itemsOf(message), itemsOf(back)]
  const offset = natural.parts.length - had.length
  const parts = natural.parts.map((part, index) => {
    const [item, other] = [had[index - offset], has[index - offset]]
    return item && other ? keep(part, { v2: diff(other[1], item[1]) }) : part
  })
  return { info: keep(natural.info, { v2: diff(headOf(back, has), headOf(message, had)) }), parts }
}

/** A message without its lists of items. */
function headOf(message: JsonObject, items: ReturnType<typeof itemsOf>): JsonObject {
  const lists = new Set(items.map(([list]) => list as string))
  return Object.fromEntries(Object.entries(message).filter(([key]) => !lists.has(key)))
}

/** All messages in the shape of 2.x. */
function* messagesV2(source: StoredSession, v1: JsonObject): Generator<JsonObject> {
  const sessionID = textOf(v1.id) ?? ''
  let pending: MessageV1 | undefined
  let last: string | undefined
  for (const entry of mixedMessages(source, v1)) {
    if ('stored' in entry) {
      if (pending) yield compactionV2(pending, undefined)
      pending = undefined
      yield entry.stored
      continue
    }
    const { message, around } = entry
    const { info } = message
    if (isSecond(info, last)) continue
    last = textOf(info.id) ?? undefined
    if (pending) {
      const answers = info.role === 'assistant' && info.summary === true
      yield compactionV2(pending, answers ? message : undefined)
      pending = undefined
      if (answers) continue
    }
    const whole = objectOf(keptIn(info).v2).message
    if (isObject(whole) && typeof whole.id === 'string' && typeof whole.type === 'string') yield whole
    else if (info.role === 'assistant' && info.summary === true) yield compactionV2(undefined, message)
    else if (info.role === 'user' && message.parts.some((part) => part.type === 'compaction')) pending = message
    else yield* fromV1(message, around, sessionID)
  }
  if (pending) yield compactionV2(pending, undefined)
}

type Mixed = Placed | { readonly stored: JsonObject }

/** Messages of 2.x as they are, all others in the shape of 1.x. */
function* mixedMessages(source: StoredSession, v1: JsonObject): Generator<Mixed> {
  const trail = new Trail(v1)
  const sessionID = textOf(v1.id) ?? ''
  for (const [stored, answerer] of withAnswerers(source.messages, source.info)) {
    if (stored.shape === 'v2') {
      yield { stored: exportedV2(stored, answerer) }
      continue
    }
    yield* placed(beginningsOf(stored), sessionID, answerer, trail)
  }
}

/** What is converted has no place for the rest of what was too long to be read whole. */
const beginningsOf = (stored: StoredMessage): StoredMessage => ({
  ...stored,
  info: beginningOnly(stored.info),
  parts: stored.parts.map((part) => ({ ...part, data: beginningOnly(part.data) })),
})

/** The messages of 2.x for one of 1.x, with what 2.x has no place for kept in `metadata`. */
function fromV1(message: MessageV1, around: Around, sessionID: string): readonly JsonObject[] {
  const patch = keptIn(message.info).v2
  const plain = {
    info: withoutKept(message.info, 'v2'),
    parts: message.parts.map((part) => withoutKept(part, 'v2')),
  }
  const { messages, from } = naturalV2({ info: plain.info, parts: message.parts })
  const [first = {}, ...more] = messages
  const whole = isObject(patch) ? applyPatch(first, patch) : first
  const back = importable(naturalV1(whole, { sessionID, around }), around)
  const parts = plain.parts.map((part, index): JsonObject => {
    const natural = back.parts[from[index] ?? -1]
    if (natural) {
      const difference = diff(natural, part)
      return { from: from[index], ...(difference && { patch: difference }) }
    }
    const { sessionID: inSession, messageID, ...rest } = part
    return { part: inSession === sessionID && messageID === message.info.id ? rest : part }
  })
  const same = parts.length === back.parts.length && parts.every(({ from: at, patch: change }, index) => at === index && !change)
  const info = diff(back.info, plain.info)
  const kept = info || !same ? { ...(info && { info }), ...(!same && { parts }) } : undefined
  return [keep(whole, { v1: kept }), ...more]
}

export type { ExportedV1, ExportedV2, MessageV1 } from './shapes.ts'
