import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { type JsonObject, objectOf } from '../base/json.ts'
import type { StoredMessage, StoredSession } from '../stores/store.ts'
import { storedV1, storedV2, wholeV1, wholeV2 } from '../testing/exported.ts'
import { nth, ofV1, sessionID, v1Message } from '../testing/stored.ts'
import * as schemaV1 from '../testing/v1-schema.ts'
import { messageSchema, sessionSchema } from '../testing/v2-schema.ts'
import { toV1, toV2 } from './exported.ts'

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
