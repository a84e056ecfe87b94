import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import { joinedText } from '../conversation/parts.ts'
import { derivedMessageID, derivedPartID } from './ids.ts'
import type { Around } from './importable/message.ts'
import { keep } from './kept.ts'
import type { MessageV1 } from './shapes.ts'
import { type Item, shellNotice } from './v2-from-v1.ts'

/** The lists of a 2.x message, one after another, as `naturalV2` counts their items. */
export function itemsOf(message: JsonObject): Item[] {
  const lists =
    message.type === 'assistant' ? (['content'] as const) : message.type === 'user' ? (['files', 'agents'] as const) : []
  return lists.flatMap((list) =>
    listOf(message[list])
      .filter(isObject)
      .map((item) => [list, item] as const),
  )
}

interface Ids {
  readonly sessionID: string
  readonly around: Around
}

const created = (message: JsonObject) => objectOf(message.time).created
const idOf = (message: JsonObject) => textOf(message.id) ?? ''

function userInfo(message: JsonObject, { sessionID, around }: Ids): JsonObject {
  const { agent, model } = around
  const metadata = isObject(message.metadata) ? { metadata: message.metadata } : {}
  return { id: message.id, sessionID, role: 'user', time: { created: created(message) }, agent, model, ...metadata }
}

const noTokens = { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } }

function assistantInfo(message: JsonObject, { sessionID, around }: Ids): JsonObject {
  const { previous, directory } = around
  const model = isObject(message.model) ? message.model : { id: around.model.modelID, providerID: around.model.providerID }
  const { finish, rawFinish, cost, tokens, error } = message
  const completed = objectOf(message.time).completed
  return {
    id: message.id,
    sessionID,
    role: 'assistant',
    time: { created: created(message), ...(completed !== undefined && { completed }) },
    ...(isObject(error) && { error: errorOf(error) }),
    parentID: previous ?? message.id,
    modelID: model.id,
    providerID: model.providerID,
    mode: message.agent,
    agent: message.agent,
    path: { cwd: directory, root: directory },
    cost: cost ?? 0,
    tokens: tokens ?? noTokens,
    ...(model.variant !== undefined && { variant: model.variant }),
    ...(finish !== undefined && { finish: rawFinish ?? finish }),
    ...(isObject(message.metadata) && { metadata: message.metadata }),
  }
}

/** Errors of 1.x that are a name and a message; the others have fields that 2.x does not keep. */
const plainErrors = ['MessageAbortedError', 'ContextOverflowError', 'ContentFilterError']

function errorOf({ type, message }: JsonObject): JsonObject {
  const name = plainErrors.find((known) => known === type) ?? 'UnknownError'
  return { name, data: { message: textOf(message) ?? '' } }
}

function withIDs(message: JsonObject, sessionID: string, parts: readonly JsonObject[]): JsonObject[] {
  const messageID = idOf(message)
  return parts.map((part, index) => ({ id: derivedPartID(messageID, index), sessionID, messageID, ...part }))
}

/** A message of 2.x in the words of 1.x, without what 1.x has no words for; but for those that are two messages in 1.x. */
export function naturalV1(message: JsonObject, ids: Ids): MessageV1 {
  if (message.type === 'assistant') {
    const parts = listOf(message.content)
      .filter(isObject)
      .map((item, index) => contentPart(item, { message, index, sessionID: ids.sessionID }))
    return { info: assistantInfo(message, ids), parts: withIDs(message, ids.sessionID, parts) }
  }
  return { info: userInfo(message, ids), parts: withIDs(message, ids.sessionID, userParts(message)) }
}

function userParts(message: JsonObject): JsonObject[] {
  const text = textOf(message.text) ?? ''
  if (message.type === 'user') {
    const parts = itemsOf(message).map(([list, item]) => (list === 'files' ? filePart(item) : agentPart(item)))
    return text === '' ? parts : [{ type: 'text', text }, ...parts]
  }
  // A notice is nothing that the model was told: OpenCode 1.x passes by what is `ignored`.
  const notice = typeof message.text === 'string' ? { text } : { text: noticeOf(message), ignored: true }
  return [{ type: 'text', ...notice, synthetic: true }]
}

function noticeOf({ type, ...fields }: JsonObject): string {
  const what =
    textOf(fields.agent) ??
    textOf(objectOf(fields.model).id) ??
    textOf(objectOf(fields.location).directory) ??
    textOf(fields.outcome)
  return [textOf(type) ?? 'unknown message', what].filter((word) => word !== null).join(': ')
}

function filePart({ data, mime, name, source }: JsonObject): JsonObject {
  const url = typeof data === 'string' ? `data:${mime};base64,${data}` : (textOf(objectOf(source).uri) ?? '')
  return { type: 'file', mime, ...(name !== undefined && { filename: name }), url }
}

function agentPart({ name, mention }: JsonObject): JsonObject {
  const { text, start, end } = objectOf(mention)
  return { type: 'agent', name, ...(typeof text === 'string' && { source: { value: text, start, end } }) }
}

interface ItemPlace {
  readonly message: JsonObject
  readonly index: number
  readonly sessionID: string
}

function contentPart(item: JsonObject, place: ItemPlace): JsonObject {
  if (item.type === 'tool') return toolPart(item, place)
  if (item.type !== 'reasoning') return { type: 'text', text: textOf(item.text) ?? '' }
  const time = objectOf(item.time)
  const start = time.created ?? created(place.message)
  return { type: 'reasoning', text: item.text, time: { start, ...(time.completed !== undefined && { end: time.completed }) } }
}

function toolPart(item: JsonObject, place: ItemPlace): JsonObject {
  const state = objectOf(item.state)
  const time = objectOf(item.time)
  const start = time.ran ?? time.created ?? created(place.message)
  const metadata = isObject(state.metadata) ? { metadata: state.metadata } : {}
  const part = (more: JsonObject) => ({ type: 'tool', callID: item.id, tool: item.name, state: more })
  const { status } = state
  const whole = { start, end: time.completed ?? start }
  if (status === 'streaming') return part({ status: 'pending', input: {}, raw: textOf(state.input) ?? '' })
  const input = state.input ?? {}
  if (status === 'running') return part({ status, input, ...metadata, time: { start } })
  if (status === 'error') {
    return part({ status, input, error: textOf(objectOf(state.error).message) ?? '', ...metadata, time: whole })
  }
  const files = listOf(state.content).filter((content): content is JsonObject => isObject(content) && content.type === 'file')
  const attachments = files.map(({ uri, mime, name }, at) => {
    const messageID = idOf(place.message)
    const own = { id: derivedPartID(messageID, 1_000_000 + place.index * 1000 + at), sessionID: place.sessionID, messageID }
    return { ...own, type: 'file', mime, ...(name !== undefined && { filename: name }), url: uri }
  })
  const output = joinedText(state.content) ?? ''
  const done = { status: 'completed', input, output, title: '', metadata: state.metadata ?? {}, time: whole }
  return part(attachments.length > 0 ? { ...done, attachments } : done)
}

/** Whether 1.x has two messages where 2.x has this one. */
export const isPair = (message: JsonObject): boolean => message.type === 'compaction' || message.type === 'shell'

/**
 * A compaction, or a command that the user ran, as the two messages that 1.x makes of it. The first keeps the whole message, so
 * that nothing is lost on the way back; the second has its id.
 */
export function pairV1(message: JsonObject, ids: Ids): [MessageV1, MessageV1] {
  const { sessionID, around } = ids
  const plain: JsonObject = omit(message, ['metadata'])
  const request = { ...plain, id: derivedMessageID(idOf(message), 'before') }
  const asking = userInfo(request, ids)
  const answer = (more: JsonObject, parts: readonly JsonObject[], agent: string): MessageV1 => {
    const completed = objectOf(message.time).completed ?? created(message)
    const unfinished = message.status === 'running'
    const finished = { ...plain, agent, finish: 'stop', time: { created: created(message), ...(!unfinished && { completed }) } }
    const info = assistantInfo(finished, { sessionID, around: { ...around, previous: request.id } })
    return { info: keep({ ...info, ...more }, { v2: { of: request.id } }), parts: withIDs(message, sessionID, parts) }
  }
  const question = (part: JsonObject): MessageV1 => ({
    info: keep(asking, { v2: { message } }),
    parts: withIDs(request, sessionID, [part]),
  })
  if (message.type === 'compaction') {
    const failed = message.status === 'failed' && !isObject(message.error)
    const error = failed ? { error: { name: 'UnknownError', data: { message: 'compaction failed' } } } : {}
    return [
      question({ type: 'compaction', auto: message.reason === 'auto' }),
      answer({ summary: true, ...error }, [{ type: 'text', text: textOf(message.summary) ?? '' }], 'compaction'),
    ]
  }
  return [question({ type: 'text', text: shellNotice, synthetic: true }), answer({}, [shellPart(message)], around.agent)]
}

/** As 1.x keeps the command of a user: a call of its `bash` tool. */
function shellPart({ shellID, command, status, exit, output, time }: JsonObject): JsonObject {
  const { created: start, completed } = objectOf(time)
  const text = textOf(objectOf(output).output) ?? ''
  const input = { command: textOf(command) ?? '' }
  const call = { type: 'tool', callID: textOf(shellID) ?? '', tool: 'bash' }
  if (status === 'running') return { ...call, state: { status, input, metadata: { output: text }, time: { start } } }
  const metadata = { output: text, ...(numberOf(exit) !== null && { exit }) }
  return {
    ...call,
    state: { status: 'completed', input, output: text, title: '', metadata, time: { start, end: completed ?? start } },
  }
}
