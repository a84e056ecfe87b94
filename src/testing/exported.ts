import { type JsonObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import type { ExportedV1, ExportedV2, MessageV1 } from '../convert/exported.ts'
import type { StoredSession } from '../stores/store.ts'

/** An export with its messages in a list, as it would be read back from JSON. */
export const wholeV1 = ({ info, messages }: ExportedV1): { info: JsonObject; messages: MessageV1[] } =>
  JSON.parse(JSON.stringify({ info, messages: [...messages] }))

export const wholeV2 = ({ info, messages }: ExportedV2): { info: JsonObject; messages: JsonObject[] } =>
  JSON.parse(JSON.stringify({ info, messages: [...messages] }))

const createdOf = (message: JsonObject) => numberOf(objectOf(message.time).created)

/** A session as a 1.x store would have it that this export was put into. */
export function storedV1({ info, messages }: ExportedV1): StoredSession {
  const sessionID = textOf(info.id) ?? ''
  const stored = Array.from(messages, ({ info: message, parts }) => ({
    shape: 'v1' as const,
    id: textOf(message.id) ?? '',
    sessionID,
    type: null,
    created: createdOf(message),
    info: message,
    parts: listOf(parts).map((part) => ({ id: textOf(objectOf(part).id) ?? '', data: objectOf(part) })),
  }))
  return { shape: 'v1', info, messages: stored }
}

/** The same of 2.x. */
export function storedV2({ info, messages }: ExportedV2): StoredSession {
  const sessionID = textOf(info.id) ?? ''
  const stored = Array.from(messages, (message) => ({
    shape: 'v2' as const,
    id: textOf(message.id) ?? '',
    sessionID,
    type: textOf(message.type),
    created: createdOf(message),
    info: message,
    parts: [],
  }))
  return { shape: 'v2', info, messages: stored }
}
