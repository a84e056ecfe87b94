import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import type { StoredMessage } from '../stores/store.ts'
import { derivedPartID } from './ids.ts'
import { keep } from './kept.ts'
import type { MessageV1 } from './shapes.ts'

const orNothing = (object: JsonObject) => (Object.keys(object).length > 0 ? object : undefined)

/**
 * A message of 0.1 and 0.2 (parts inside, everything else under `metadata`) as 0.3 and later have it: what OpenCode's own
 * first migration does, but that nothing is dropped.
 */
export function fromLegacyMessage(stored: StoredMessage): MessageV1 {
  const { info } = stored
  const metadata = objectOf(info.metadata)
  const { created, completed } = objectOf(metadata.time)
  const assistant = objectOf(metadata.assistant)
  const used = ['time', 'error', 'sessionID', 'tool', 'assistant']
  const isAnswer = info.role === 'assistant'
  const message = {
    ...omit(info, ['parts', 'metadata']),
    id: stored.id,
    sessionID: stored.sessionID,
    time: { created: created ?? stored.created, ...(isAnswer && completed !== undefined && { completed }) },
    ...(metadata.error !== undefined && { error: metadata.error }),
    ...(isAnswer && { mode: 'build', ...assistant }),
  }
  const rest: JsonObject = omit(metadata, isAnswer ? used : used.filter((key) => key !== 'assistant'))
  const ids = { sessionID: stored.sessionID, messageID: stored.id }
  const parts = listOf(info.parts)
    .filter(isObject)
    .map((part, index) => ({
      id: derivedPartID(stored.id, index),
      ...ids,
      ...partOf(part, objectOf(metadata.tool), stored.created),
    }))
  return { info: keep(message, { legacy: orNothing(rest) }), parts }
}

function partOf(part: JsonObject, tools: JsonObject, created: number | null): JsonObject {
  switch (part.type) {
    case 'reasoning': {
      const { providerMetadata, ...rest } = part
      const time = { start: created ?? 0, end: created ?? 0 }
      return { ...rest, time, ...(isObject(providerMetadata) && { metadata: providerMetadata }) }
    }
    case 'file': {
      const { mediaType, ...rest } = part
      return { ...rest, mime: mediaType }
    }
    case 'tool-invocation':
      return toolPart(part, tools)
    default:
      return part
  }
}

function toolPart(part: JsonObject, tools: JsonObject): JsonObject {
  const call = objectOf(part.toolInvocation)
  const callID = textOf(call.toolCallId) ?? ''
  const { title, time, error, message, ...metadata } = objectOf(Object.hasOwn(tools, callID) ? tools[callID] : undefined)
  const { start, end } = objectOf(time)
  const span = numberOf(start) === null ? undefined : { start, end: end ?? start }
  const common = { type: 'tool', callID, tool: call.toolName }
  const rest: JsonObject = omit(call, ['toolCallId', 'toolName', 'args', 'result', 'state'])
  const more = orNothing({ ...omit(part, ['type', 'toolInvocation']), ...(Object.keys(rest).length > 0 && { call: rest }) })
  const done = (state: JsonObject) => keep({ ...common, state }, { legacy: more })
  const input = call.args
  if (error === true) return done({ status: 'error', input, error: textOf(message) ?? call.result, metadata, time: span })
  if (call.state === 'result') return done({ status: 'completed', input, output: call.result, title, metadata, time: span })
  if (call.state === 'call')
    return done({ status: 'running', input, ...(title !== undefined && { title }), metadata, time: span })
  return done({ status: 'pending', input, raw: '' })
}
