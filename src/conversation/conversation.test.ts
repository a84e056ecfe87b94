import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import type { StoredMessage } from '../stores/store.ts'
import { TestDatabase } from '../testing/database.ts'
import { storeOf } from '../testing/temp.ts'
import { readConversation, readMessage } from './conversation.ts'
import type { Message } from './message.ts'

const v1 = (info: object, ...parts: object[]): StoredMessage => ({
  shape: 'v1',
  id: 'msg_1',
  sessionID: 'ses_1',
  type: null,
  created: 1,
  info: { time: { created: 1 }, ...info },
  parts: parts.map((data, index) => ({ id: `prt_${index}`, data: { ...data } })),
})
const v2 = (type: string, info: object): StoredMessage => ({
  shape: 'v2',
  id: 'msg_1',
  sessionID: 'ses_1',
  type,
  created: 1,
  info: { ...info },
  parts: [],
})
const ask = { role: 'user' }
const answer = { role: 'assistant', time: { created: 1, completed: 2 } }
const text = (words: string, more: object = {}) => ({ type: 'text', text: words, ...more })

describe('what a message of 1.x is for a reader', () => {
  test.each([
    ['a prompt', v1(ask, text('hi'), text('read a file', { synthetic: true })), 'prompt'],
    ['an attachment without words', v1(ask, { type: 'file', mime: 'image/png', url: 'data:' }), 'prompt'],
    ['nothing but text that OpenCode put in', v1(ask, text('Continue if you have next steps', { synthetic: true })), 'synthetic'],
    ['a command that the person ran', v1(ask, text('The following tool was executed by the user', { synthetic: true })), 'shell'],
    ['a request for a summary', v1(ask, { type: 'compaction', auto: true }), 'compaction'],
    ['the summary', v1({ ...answer, summary: true }, text('## Goal')), 'compaction'],
    ['an answer', v1(answer, text('done')), 'answer'],
  ])('%s', (_label, message, kind) => expect(readMessage(message).kind).toBe(kind))

  test('an answer that did not end, was stopped, or failed', () => {
    const state = ({ interrupted, error }: Message) => [interrupted, error?.name ?? null]
    expect(state(readMessage(v1({ role: 'assistant', time: { created: 1 } })))).toEqual([true, null])
    expect(state(readMessage(v1({ ...answer, error: { name: 'MessageAbortedError', data: {} } })))).toEqual([
      true,
      'MessageAbortedError',
    ])
    expect(
      state(
        readMessage(v1({ role: 'assistant', time: { created: 1 }, error: { name: 'APIError', data: { message: 'quota' } } })),
      ),
    ).toEqual([false, 'APIError'])
    expect(state(readMessage(v1(answer)))).toEqual([false, null])
  })
})

describe('what a message of 2.x is for a reader', () => {
  test.each([
    ['user', { text: 'hi' }, 'user', 'prompt'],
    ['assistant', { content: [], finish: 'stop' }, 'assistant', 'answer'],
    ['synthetic', { text: 'x' }, 'user', 'synthetic'],
    ['skill', { skill: 's', text: 'x' }, 'user', 'synthetic'],
    ['system', { text: 'x' }, 'system', 'notice'],
    ['shell', { command: 'ls' }, 'user', 'shell'],
    ['compaction', { summary: 's', status: 'completed' }, 'assistant', 'compaction'],
    ['idle', { outcome: 'interrupted' }, 'system', 'notice'],
    ['agent-switched', { agent: 'plan' }, 'system', 'notice'],
    ['from-the-future', { novel: [1] }, 'system', 'notice'],
  ])('%s', (type, info, role, kind) => expect(readMessage(v2(type, info))).toMatchObject({ role, kind }))

  test('a type that nobody knows is kept whole', () => {
    expect(readMessage(v2('from-the-future', { novel: [1] })).parts).toEqual([
      { id: 'msg_1-0', type: 'unknown', raw: { type: 'from-the-future', novel: [1] } },
    ])
  })

  test('tools and attachments', () => {
    const tool = { type: 'tool', id: 'call_1', name: 'shell', time: { created: 1, ran: 2, completed: 3 } }
    const done = {
      status: 'completed',
      input: { command: 'ls' },
      content: [text('a'), { type: 'file', uri: 'file:///x', mime: 'image/png' }, text('b')],
    }
    const { parts } = readMessage(
      v2('assistant', {
        content: [
          { ...tool, state: done },
          { ...tool, state: { status: 'streaming', input: '{"comm' } },
        ],
        finish: 'stop',
      }),
    )
    expect(parts[0]).toMatchObject({
      type: 'tool',
      tool: 'shell',
      callID: 'call_1',
      status: 'completed',
      output: 'a\nb',
      time: { start: 2, end: 3 },
      attachments: [{ url: 'file:///x' }],
    })
    expect(parts[1]).toMatchObject({ status: 'pending', input: '{"comm', output: null })
  })
})

test('0.1 keeps tools and errors beside the parts', () => {
  const info = {
    role: 'assistant',
    parts: [
      text('a'),
      {
        type: 'tool-invocation',
        toolInvocation: { state: 'result', toolCallId: 'c', toolName: 'bash', args: { command: 'ls' }, result: 'out' },
      },
      { type: 'source-url', url: 'x' },
    ],
    metadata: {
      time: { created: 1, completed: 2 },
      tool: { c: { title: 'ls', time: { start: 1, end: 2 } } },
      assistant: { modelID: 'm', providerID: 'p', cost: 0.5 },
    },
  }
  const message = readMessage({ shape: 'legacy', id: 'msg_1', sessionID: 'ses_1', type: null, created: 1, info, parts: [] })
  expect(message).toMatchObject({ kind: 'answer', model: { providerID: 'p', modelID: 'm' }, cost: 0.5, interrupted: false })
  expect(message.parts.map(({ id, type }) => [id, type])).toEqual([
    ['msg_1-0', 'text'],
    ['msg_1-1', 'tool'],
    ['msg_1-2', 'unknown'],
  ])
  expect(message.parts[1]).toMatchObject({ tool: 'bash', status: 'completed', output: 'out', title: 'ls' })
})

describe('whatever stands in a record', () => {
  const anything = fc.dictionary(
    fc.constantFrom(
      'role',
      'type',
      'time',
      'state',
      'error',
      'tokens',
      'parts',
      'content',
      'metadata',
      'text',
      'files',
      'model',
      'summary',
      'retry',
      'output',
      'input',
      'tool',
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('assistant', 'user', 'tool', 'text', 'file', 'completed', 'patch', 'compaction', 'tool-invocation'),
    ),
  )

  test('can be read, and every unknown field of a part is in its raw', () => {
    const types = fc.constantFrom('user', 'assistant', 'compaction', 'shell', 'model-switched', 'idle', 'x')
    fc.assert(
      fc.property(anything, anything, types, fc.jsonValue(), (info, part, type, novel) => {
        const [read] = readMessage(v1(info, { ...part, novel })).parts
        expect(read!.raw.novel).toEqual(novel)
        readMessage(v2(type, { ...info, content: [{ ...part }] }))
        readMessage({ ...v1(info), shape: 'legacy', info: { ...info, parts: [part], metadata: info } })
      }),
      { numRuns: 500 },
    )
  })
})

describe('a conversation', () => {
  const labels = (messages: Iterable<Message>) =>
    [...messages].map(({ id, kind, reverted }) => `${id} ${kind}${reverted ? ' reverted' : ''}`)

  function catalog(revert: string | null) {
    const made = new TestDatabase()
      .session({ id: 'ses_1', revert })
      .message('ses_1', 'msg_1', ask, 1)
      .part('ses_1', 'msg_1', 'prt_1', text('The following tool was executed by the user', { synthetic: true }))
      .message('ses_1', 'msg_2', { role: 'assistant', parentID: 'msg_1' }, 2)
      .message('ses_1', 'msg_3', ask, 3)
      .message('ses_1', 'msg_4', { role: 'assistant', parentID: 'msg_3' }, 4)
    return openCatalog({ roots: [made.done()] })
  }

  test('labels the answer to a command, and what was rolled back, however little of it is asked for', () => {
    const rolledBack = catalog('{"messageID":"msg_3"}')
    expect(labels(readConversation(rolledBack, 'ses_1'))).toEqual([
      'msg_1 shell',
      'msg_2 shell',
      'msg_3 prompt reverted',
      'msg_4 answer reverted',
    ])
    expect(labels(readConversation(rolledBack, 'ses_1', { last: 1 }))).toEqual(['msg_4 answer reverted'])
    expect(labels(readConversation(rolledBack, 'ses_1', { messageID: 'msg_4' }))).toEqual(['msg_4 answer reverted'])
    expect(labels(readConversation(catalog(null), 'ses_1', { last: 2 }))).toEqual(['msg_3 prompt', 'msg_4 answer'])
  })

  test('of a session or message that is not there is an error', () => {
    expect(() => [...readConversation(catalog(null), 'ses_2')]).toThrow('no session ses_2')
    expect(() => [...readConversation(catalog(null), 'ses_1', { messageID: 'msg_9' })]).toThrow('no message msg_9')
  })

  test('of the real scenes has their labels', () => {
    const scenes = openCatalog({ roots: [storeOf('1.18.33')] })
    const all = [...scenes.sessions()].flatMap(({ id }) => [...readConversation(scenes, id)])
    expect(all.filter(({ kind }) => kind === 'compaction').length).toBeGreaterThanOrEqual(2)
    expect(all.some(({ reverted }) => reverted)).toBe(true)
    expect(all.some(({ interrupted, role }) => interrupted && role === 'assistant')).toBe(true)
    expect(all.some(({ error }) => error?.message.includes('quota exhausted'))).toBe(true)
    const tools = all.flatMap(({ parts }) => parts.filter((part) => part.type === 'tool'))
    expect(tools.find(({ tool }) => tool === 'task')?.sessionID).toBe('ses_e0357bd83ffefNEAejjNTUb2x9')
  })
})
