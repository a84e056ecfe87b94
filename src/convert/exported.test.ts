import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { type JsonObject, objectOf } from '../base/json.ts'
import type { StoredMessage, StoredSession } from '../stores/store.ts'
import { storedV1, storedV2, wholeV1, wholeV2 } from '../testing/exported.ts'
import * as schemaV1 from '../testing/v1-schema.ts'
import { messageSchema, sessionSchema } from '../testing/v2-schema.ts'
import { toV1, toV2 } from './exported.ts'

const sessionID = 'ses_e0357cce2ffe66y22yqwafqA4x'
const tokens = { input: 10, output: 5, reasoning: 0, cache: { read: 1, write: 2 } }
const session = {
  id: sessionID,
  slug: 'a-slug',
  projectID: 'global',
  directory: '/work',
  title: 'A title',
  version: '1.18.33',
  cost: 0,
  tokens,
  time: { created: 1000, updated: 2000 },
}
const nth = (prefix: string, index: number) => `${prefix}_1fca${String(index).padStart(8, '0')}abcdefghijklmn`

type Part = JsonObject
function v1Message(index: number, info: JsonObject, ...parts: Part[]): StoredMessage {
  const id = nth('msg', index)
  return {
    shape: 'v1',
    id,
    sessionID,
    type: null,
    created: 1000 + index,
    info: { time: { created: 1000 + index }, ...info },
    parts: parts.map((data, at) => ({ id: nth('prt', index * 100 + at), data })),
  }
}
const v2Message = (index: number, type: string, info: JsonObject): StoredMessage => ({
  shape: 'v2',
  id: nth('msg', index),
  sessionID,
  type,
  created: 1000 + index,
  info: { time: { created: 1000 + index }, ...info },
  parts: [],
})
const ofV1 = (...messages: StoredMessage[]): StoredSession => ({ shape: 'v1', info: session, messages })
const ask = { role: 'user', agent: 'build', model: { providerID: 'local', modelID: 'small' } }
const answer = {
  role: 'assistant',
  agent: 'build',
  mode: 'build',
  providerID: 'local',
  modelID: 'small',
  parentID: nth('msg', 0),
  cost: 0.5,
  tokens,
  path: { cwd: '/work', root: '/work' },
  time: { created: 1001, completed: 1500 },
  finish: 'stop',
}
const text = (words: string, more: JsonObject = {}) => ({ type: 'text', text: words, ...more })
const tool = (state: JsonObject) => ({ type: 'tool', callID: 'call_1', tool: 'bash', state })
const input = { command: 'ls' }
const time = { start: 1002, end: 1003 }

describe('to 1.x', () => {
  test('a complete session comes out as it is stored, with the ids inside, in the order of OpenCode', () => {
    const { info, messages } = toV1(ofV1(v1Message(0, ask, text('hi')), v1Message(1, { ...answer, unknown: [1] }, text('yes'))))
    const { time: answered, ...rest } = answer
    expect(info).toBe(session)
    expect(JSON.stringify([...messages][1])).toBe(
      JSON.stringify({
        info: { time: answered, ...rest, unknown: [1], id: nth('msg', 1), sessionID },
        parts: [{ ...text('yes'), id: nth('prt', 100), sessionID, messageID: nth('msg', 1) }],
      }),
    )
  })

  test('a session of 0.5 gets what 1.18 asks for', () => {
    const { agent: _, parentID: __, ...old } = answer
    const step = { type: 'step-finish', cost: 0, tokens }
    const source: StoredSession = {
      shape: 'v1',
      info: { id: sessionID, title: 'Old', version: '0.5.29', time: { created: 1, updated: 2 } },
      messages: [
        v1Message(0, { role: 'user' }, text('hi')),
        v1Message(1, { ...old, mode: 'plan' }, tool({ status: 'pending' }), step, { type: 'source-url', url: 'x' }),
        v1Message(2, { role: 'user' }, text('and?')),
      ],
    }
    const { info, messages } = wholeV1(toV1(source))
    expect(info).toMatchObject({ slug: '', projectID: 'global', directory: '', version: '0.5.29' })
    for (const key of ['tokens', 'cost', 'summary', 'parentID']) expect(info).not.toHaveProperty(key)
    const [first, second, third] = messages
    const model = { providerID: 'local', modelID: 'small' }
    expect(first!.info).toMatchObject({ agent: 'plan', model })
    expect(second!.info).toMatchObject({ agent: 'plan', parentID: nth('msg', 0) })
    expect(second!.parts).toMatchObject([
      { state: { status: 'pending', input: {}, raw: '' } },
      { reason: 'unknown' },
      { type: 'text', text: '', ignored: true, metadata: { ocvault: { misfit: { part: { type: 'source-url', url: 'x' } } } } },
    ])
    expect(third!.info).toMatchObject({ agent: 'plan', model })
  })

  test('what is damaged is replaced, and kept', () => {
    const { info, messages } = wholeV1(
      toV1({
        shape: 'v1',
        info: { ...session, title: 7, summary: { diffs: [{ file: 'a', additions: 2, deletions: 1 }, 3] }, share: 'x' },
        messages: [
          v1Message(0, { ...ask, tools: 'none', model: null }, text('hi'), { type: 'text' }),
          v1Message(
            1,
            { ...answer, error: 'boom', tokens: null },
            tool({ status: 'completed', input: 'ls', output: 3, time: 'x' }),
          ),
        ],
      }),
    )
    expect(info).toMatchObject({
      title: '',
      summary: { additions: 2, deletions: 1, files: 1 },
      metadata: { ocvault: { misfit: { title: 7, share: 'x' } } },
    })
    expect(info).not.toHaveProperty('share')
    expect(messages[0]!.info).toMatchObject({ model: ask.model, metadata: { ocvault: { misfit: { tools: 'none' } } } })
    expect(messages[1]!.info).toMatchObject({
      error: { name: 'UnknownError', data: { message: 'boom' } },
      tokens: { input: 0, cache: { read: 0 } },
    })
    expect(messages[1]!.parts[0]).toMatchObject({
      state: { input: { input: 'ls' }, output: '3', title: '', metadata: { ocvault: { misfit: { input: 'ls', time: 'x' } } } },
    })
  })

  test('a message of 0.1 has its parts taken out, and keeps what later releases dropped', () => {
    const metadata = {
      time: { created: 5, completed: 9 },
      tool: { call_1: { title: 'list', exit: 0, time: { start: 6, end: 7 } } },
      assistant: { system: ['You are'], modelID: 'm', providerID: 'p', path: { cwd: '/a', root: '/' }, cost: 1, tokens },
      snapshot: 'abc',
    }
    const call = { state: 'result', toolCallId: 'call_1', toolName: 'bash', args: input, result: 'src\n', step: 2 }
    const info = {
      id: 'msg_1',
      role: 'assistant',
      metadata,
      parts: [{ type: 'step-start' }, { type: 'reasoning', text: 'hm' }, { type: 'tool-invocation', toolInvocation: call }],
    }
    const legacy: StoredMessage = { shape: 'legacy', id: 'msg_1', sessionID, type: null, created: 5, info, parts: [] }
    const [message] = wholeV1(toV1(ofV1(legacy))).messages
    expect(message).toMatchObject({
      info: {
        mode: 'build',
        agent: 'build',
        system: ['You are'],
        modelID: 'm',
        time: { created: 5, completed: 9 },
        metadata: { ocvault: { legacy: { snapshot: 'abc' } } },
      },
      parts: [
        { type: 'step-start' },
        { type: 'reasoning', text: 'hm' },
        {
          type: 'tool',
          callID: 'call_1',
          tool: 'bash',
          state: {
            status: 'completed',
            input,
            output: 'src\n',
            title: 'list',
            metadata: { exit: 0 },
            time: { start: 6, end: 7 },
          },
          metadata: { ocvault: { legacy: { call: { step: 2 } } } },
        },
      ],
    })
  })

  test('a command and a compaction of 2.x are the two messages that 1.x makes of them', () => {
    const messages = wholeV1(
      toV1({
        shape: 'v2',
        info: { id: sessionID, projectID: 'global', location: { directory: '/work' }, time: { created: 1, updated: 2 } },
        messages: [
          v2Message(0, 'user', { text: 'hi' }),
          v2Message(2, 'shell', { shellID: 'shl_1', command: 'ls', status: 'exited', exit: 0, output: { output: 'src\n' } }),
          v2Message(4, 'compaction', { status: 'completed', reason: 'auto', summary: 'all', recent: '' }),
        ],
      }),
    ).messages
    expect(messages.map(({ info, parts }) => [info.role, parts.map(({ type }) => type)])).toEqual([
      ['user', ['text']],
      ['user', ['text']],
      ['assistant', ['tool']],
      ['user', ['compaction']],
      ['assistant', ['text']],
    ])
    expect(messages[2]!.parts[0]).toMatchObject({
      tool: 'bash',
      state: { input: { command: 'ls' }, output: 'src\n', metadata: { exit: 0 } },
    })
    expect(messages[4]!.info).toMatchObject({ id: nth('msg', 4), summary: true, parentID: messages[3]!.info.id })
    // OpenCode orders messages of one millisecond by id.
    const ids = messages.map(({ info }) => String(info.id))
    expect(ids.toSorted()).toEqual(ids)
  })
})

describe('to 2.x', () => {
  const one = (...parts: Part[]) => wholeV2(toV2(ofV1(v1Message(0, ask, text('hi')), v1Message(1, answer, ...parts)))).messages[1]

  test('an answer, its tools and what they put out', () => {
    const attachments = [
      { id: 'prt_9', sessionID, messageID: nth('msg', 1), type: 'file', mime: 'image/png', url: 'data:image/png;base64,AA==' },
    ]
    const state = { status: 'completed', input, output: 'src', title: 'ls', metadata: { exit: 0 }, time, attachments }
    expect(one({ type: 'reasoning', text: 'hm', time }, text('yes'), tool(state))).toMatchObject({
      type: 'assistant',
      agent: 'build',
      model: { id: 'small', providerID: 'local' },
      cost: 0.5,
      tokens,
      finish: 'stop',
      time: answer.time,
      content: [
        { type: 'reasoning', text: 'hm', time: { created: 1002, completed: 1003 } },
        { type: 'text', text: 'yes' },
        {
          type: 'tool',
          id: 'call_1',
          name: 'bash',
          time: { created: 1002, ran: 1002, completed: 1003 },
          state: {
            status: 'completed',
            input,
            content: [
              { type: 'text', text: 'src' },
              { type: 'file', mime: 'image/png' },
            ],
            metadata: { exit: 0 },
          },
        },
      ],
    })
  })

  test('a tool that never ended is interrupted, and an output that was pruned stays out of the context', () => {
    expect(one(tool({ status: 'running', input, time: { start: 5 } }))).toMatchObject({
      content: [{ state: { status: 'error', error: { type: 'tool.interrupted' } } }],
    })
    const pruned = one(
      tool({ status: 'completed', input, output: 'long', title: '', metadata: {}, time: { ...time, compacted: 9 } }),
    )
    expect(pruned).toMatchObject({ content: [{ state: { content: [{ text: '[Old tool result content cleared]' }] } }] })
    expect(JSON.stringify(pruned)).toContain('"output":"long"')
  })

  test('what was typed is the prompt, and what OpenCode added comes behind', () => {
    const image = { type: 'file', mime: 'image/png', filename: 'a.png', url: 'data:image/png;base64,AA==' }
    const mention = { type: 'agent', name: 'explore', source: { value: '@explore', start: 0, end: 8 } }
    const parts = [text('look'), text('read it', { synthetic: true }), image, mention, text('unseen', { ignored: true })]
    const { messages } = wholeV2(toV2(ofV1(v1Message(0, ask, ...parts), v1Message(1, answer))))
    expect(messages).toMatchObject([
      {
        type: 'user',
        text: 'look',
        files: [{ data: 'AA==', mime: 'image/png', name: 'a.png', source: { type: 'inline' } }],
        agents: [{ name: 'explore', mention: { text: '@explore', start: 0, end: 8 } }],
      },
      { type: 'synthetic', text: 'read it' },
      { type: 'assistant' },
    ])
  })

  test('the pair of a compaction is one message, with the id of the summary', () => {
    const summary = { ...answer, summary: true, agent: 'compaction', mode: 'compaction' }
    const { messages } = wholeV2(
      toV2(ofV1(v1Message(0, ask, { type: 'compaction', auto: true }), v1Message(1, summary, text('all')))),
    )
    expect(messages).toMatchObject([
      { id: nth('msg', 1), type: 'compaction', status: 'completed', reason: 'auto', summary: 'all' },
    ])
  })
})

/** Any JSON, with the keys and values that OpenCode's records have more often than others. */
const word = fc.constantFrom(
  'user',
  'assistant',
  'text',
  'tool',
  'completed',
  'msg_1',
  'prt_2',
  'ses_3',
  '',
  '__proto__',
  'metadata',
)
const key = fc.constantFrom(
  ...[
    'role',
    'type',
    'text',
    'state',
    'status',
    'time',
    'created',
    'start',
    'input',
    'output',
    'metadata',
    'ocvault',
    'v1',
    'v2',
    'of',
  ],
  ...[
    'message',
    'messages',
    'parts',
    'part',
    'from',
    'patch',
    'set',
    'drop',
    'in',
    'content',
    'files',
    'agents',
    'model',
    'info',
    '__proto__',
  ],
)
const { junk } = fc.letrec((tie) => ({
  junk: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(word, fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('junk'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.array(fc.tuple(key, tie('junk')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
}))
const junkObject = fc.array(fc.tuple(key, junk), { maxLength: 8 }).map((entries): JsonObject => Object.fromEntries(entries))

/** The same where conversion looks for what it kept. */
const junkMessage = fc
  .tuple(junkObject, fc.option(fc.record({ v1: junkObject, v2: junkObject, misfit: junk })))
  .map(([info, ocvault]): JsonObject => {
    return ocvault ? { ...info, metadata: { ocvault } } : info
  })

const words = fc.oneof(fc.string(), fc.constantFrom('', 'hi', '\u0000\ud800', 'größe ✓'))
const count = fc.integer({ min: 0, max: 2 ** 45 })
const span = fc.record({ start: count, end: count })
const some = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, ...required: (keyof T)[]) =>
  fc.record(model, { requiredKeys: required }) as fc.Arbitrary<JsonObject>
const metadata = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2, noNullPrototype: true })
  .filter((record) => Object.keys(record).length > 0)
const usage = fc.record({ input: count, output: count, reasoning: count, cache: fc.record({ read: count, write: count }) })
const dataURL = fc.base64String().map((data) => `data:image/png;base64,${data}`)
const toolState = fc.oneof(
  some(
    { status: fc.constant('completed'), input: metadata, output: words, title: words, metadata, time: span },
    'status',
    'input',
    'output',
    'title',
    'metadata',
    'time',
  ),
  some(
    {
      status: fc.constant('completed'),
      input: metadata,
      output: words,
      title: words,
      metadata,
      time: span.map((s) => ({ ...s, compacted: 3 })),
    },
    'status',
    'input',
    'output',
    'title',
    'metadata',
    'time',
  ),
  some({ status: fc.constant('error'), input: metadata, error: words, metadata, time: span }, 'status', 'input', 'error', 'time'),
  some(
    { status: fc.constant('running'), input: metadata, title: words, metadata, time: fc.record({ start: count }) },
    'status',
    'input',
    'time',
  ),
  some({ status: fc.constant('pending'), input: metadata, raw: words }, 'status', 'input', 'raw'),
)
const part: fc.Arbitrary<JsonObject> = fc.oneof(
  some(
    { type: fc.constant('text'), text: words, synthetic: fc.boolean(), ignored: fc.boolean(), time: span, metadata },
    'type',
    'text',
  ),
  some({ type: fc.constant('reasoning'), text: words, metadata, time: span }, 'type', 'text', 'time'),
  some({ type: fc.constant('tool'), callID: words, tool: words, state: toolState, metadata }, 'type', 'callID', 'tool', 'state'),
  some(
    { type: fc.constant('file'), mime: fc.constant('image/png'), filename: words, url: fc.oneof(dataURL, words) },
    'type',
    'mime',
    'url',
  ),
  some(
    { type: fc.constant('agent'), name: words, source: fc.record({ value: words, start: count, end: count }) },
    'type',
    'name',
  ),
  some({ type: fc.constant('step-start'), snapshot: words }, 'type'),
  some(
    { type: fc.constant('step-finish'), reason: words, snapshot: words, cost: count, tokens: usage },
    'type',
    'reason',
    'cost',
    'tokens',
  ),
  some({ type: fc.constant('patch'), hash: words, files: fc.array(words) }, 'type', 'hash', 'files'),
  some(
    { type: fc.constant('subtask'), prompt: words, description: words, agent: words },
    'type',
    'prompt',
    'description',
    'agent',
  ),
  some({ type: fc.constant('compaction'), auto: fc.boolean() }, 'type', 'auto'),
  some({ type: fc.constant('snapshot'), snapshot: words }, 'type', 'snapshot'),
)
const userInfo = some(
  { role: fc.constant('user'), agent: words, model: fc.record({ providerID: words, modelID: words }), system: words },
  'role',
  'agent',
  'model',
)
const assistantInfo = fc
  .tuple(
    some({
      error: fc.record({ name: fc.constant('UnknownError'), data: fc.record({ message: words }) }),
      summary: fc.boolean(),
      finish: words,
      variant: words,
    }),
    fc.record({
      agent: words,
      mode: words,
      modelID: words,
      providerID: words,
      cost: count,
      tokens: usage,
      parentID: fc.constant('msg_1'),
    }),
    some({ created: count, completed: count }, 'created'),
  )
  .map(([more, info, at]): JsonObject => ({ role: 'assistant', path: { cwd: '/', root: '/' }, ...info, ...more, time: at }))
const v1Session = fc
  .array(fc.tuple(fc.oneof(userInfo, assistantInfo), fc.array(part, { maxLength: 5 })), { maxLength: 8 })
  .map((messages) => ofV1(...messages.map(([info, parts], index) => v1Message(index * 10, info, ...parts))))

/** Harm to a record: the value at some place is another one, or not there. */
interface Harm {
  readonly path: readonly number[]
  readonly value: unknown
}
// What a store says that ocvault kept is believed, so that a lie does not come back as it was.
const honest = junk.filter((value) => !JSON.stringify(value).includes('ocvault'))
const harm = fc.record({
  path: fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
  value: fc.option(honest, { nil: undefined }),
})

function harmed(record: unknown, { path: [step = 0, ...rest], value }: Harm): unknown {
  if (typeof record !== 'object' || record === null) return value
  const keys = Object.keys(record)
  const name = keys[step % keys.length]
  if (name === undefined) return value
  const inner = rest.length > 0 ? harmed((record as JsonObject)[name], { path: rest, value }) : value
  return Array.isArray(record) ? record.map((item, at) => (String(at) === name ? inner : item)) : { ...record, [name]: inner }
}

describe('properties', () => {
  test('1.x to 2.x and back is the same, and in between it is what 2.x has', () => {
    fc.assert(
      fc.property(v1Session, (source) => {
        const v1 = wholeV1(toV1(source))
        expect(v1.messages.map((each) => each.info.metadata)).toEqual(v1.messages.map(() => undefined))
        const v2 = wholeV2(toV2(source))
        expect(v.safeParse(v.array(messageSchema), v2.messages).issues).toBeUndefined()
        expect(v.safeParse(sessionSchema, v2.info).issues).toBeUndefined()
        expect(wholeV1(toV1(storedV2(v2)))).toEqual(v1)
      }),
      { numRuns: 400 },
    )
  })

  test('nothing in a record makes a conversion fail; 1.x can import it, and nothing is left to fill in', () => {
    const message = fc.record({
      shape: fc.constantFrom('v1', 'v2', 'legacy'),
      type: word,
      info: junkMessage,
      parts: fc.array(junkMessage, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.constantFrom('v1', 'v2'), junkMessage, fc.array(message, { maxLength: 4 }), (shape, info, messages) => {
        const stored = messages.map(
          (m, index): StoredMessage => ({
            shape: m.shape as 'v1',
            id: nth('msg', index),
            sessionID,
            type: m.type,
            created: null,
            info: m.info,
            parts: m.parts.map((data, at) => ({ id: nth('prt', index * 10 + at), data })),
          }),
        )
        const source: StoredSession = { shape: shape as 'v1', info, messages: stored }
        wholeV2(toV2(source))
        const v1 = wholeV1(toV1(source))
        expect(v.safeParse(schemaV1.sessionSchema, v1.info).issues).toBeUndefined()
        expect(v.safeParse(v.array(schemaV1.messageSchema), v1.messages).issues).toBeUndefined()
        expect(wholeV1(toV1(storedV1(v1)))).toEqual(v1)
      }),
      { numRuns: 2000 },
    )
  })

  test('a session that was harmed anywhere can be imported by 1.x', () => {
    fc.assert(
      fc.property(v1Session, fc.array(harm, { minLength: 1, maxLength: 12 }), (source, harms) => {
        const whole = JSON.parse(JSON.stringify(source))
        const { info, messages } = objectOf(harms.reduce<unknown>(harmed, { info: whole.info, messages: whole.messages }))
        const stored = (Array.isArray(messages) ? messages : []).map((message, index): StoredMessage => {
          const { info: harmedInfo, parts } = objectOf(message)
          const data = (Array.isArray(parts) ? parts : []).map((each, at) => ({
            id: nth('prt', index * 100 + at),
            data: objectOf(objectOf(each).data),
          }))
          return {
            shape: 'v1',
            id: nth('msg', index),
            sessionID,
            type: null,
            created: 1,
            info: objectOf(harmedInfo),
            parts: data,
          }
        })
        const v1 = wholeV1(toV1({ shape: 'v1', info: objectOf(info), messages: stored }))
        expect(v.safeParse(schemaV1.sessionSchema, v1.info).issues).toBeUndefined()
        expect(v.safeParse(v.array(schemaV1.messageSchema), v1.messages).issues).toBeUndefined()
        const v2 = wholeV2(toV2(storedV1(v1)))
        expect(v.safeParse(v.array(messageSchema), v2.messages).issues).toBeUndefined()
        expect(wholeV1(toV1(storedV2(v2)))).toEqual(v1)
      }),
      { numRuns: 1000 },
    )
  })
})
