import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import { tokensOf, usedIn } from '../stores/session-info.ts'
import type { StoredMessage } from '../stores/store.ts'
import type { Message, Part } from './message.ts'
import { errorOf, filePart, reasoningPart, textPart, timesOf, toolStatus } from './parts.ts'

/** A message of 0.1.x to 0.2.x: parts inside, without ids, in array order; everything else under `metadata`. */
export function fromLegacy(stored: StoredMessage): Message {
  const { info } = stored
  const metadata = objectOf(info.metadata)
  const assistant = objectOf(metadata.assistant)
  const time = objectOf(metadata.time)
  const completed = numberOf(time.completed)
  const error = errorOf(metadata.error)
  const role = info.role === 'assistant' ? 'assistant' : 'user'
  const parts = listOf(info.parts).filter(isObject)
  return {
    id: stored.id,
    sessionID: stored.sessionID,
    role,
    kind: role === 'user' ? 'prompt' : assistant.summary === true ? 'compaction' : 'answer',
    time: { created: stored.created, completed },
    ...usedIn(stored),
    error,
    tokens: tokensOf(assistant.tokens),
    cost: numberOf(assistant.cost),
    interrupted: role === 'assistant' && completed === null && error === null,
    reverted: false,
    parts: parts.map((part, index) => partOf(`${stored.id}-${index}`, part, objectOf(metadata.tool))),
  }
}

function partOf(id: string, raw: JsonObject, tools: JsonObject): Part {
  switch (raw.type) {
    case 'text':
      return textPart(id, raw)
    case 'reasoning':
      return reasoningPart(id, raw)
    case 'file':
      return filePart(id, raw)
    case 'step-start':
      return { id, type: 'step', phase: 'start', snapshot: null, reason: null, cost: null, tokens: null, raw }
    case 'tool-invocation': {
      const call = objectOf(raw.toolInvocation)
      const callID = textOf(call.toolCallId)
      const about = objectOf(tools[callID ?? ''])
      const time = objectOf(about.time)
      const failed = about.error === true
      const result = textOf(call.result)
      return {
        id,
        type: 'tool',
        tool: textOf(call.toolName) ?? 'unknown',
        callID,
        status: failed ? 'error' : toolStatus(call.state),
        title: textOf(about.title),
        input: call.args ?? null,
        output: failed ? null : result,
        error: failed ? (textOf(about.message) ?? result) : null,
        exit: numberOf(about.exit),
        time: timesOf(time.start, time.end),
        compacted: false,
        sessionID: null,
        attachments: [],
        raw,
      }
    }
    default:
      return { id, type: 'unknown', raw }
  }
}
