import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import type { StoredMessage, StoredSession } from '../stores/store.ts'
import { wholeV1, wholeV2 } from '../testing/exported.ts'
import { nth, ofV1, session, sessionID, tokens, v1Message } from '../testing/stored.ts'
import { toV1, toV2 } from './exported.ts'

const v2Message = (index: number, type: string, info: JsonObject): StoredMessage => ({
  shape: 'v2',
  id: nth('msg', index),
  sessionID,
  type,
  created: 1000 + index,
  info: { time: { created: 1000 + index }, ...info },
  parts: [],
})
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
    const old = omit(answer, ['agent', 'parentID'])
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
  const one = (...parts: JsonObject[]) =>
    wholeV2(toV2(ofV1(v1Message(0, ask, text('hi')), v1Message(1, answer, ...parts)))).messages[1]

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
