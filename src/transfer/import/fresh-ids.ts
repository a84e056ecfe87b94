import { isObject, type JsonObject, numberOf, objectOf, textOf } from '../../base/json.ts'
import type { ExportedV1, ExportedV2, MessageV1 } from '../../convert/exported.ts'
import { derivedMessageID } from '../../convert/ids.ts'
import { makeID } from '../../opencode/ids.ts'
import type { Exported } from '../write/writer.ts'

/** Old ids and the new ones of a tree of sessions that is copied. */
export type FreshIDs = ReadonlyMap<string, string>

const createdOf = (info: JsonObject) => Math.max(0, Math.round(numberOf(objectOf(info.time).created) ?? 0))

/** Gives ids that sort as they were asked for, however many of one time there are. */
class Ascending {
  #time = -1
  #count = 0

  next(prefix: 'msg' | 'prt', time: number): string {
    this.#count = time === this.#time ? this.#count + 1 : 1
    this.#time = time
    return makeID(prefix, time + Math.floor(this.#count / 4096), this.#count % 4096)
  }
}

/**
 * New ids for every session, message and part of a tree. Messages and parts stand in the same order by the new ones: OpenCode
 * sorts by them.
 */
export function freshIDs(tree: readonly Exported[]): FreshIDs {
  const ids = new Map<string, string>()
  let sessions = 0
  const give = (old: unknown, id: string) => {
    if (typeof old === 'string' && old !== '') ids.set(old, id)
  }
  for (const { info, messages } of tree) {
    give(info.id, makeID('ses', Date.now(), ++sessions % 4096))
    const order = new Ascending()
    // Where one message became two in a conversion, the id of one follows from that of the other, and tells so.
    let previous: string | undefined
    for (const message of messages) {
      const { info: head, parts } = wholeOf(message)
      const created = createdOf(head)
      const fresh = order.next('msg', created)
      const id = textOf(head.id) ?? ''
      give(
        id,
        previous !== undefined && id === derivedMessageID(previous, 'behind')
          ? derivedMessageID(ids.get(previous)!, 'behind')
          : fresh,
      )
      if (previous !== undefined && previous === derivedMessageID(id, 'before')) give(previous, derivedMessageID(fresh, 'before'))
      previous = id
      const partOrder = new Ascending()
      for (const id of parts.map((part) => textOf(part.id) ?? '').sort()) give(id, partOrder.next('prt', created))
    }
  }
  return ids
}

/** A message of either generation as one with parts: those of 2.x have no ids. */
function wholeOf(message: MessageV1 | JsonObject): MessageV1 {
  const { info, parts } = message as JsonObject
  return isObject(info) && Array.isArray(parts) ? (message as MessageV1) : { info: message as JsonObject, parts: [] }
}

/** The text of a tool's output names the subagent's session, which the model uses to go on with it. */
const sessionInText = /ses_[0-9A-Za-z]{20,40}/g

/** Keys whose text was written by a person or a model, and is never an id. */
const said = new Set(['text', 'prompt', 'title', 'summary', 'description'])

function renamed(value: unknown, ids: FreshIDs, inTool: boolean, key = ''): unknown {
  if (typeof value === 'string') {
    if (said.has(key) && !(inTool && key === 'text')) return value
    const whole = ids.get(value)
    if (whole !== undefined) return whole
    return inTool && value.includes('ses_') ? value.replace(sessionInText, (id) => ids.get(id) ?? id) : value
  }
  if (Array.isArray(value)) return value.map((item) => renamed(item, ids, inTool, key))
  if (!isObject(value)) return value
  const inside = inTool || value.type === 'tool'
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, renamed(item, ids, inside, name)]))
}

const object = (value: JsonObject, ids: FreshIDs): JsonObject => objectOf(renamed(value, ids, false))

/** A session of 1.x under its new ids, with all references in it. */
export function renamedV1({ info, messages }: ExportedV1, ids: FreshIDs): ExportedV1 {
  const all = () =>
    Iterator.from(messages).map((message) => ({
      info: object(message.info, ids),
      parts: message.parts.map((part) => object(part, ids)),
    }))
  return { info: object(info, ids), messages: { [Symbol.iterator]: all } }
}

/** The same of 2.x. */
export function renamedV2({ info, messages }: ExportedV2, ids: FreshIDs): ExportedV2 {
  return {
    info: object(info, ids),
    messages: { [Symbol.iterator]: () => Iterator.from(messages).map((message) => object(message, ids)) },
  }
}
