import { isObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import { tokensOf, usedIn } from '../stores/session-info.ts'
import type { StoredMessage, StoredPart } from '../stores/store.ts'
import type { Kind, Message, Part, ToolPart } from './message.ts'
import { errorOf, filePart, reasoningPart, textPart, timesOf, toolStatus } from './parts.ts'

/** What OpenCode writes into the prompt's place when a person runs `!command` (1.0 to 1.19). */
export const shellNotice = 'The following tool was executed by the user'

/** A message of 0.3 to 1.19: the message object and its parts. */
export function fromV1(stored: StoredMessage): Message {
  const { info } = stored
  const parts = stored.parts.map(partOf)
  const role = info.role === 'assistant' ? 'assistant' : 'user'
  const time = objectOf(info.time)
  const completed = numberOf(time.completed)
  const error = errorOf(info.error)
  return {
    id: stored.id,
    sessionID: stored.sessionID,
    role,
    kind: role === 'assistant' ? (info.summary === true ? 'compaction' : 'answer') : userKind(parts),
    time: { created: numberOf(time.created) ?? stored.created, completed },
    ...usedIn(stored),
    error,
    tokens: tokensOf(info.tokens),
    cost: numberOf(info.cost),
    interrupted: role === 'assistant' && (error === null ? completed === null : error.name === 'MessageAbortedError'),
    reverted: false,
    parts,
  }
}

function userKind(parts: readonly Part[]): Kind {
  if (parts.some((part) => part.type === 'compaction')) return 'compaction'
  const texts = parts.filter((part) => part.type === 'text')
  const typed = parts.some((part) => (part.type === 'text' && !part.synthetic) || part.type === 'subtask' || part.type === 'file')
  if (typed || texts.length === 0) return 'prompt'
  return texts.some((part) => part.text.startsWith(shellNotice)) ? 'shell' : 'synthetic'
}

function partOf({ id, data }: StoredPart): Part {
  switch (data.type) {
    case 'text':
      return textPart(id, data)
    case 'reasoning':
      return reasoningPart(id, data)
    case 'tool':
      return toolPart(id, data)
    case 'file':
      return filePart(id, data)
    case 'subtask': {
      const { agent, description, prompt } = data
      return { id, type: 'subtask', agent: textOf(agent), description: textOf(description), prompt: textOf(prompt), raw: data }
    }
    case 'step-start':
    case 'step-finish': {
      const phase = data.type === 'step-start' ? 'start' : 'finish'
      const [snapshot, reason] = [textOf(data.snapshot), textOf(data.reason)]
      return { id, type: 'step', phase, snapshot, reason, cost: numberOf(data.cost), tokens: tokensOf(data.tokens), raw: data }
    }
    case 'patch': {
      const files = listOf(data.files).filter((file) => typeof file === 'string')
      return { id, type: 'patch', hash: textOf(data.hash), files, raw: data }
    }
    case 'retry':
      return { id, type: 'retry', attempt: numberOf(data.attempt), error: errorOf(data.error)?.message ?? null, raw: data }
    case 'compaction':
      return { id, type: 'compaction', auto: data.auto === true, summary: null, raw: data }
    default:
      return { id, type: 'unknown', raw: data }
  }
}

function toolPart(id: string, raw: StoredPart['data']): ToolPart {
  const state = objectOf(raw.state)
  const metadata = objectOf(state.metadata)
  const time = objectOf(state.time)
  const attachments = listOf(state.attachments).filter(isObject)
  return {
    id,
    type: 'tool',
    tool: textOf(raw.tool) ?? 'unknown',
    callID: textOf(raw.callID),
    status: toolStatus(state.status),
    title: textOf(state.title),
    input: state.input ?? null,
    output: textOf(state.output),
    error: textOf(state.error),
    exit: numberOf(metadata.exit),
    time: timesOf(time.start, time.end),
    compacted: numberOf(time.compacted) !== null,
    sessionID: raw.tool === 'task' ? textOf(metadata.sessionId) : null,
    attachments: attachments.map((file, index) => filePart(textOf(file.id) ?? `${id}-${index}`, file)),
    raw,
  }
}
