import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import { tokensOf, usedIn } from '../stores/session-info.ts'
import type { StoredMessage } from '../stores/store.ts'
import type { Kind, Message, Part, Role, ToolPart } from './message.ts'
import { errorOf, filePart, joinedText, reasoningPart, textPart, timesOf, toolStatus } from './parts.ts'

/** What each message type of 2.x is in the one shape. A type that is not here is a notice of OpenCode's. */
const meanings: Readonly<Record<string, { role: Role; kind: Kind; parts: (id: string, raw: JsonObject) => Part[] }>> = {
  user: { role: 'user', kind: 'prompt', parts: userParts },
  assistant: { role: 'assistant', kind: 'answer', parts: assistantParts },
  synthetic: { role: 'user', kind: 'synthetic', parts: syntheticText },
  skill: { role: 'user', kind: 'synthetic', parts: syntheticText },
  system: { role: 'system', kind: 'notice', parts: syntheticText },
  compaction: { role: 'assistant', kind: 'compaction', parts: compactionParts },
  shell: { role: 'user', kind: 'shell', parts: shellParts },
  'agent-switched': {
    role: 'system',
    kind: 'notice',
    parts: (id, raw) => switched(id, raw, 'agent', textOf(raw.agent), textOf(raw.previous)),
  },
  'model-switched': {
    role: 'system',
    kind: 'notice',
    parts: (id, raw) => switched(id, raw, 'model', modelName(raw.model), modelName(raw.previous)),
  },
  'location-switched': { role: 'system', kind: 'notice', parts: movedParts },
  idle: {
    role: 'system',
    kind: 'notice',
    parts: (id, raw) => [{ id: `${id}-0`, type: 'notice', notice: `turn ${textOf(raw.outcome) ?? 'over'}`, raw }],
  },
}

/** A message of 2.x, and of the previews that write `session_message`: one row, flat, told apart by `type`. */
export function fromV2(stored: StoredMessage): Message {
  const { info, type } = stored
  const meaning = type !== null && Object.hasOwn(meanings, type) ? meanings[type] : undefined
  const time = objectOf(info.time)
  const completed = numberOf(time.completed)
  const error = errorOf(info.error)
  const running =
    type === 'assistant' ? completed === null && info.finish === undefined : type === 'compaction' && info.status === 'running'
  return {
    id: stored.id,
    sessionID: stored.sessionID,
    role: meaning?.role ?? 'system',
    kind: meaning?.kind ?? 'notice',
    time: { created: numberOf(time.created) ?? stored.created, completed },
    ...usedIn(stored),
    error,
    tokens: tokensOf(info.tokens),
    cost: numberOf(info.cost),
    interrupted: running && error === null,
    reverted: false,
    parts: meaning ? meaning.parts(stored.id, info) : [{ id: `${stored.id}-0`, type: 'unknown', raw: { type, ...info } }],
  }
}

function userParts(id: string, raw: JsonObject): Part[] {
  const files = listOf(raw.files).filter(isObject)
  return [
    textPart(`${id}-0`, raw),
    ...files.map((file, index): Part => {
      const mime = textOf(file.mime)
      const source = objectOf(file.source)
      const data = textOf(file.data)
      // The data is what the model saw; the source says where it came from.
      const url = data === null ? textOf(source.uri) : `data:${mime ?? ''};base64,${data}`
      return { ...filePart(`${id}-${index + 1}`, file), url }
    }),
  ]
}

function syntheticText(id: string, raw: JsonObject): Part[] {
  return [{ ...textPart(`${id}-0`, raw), synthetic: true }]
}

function assistantParts(id: string, raw: JsonObject): Part[] {
  const parts = listOf(raw.content)
    .filter(isObject)
    .map((item, index): Part => {
      const partID = `${id}-${index}`
      if (item.type === 'text') return textPart(partID, item)
      if (item.type === 'reasoning') return reasoningPart(partID, item)
      if (item.type === 'tool') return toolPart(partID, item)
      return { id: partID, type: 'unknown', raw: item }
    })
  const retry = objectOf(raw.retry)
  if (raw.retry === undefined) return parts
  const error = errorOf(retry.error)?.message ?? null
  return [...parts, { id: `${id}-retry`, type: 'retry', attempt: numberOf(retry.attempt), error, raw: retry }]
}

function toolPart(id: string, raw: JsonObject): ToolPart {
  const state = objectOf(raw.state)
  const time = objectOf(raw.time)
  const metadata = objectOf(state.metadata)
  const content = listOf(state.content).filter(isObject)
  return {
    id,
    type: 'tool',
    tool: textOf(raw.name) ?? 'unknown',
    callID: textOf(raw.id),
    status: toolStatus(state.status),
    title: null,
    input: state.input ?? null,
    output: joinedText(content),
    error: errorOf(state.error)?.message ?? null,
    exit: numberOf(metadata.exit) ?? numberOf(objectOf(state.structured).exit),
    time: timesOf(time.ran ?? time.created, time.completed),
    compacted: false,
    sessionID: textOf(metadata.sessionID) ?? textOf(metadata.sessionId),
    attachments: content.filter((item) => item.type === 'file').map((file, index) => filePart(`${id}-${index}`, file)),
    raw,
  }
}

function compactionParts(id: string, raw: JsonObject): Part[] {
  return [{ id: `${id}-0`, type: 'compaction', auto: raw.reason === 'auto', summary: textOf(raw.summary), raw }]
}

function shellParts(id: string, raw: JsonObject): Part[] {
  const output = textOf(objectOf(raw.output).output)
  return [{ id: `${id}-0`, type: 'shell', command: textOf(raw.command) ?? '', output, exit: numberOf(raw.exit), raw }]
}

const modelName = (value: unknown) => textOf(objectOf(value).id)

function switched(id: string, raw: JsonObject, what: string, to: string | null, from: string | null): Part[] {
  const notice = `${what} ${from === null ? 'is now' : `switched from ${from} to`} ${to ?? 'none'}`
  return [{ id: `${id}-0`, type: 'notice', notice, raw }]
}

function movedParts(id: string, raw: JsonObject): Part[] {
  const directory = textOf(objectOf(raw.location).directory)
  return [{ id: `${id}-0`, type: 'notice', notice: `moved to ${directory ?? 'another place'}`, raw }]
}
