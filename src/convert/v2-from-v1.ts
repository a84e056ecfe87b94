import { isObject, type JsonObject, listOf, objectOf, textOf } from '../base/json.ts'
import { derivedMessageID } from './ids.ts'
import { count } from './importable/rule.ts'
import { keep, keptIn, withoutKept } from './kept.ts'
import { applyPatch } from './patch.ts'
import type { MessageV1 } from './shapes.ts'

/** What a list of a 2.x message holds: `content` of an answer, `files` and `agents` of a prompt. */
export type Item = readonly [list: 'content' | 'files' | 'agents', item: JsonObject]

/**
 * A 1.x message as 2.x has it. `from` tells for each part at which place it would come back, or -1 for one that 2.x has no place
 * for.
 */
export interface Natural {
  readonly messages: readonly JsonObject[]
  readonly from: readonly number[]
}

export const shellNotice = 'The following tool was executed by the user'
/** What 2.x's own copy of 1.x sessions puts in the place of an output that was pruned from the context. */
const cleared = '[Old tool result content cleared]'
const interrupted = { type: 'tool.interrupted', message: 'Tool execution was interrupted' }

const isTrue = (value: unknown) => value === true
const textsOf = (parts: readonly JsonObject[]) => parts.map((part) => textOf(part.text) ?? '').join('\n')

/** The part with what only 2.x has taken out, and what 2.x makes of it; null where it has no place for it. */
function itemOf(part: JsonObject, role: unknown): Item | null {
  const item = naturalItem(withoutKept(part, 'v2'), role)
  const patch = keptIn(part).v2
  return item && isObject(patch) ? [item[0], applyPatch(item[1], patch)] : item
}

function naturalItem(part: JsonObject, role: unknown): Item | null {
  if (role === 'user') {
    if (part.type === 'file') return fileItem(part)
    if (part.type !== 'agent') return null
    return ['agents', { name: part.name, ...mentionOf(part.source) }]
  }
  switch (part.type) {
    case 'text':
      return isTrue(part.ignored) ? null : ['content', { type: 'text', text: part.text }]
    case 'reasoning': {
      const { start, end } = objectOf(part.time)
      return [
        'content',
        { type: 'reasoning', text: part.text, time: { created: start, ...(end !== undefined && { completed: end }) } },
      ]
    }
    case 'tool':
      return ['content', toolItem(part)]
    default:
      return null
  }
}

function mentionOf(source: unknown): { mention?: JsonObject } {
  const { value, start, end } = objectOf(source)
  return typeof value === 'string' ? { mention: { text: value, start, end } } : {}
}

/** 2.x keeps the data of a file in the message; a file that 1.x only points at has no place. */
function fileItem({ mime, filename, url, source }: JsonObject): Item | null {
  const prefix = `data:${mime};base64,`
  if (typeof url !== 'string' || !url.startsWith(prefix)) return null
  const { type, path, text } = objectOf(source)
  const from =
    type === 'file' && typeof path === 'string' ? { type: 'uri', uri: `file://${encodeURI(path)}` } : { type: 'inline' }
  const name = filename === undefined ? {} : { name: filename }
  return ['files', { data: url.slice(prefix.length), mime, source: from, ...name, ...mentionOf(text) }]
}

function toolItem(part: JsonObject): JsonObject {
  const state = objectOf(part.state)
  const { start, end, compacted } = objectOf(state.time)
  const common = { type: 'tool', id: part.callID, name: part.tool }
  const time = (created: unknown) =>
    created === undefined ? { created: 0 } : { created, ran: created, ...(end !== undefined && { completed: end }) }
  const metadata = Object.keys(objectOf(state.metadata)).length > 0 ? { metadata: state.metadata } : {}
  const { input } = state
  switch (state.status) {
    case 'completed': {
      const files = listOf(state.attachments)
        .filter(isObject)
        .map(({ url, mime, filename }) => ({ type: 'file', uri: url, mime, ...(filename !== undefined && { name: filename }) }))
      const text = { type: 'text', text: compacted === undefined ? state.output : cleared }
      const content = compacted === undefined ? [text, ...files] : [text]
      return { ...common, state: { status: 'completed', input, content, ...metadata }, time: time(start) }
    }
    case 'error':
      return {
        ...common,
        state: { status: 'error', input, error: { type: 'tool.failed', message: state.error }, ...metadata },
        time: time(start),
      }
    default:
      // Nobody will end it: 2.x calls what it finds so at its own copy interrupted.
      return { ...common, state: { status: 'error', input, error: interrupted, ...metadata }, time: time(start) }
  }
}

/** What of a message is the same for all types of 2.x. */
function base(info: JsonObject, type: string): Record<string, unknown> {
  return {
    id: info.id,
    type,
    ...(isObject(info.metadata) && { metadata: info.metadata }),
    time: { created: count(objectOf(info.time).created) },
  }
}

const finishes = ['stop', 'length', 'tool-calls', 'content-filter', 'error', 'unknown']
const countsOf = (tokens: unknown) => {
  const { input, output, reasoning, cache } = objectOf(tokens)
  const { read, write } = objectOf(cache)
  return { input, output, reasoning, cache: { read, write } }
}

/** Cost and tokens; none where 1.x has noughts, as it does until the provider tells. */
function usageOf({ cost, tokens }: JsonObject): JsonObject {
  const { input, output, reasoning, cache } = countsOf(tokens)
  const used = [cost, input, output, reasoning, cache.read, cache.write].some((value) => value !== 0)
  return used ? { cost, tokens: countsOf(tokens) } : {}
}

function errorOf(error: unknown): { error?: JsonObject } {
  if (!isObject(error)) return {}
  return { error: { type: error.name, message: textOf(objectOf(error.data).message) ?? textOf(error.name) ?? '' } }
}

const modelOf = ({ modelID, providerID, variant }: JsonObject) => ({
  id: modelID,
  providerID,
  ...(variant !== undefined && { variant }),
})

function assistantHead(info: JsonObject, parts: readonly JsonObject[]): JsonObject {
  const { created, completed } = objectOf(info.time)
  const snapshots = (type: string) =>
    parts.filter((part) => part.type === type && part.snapshot !== undefined).map((part) => part.snapshot)
  const start = snapshots('step-start')[0]
  const end = snapshots('step-finish').at(-1)
  const retry = parts.findLast((part) => part.type === 'retry')
  return {
    ...base(info, 'assistant'),
    agent: info.agent,
    model: modelOf(info),
    content: [],
    ...((start !== undefined || end !== undefined) && {
      snapshot: { ...(start !== undefined && { start }), ...(end !== undefined && { end }) },
    }),
    ...(info.finish !== undefined &&
      (finishes.includes(String(info.finish)) ? { finish: info.finish } : { finish: 'unknown', rawFinish: info.finish })),
    ...usageOf(info),
    ...errorOf(info.error),
    ...(retry && { retry: { attempt: retry.attempt, at: objectOf(retry.time).created, ...errorOf(retry.error) } }),
    time: { created, ...(completed !== undefined && { completed }) },
  }
}

/** Lists of items where 2.x has them. */
function withItems(head: JsonObject, items: readonly Item[]): JsonObject {
  const message: Record<string, unknown> = { ...head }
  for (const list of ['content', 'files', 'agents'] as const) {
    const those = items.filter(([name]) => name === list)
    if (those.length > 0) message[list] = those.map(([, item]) => item)
  }
  return message
}

/** A user's or assistant's message of 1.x in the words of 2.x, without what 2.x has no words for. */
export function naturalV2({ info, parts }: MessageV1): Natural {
  if (info.role === 'assistant') {
    const items = parts.map((part) => itemOf(part, info.role))
    let at = 0
    const from = items.map((item) => (item ? at++ : -1))
    return {
      messages: [
        withItems(
          assistantHead(info, parts),
          items.filter((item) => item !== null),
        ),
      ],
      from,
    }
  }
  return userMessages(info, parts)
}

function userMessages(info: JsonObject, parts: readonly JsonObject[]): Natural {
  const shown = parts.filter((part) => part.type === 'text' && !isTrue(part.ignored))
  const typed = shown.filter((part) => !isTrue(part.synthetic))
  const added = shown.filter((part) => isTrue(part.synthetic))
  const items = parts.map((part) => itemOf(part, info.role))
  const files = items.filter((item) => item?.[0] === 'files').length
  const text = textsOf(typed)
  const single = typed.length === 1 ? typed[0] : undefined
  const unavailable = parts.filter((part, index) => part.type === 'file' && !items[index] && added.length === 0)
  const notes = unavailable.map((part) => `[Attachment not included: ${textOf(part.filename) ?? textOf(part.url) ?? ''}]`)
  const isCommand = parts.some((part) => part.type === 'subtask')
  const extra = [
    ...added.map((part) => textOf(part.text) ?? ''),
    ...notes,
    ...(isCommand && added.length === 0 ? [shellNotice] : []),
  ]
  if (typed.length === 0 && items.every((item) => item === null)) {
    // A single text comes back as one, also an ignored one: that is what a notice of 2.x is in 1.x.
    const only = added.length === 1 ? added[0] : parts.length === 1 && parts[0]?.type === 'text' ? parts[0] : undefined
    return {
      messages: [{ ...base(info, 'synthetic'), text: extra.join('\n') }],
      from: parts.map((part) => (part === only ? 0 : -1)),
    }
  }
  let file = text === '' ? 0 : 1
  let agent = file + files
  const from = parts.map((part, index) => {
    if (part === single && text !== '') return 0
    if (items[index]?.[0] === 'files') return file++
    return items[index] ? agent++ : -1
  })
  const user = withItems(
    { ...base(info, 'user'), text },
    items.filter((item) => item !== null),
  )
  if (extra.length === 0) return { messages: [user], from }
  // 2.x tells the model so in a message of its own.
  const id = textOf(info.id) ?? ''
  const synthetic = {
    ...base({ ...info, metadata: undefined, id: derivedMessageID(id, 'behind') }, 'synthetic'),
    text: extra.join('\n'),
  }
  return { messages: [user, keep(synthetic, { v1: { of: id } })], from }
}

/** The pair of messages that 1.x makes of a compaction, or what there is of it, as the one message of 2.x. */
export function compactionV2(request: MessageV1 | undefined, summary: MessageV1 | undefined): JsonObject {
  const info = summary?.info ?? request?.info ?? {}
  const about = request?.parts.find((part) => part.type === 'compaction')
  const done = summary !== undefined && objectOf(info.time).completed !== undefined && info.error === undefined
  const text = summary?.parts.filter((part) => part.type === 'text' && !isTrue(part.ignored)) ?? []
  const messages = [request, summary].filter((message) => message !== undefined)
  const message = {
    ...base({ ...info, metadata: undefined }, 'compaction'),
    status: done ? 'completed' : 'failed',
    reason: isTrue(about?.auto) ? 'auto' : 'manual',
    summary: textsOf(text),
    recent: '',
    ...(summary && { model: modelOf(info), ...usageOf(info), ...errorOf(info.error) }),
    time: { created: count(objectOf((request ?? summary)?.info.time).created) },
  }
  return keep(message, { v1: { messages } })
}
