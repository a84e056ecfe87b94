import * as v from 'valibot'

/** What `opencode import` of 1.18.33 decodes a file with, read off its binary: keys that it does not know are no error. */

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
const finite = v.pipe(v.number(), v.finite())
const json = v.record(v.string(), v.unknown())
const maybeText = v.optional(v.string())
const messageID = v.pipe(v.string(), v.startsWith('msg'))
const partID = v.pipe(v.string(), v.startsWith('prt'))
const sessionID = v.pipe(v.string(), v.startsWith('ses'))
const cache = v.object({ read: finite, write: finite })
const tokens = v.object({ total: v.optional(finite), input: finite, output: finite, reasoning: finite, cache })
const diff = v.object({
  file: maybeText,
  patch: maybeText,
  additions: finite,
  deletions: finite,
  status: v.optional(v.picklist(['added', 'deleted', 'modified'])),
})

export const sessionSchema = v.object({
  id: sessionID,
  slug: v.string(),
  projectID: v.string(),
  workspaceID: maybeText,
  directory: v.string(),
  path: maybeText,
  parentID: v.optional(sessionID),
  summary: v.optional(v.object({ additions: finite, deletions: finite, files: finite, diffs: v.optional(v.array(diff)) })),
  cost: v.optional(finite),
  tokens: v.optional(v.object({ input: finite, output: finite, reasoning: finite, cache })),
  share: v.optional(v.object({ url: v.string() })),
  title: v.string(),
  agent: maybeText,
  model: v.optional(v.object({ id: v.string(), providerID: v.string(), variant: maybeText })),
  version: v.string(),
  metadata: v.optional(json),
  time: v.object({ created: count, updated: count, compacting: v.optional(count), archived: v.optional(finite) }),
  permission: v.optional(
    v.array(v.object({ permission: v.string(), pattern: v.string(), action: v.picklist(['allow', 'deny', 'ask']) })),
  ),
  revert: v.optional(v.object({ messageID, partID: v.optional(partID), snapshot: maybeText, diff: maybeText })),
})

const message = v.object({ message: v.string() })
const named = <const T extends string, D extends v.GenericSchema>(name: T, data: D) => v.object({ name: v.literal(name), data })
const apiData = v.object({
  message: v.string(),
  statusCode: v.optional(count),
  isRetryable: v.boolean(),
  responseHeaders: v.optional(v.record(v.string(), v.string())),
  responseBody: maybeText,
  metadata: v.optional(v.record(v.string(), v.string())),
})
const apiError = named('APIError', apiData)
const error = v.variant('name', [
  named('ProviderAuthError', v.object({ providerID: v.string(), message: v.string() })),
  named('UnknownError', v.object({ message: v.string(), ref: maybeText })),
  named('MessageOutputLengthError', v.object({})),
  named('MessageAbortedError', message),
  named('StructuredOutputError', v.object({ message: v.string(), retries: count })),
  named('ContextOverflowError', v.object({ message: v.string(), responseBody: maybeText })),
  named('ContentFilterError', message),
  apiError,
])

const info = v.variant('role', [
  v.object({
    id: messageID,
    sessionID,
    role: v.literal('user'),
    time: v.object({ created: v.pipe(finite, v.minValue(0)) }),
    format: v.optional(
      v.variant('type', [
        v.object({ type: v.literal('text') }),
        v.object({ type: v.literal('json_schema'), schema: json, retryCount: v.optional(count) }),
      ]),
    ),
    summary: v.optional(v.object({ title: maybeText, body: maybeText, diffs: v.array(diff) })),
    agent: v.string(),
    model: v.object({ providerID: v.string(), modelID: v.string(), variant: maybeText }),
    system: maybeText,
    tools: v.optional(v.record(v.string(), v.boolean())),
  }),
  v.object({
    id: messageID,
    sessionID,
    role: v.literal('assistant'),
    time: v.object({ created: count, completed: v.optional(count) }),
    error: v.optional(error),
    parentID: messageID,
    modelID: v.string(),
    providerID: v.string(),
    mode: v.string(),
    agent: v.string(),
    path: v.object({ cwd: v.string(), root: v.string() }),
    summary: v.optional(v.boolean()),
    cost: finite,
    tokens,
    variant: maybeText,
    finish: maybeText,
  }),
])

const base = { id: partID, sessionID, messageID }
const span = v.object({ start: count, end: v.optional(count) })
const wholeSpan = v.object({ start: count, end: count })
const mention = v.object({ value: v.string(), start: finite, end: finite })
const point = v.object({ line: count, character: count })
const file = v.object({
  ...base,
  type: v.literal('file'),
  mime: v.string(),
  filename: maybeText,
  url: v.string(),
  source: v.optional(
    v.variant('type', [
      v.object({ type: v.literal('file'), path: v.string(), text: mention }),
      v.object({
        type: v.literal('symbol'),
        path: v.string(),
        name: v.string(),
        kind: count,
        text: mention,
        range: v.object({ start: point, end: point }),
      }),
      v.object({ type: v.literal('resource'), clientName: v.string(), uri: v.string(), text: mention }),
    ]),
  ),
})
const state = v.variant('status', [
  v.object({ status: v.literal('pending'), input: json, raw: v.string() }),
  v.object({
    status: v.literal('running'),
    input: json,
    title: maybeText,
    metadata: v.optional(json),
    time: v.object({ start: count }),
  }),
  v.object({
    status: v.literal('completed'),
    input: json,
    output: v.string(),
    title: v.string(),
    metadata: json,
    time: v.object({ start: count, end: count, compacted: v.optional(count) }),
    attachments: v.optional(v.array(file)),
  }),
  v.object({ status: v.literal('error'), input: json, error: v.string(), metadata: v.optional(json), time: wholeSpan }),
])
const part = v.variant('type', [
  v.object({
    ...base,
    type: v.literal('text'),
    text: v.string(),
    synthetic: v.optional(v.boolean()),
    ignored: v.optional(v.boolean()),
    time: v.optional(span),
    metadata: v.optional(json),
  }),
  v.object({ ...base, type: v.literal('reasoning'), text: v.string(), metadata: v.optional(json), time: span }),
  file,
  v.object({ ...base, type: v.literal('tool'), callID: v.string(), tool: v.string(), state, metadata: v.optional(json) }),
  v.object({ ...base, type: v.literal('step-start'), snapshot: maybeText }),
  v.object({ ...base, type: v.literal('step-finish'), reason: v.string(), snapshot: maybeText, cost: finite, tokens }),
  v.object({ ...base, type: v.literal('snapshot'), snapshot: v.string() }),
  v.object({ ...base, type: v.literal('patch'), hash: v.string(), files: v.array(v.string()) }),
  v.object({
    ...base,
    type: v.literal('agent'),
    name: v.string(),
    source: v.optional(v.object({ value: v.string(), start: count, end: count })),
  }),
  v.object({
    ...base,
    type: v.literal('subtask'),
    prompt: v.string(),
    description: v.string(),
    agent: v.string(),
    model: v.optional(v.object({ providerID: v.string(), modelID: v.string() })),
    command: maybeText,
  }),
  v.object({ ...base, type: v.literal('retry'), attempt: count, error: apiError, time: v.object({ created: count }) }),
  v.object({
    ...base,
    type: v.literal('compaction'),
    auto: v.boolean(),
    overflow: v.optional(v.boolean()),
    tail_start_id: v.optional(messageID),
  }),
])

export const messageSchema = v.object({ info, parts: v.array(part) })
