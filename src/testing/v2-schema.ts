import * as v from 'valibot'

/**
 * What OpenCode 2.x exports and stores, strictly: a key that it does not have is an error
 * (packages/schema/src/session-message.ts).
 */

const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const json = v.record(v.string(), v.unknown())
const model = v.strictObject({ id: v.string(), providerID: v.string(), variant: v.optional(v.string()) })
const tokens = v.strictObject({
  input: v.number(),
  output: v.number(),
  reasoning: v.number(),
  cache: v.strictObject({ read: v.number(), write: v.number() }),
})
const error = v.strictObject({ type: v.string(), message: v.string() })
const mention = v.strictObject({ text: v.string(), start: v.number(), end: v.number() })
const base = { id: v.pipe(v.string(), v.startsWith('msg_')), metadata: v.optional(json) }
const time = v.strictObject({ created: count })

const source = v.variant('type', [
  v.strictObject({ type: v.literal('inline') }),
  v.strictObject({ type: v.literal('uri'), uri: v.string() }),
])
const file = v.strictObject({
  data: v.pipe(v.string(), v.base64()),
  mime: v.string(),
  source,
  name: v.optional(v.string()),
  description: v.optional(v.string()),
  mention: v.optional(mention),
})

const output = v.variant('type', [
  v.strictObject({ type: v.literal('text'), text: v.string() }),
  v.strictObject({ type: v.literal('file'), uri: v.string(), mime: v.string(), name: v.optional(v.string()) }),
])
const state = v.variant('status', [
  v.strictObject({ status: v.literal('streaming'), input: v.string() }),
  v.strictObject({ status: v.literal('running'), input: json, metadata: json }),
  v.strictObject({ status: v.literal('completed'), input: json, content: v.array(output), metadata: v.optional(json) }),
  v.strictObject({
    status: v.literal('error'),
    input: json,
    error,
    content: v.optional(v.array(output)),
    metadata: v.optional(json),
  }),
])
const content = v.variant('type', [
  v.strictObject({ type: v.literal('text'), text: v.string(), native: v.optional(v.unknown()) }),
  v.strictObject({
    type: v.literal('reasoning'),
    text: v.string(),
    native: v.optional(v.unknown()),
    time: v.optional(v.strictObject({ created: count, completed: v.optional(count) })),
  }),
  v.strictObject({
    type: v.literal('tool'),
    id: v.string(),
    name: v.string(),
    executed: v.optional(v.boolean()),
    native: v.optional(v.unknown()),
    providerResultState: v.optional(v.unknown()),
    state,
    time: v.strictObject({ created: count, ran: v.optional(count), completed: v.optional(count) }),
  }),
])

const usage = { cost: v.optional(v.number()), tokens: v.optional(tokens), error: v.optional(error) }

export const messageSchema = v.variant('type', [
  v.strictObject({
    ...base,
    type: v.literal('user'),
    time,
    text: v.string(),
    files: v.optional(v.array(file)),
    agents: v.optional(v.array(v.strictObject({ name: v.string(), mention: v.optional(mention) }))),
    skills: v.optional(v.array(v.unknown())),
  }),
  v.strictObject({
    ...base,
    ...usage,
    type: v.literal('assistant'),
    agent: v.string(),
    model,
    content: v.array(content),
    snapshot: v.optional(
      v.strictObject({ start: v.optional(v.string()), end: v.optional(v.string()), files: v.optional(v.array(v.unknown())) }),
    ),
    finish: v.optional(v.picklist(['stop', 'length', 'tool-calls', 'content-filter', 'error', 'unknown'])),
    rawFinish: v.optional(v.string()),
    native: v.optional(v.unknown()),
    retry: v.optional(v.strictObject({ attempt: count, at: count, error })),
    time: v.strictObject({ created: count, streamed: v.optional(count), completed: v.optional(count) }),
  }),
  v.strictObject({ ...base, type: v.literal('synthetic'), time, text: v.string(), description: v.optional(v.string()) }),
  v.strictObject({ ...base, type: v.literal('system'), time, text: v.string(), description: v.optional(v.string()) }),
  v.strictObject({ ...base, type: v.literal('skill'), time, skill: v.string(), name: v.string(), text: v.string() }),
  v.strictObject({
    ...base,
    type: v.literal('shell'),
    shellID: v.string(),
    command: v.string(),
    status: v.string(),
    exit: v.optional(v.number()),
    output: v.optional(v.looseObject({ output: v.string() })),
    time: v.strictObject({ created: count, completed: v.optional(count) }),
  }),
  v.strictObject({
    ...base,
    ...usage,
    type: v.literal('compaction'),
    time,
    status: v.picklist(['running', 'completed', 'failed']),
    reason: v.picklist(['auto', 'manual']),
    summary: v.string(),
    recent: v.string(),
    model: v.optional(model),
    native: v.optional(v.unknown()),
    providerContext: v.optional(v.unknown()),
  }),
  v.strictObject({ ...base, type: v.literal('agent-switched'), time, agent: v.string(), previous: v.optional(v.string()) }),
  v.strictObject({ ...base, type: v.literal('model-switched'), time, model, previous: v.optional(model) }),
  v.strictObject({
    ...base,
    type: v.literal('location-switched'),
    time,
    location: v.looseObject({ directory: v.string() }),
    projectID: v.optional(v.string()),
    subpath: v.optional(v.string()),
    previous: v.optional(v.unknown()),
  }),
  v.strictObject({ ...base, type: v.literal('idle'), time, outcome: v.picklist(['succeeded', 'failed', 'interrupted']) }),
])

export const sessionSchema = v.strictObject({
  id: v.pipe(v.string(), v.startsWith('ses_')),
  parentID: v.optional(v.string()),
  fork: v.optional(v.strictObject({ sessionID: v.string(), boundary: v.unknown() })),
  projectID: v.string(),
  agent: v.optional(v.string()),
  model: v.optional(model),
  cost: v.number(),
  tokens,
  outcome: v.optional(v.string()),
  time: v.strictObject({
    created: count,
    updated: count,
    idle: v.optional(count),
    viewed: v.optional(count),
    archived: v.optional(v.number()),
  }),
  title: v.optional(v.string()),
  location: v.strictObject({ directory: v.string(), workspaceID: v.optional(v.string()) }),
  subpath: v.optional(v.string()),
  metadata: v.optional(json),
  permissions: v.optional(v.unknown()),
  revert: v.optional(v.unknown()),
})
