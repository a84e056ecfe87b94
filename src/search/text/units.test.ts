import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../base/json.ts'
import { readMessage } from '../../conversation/conversation.ts'
import { unitsOf } from './units.ts'

/** What can be found in a message of 1.x: for each unit its type and its texts by field. */
function units(info: JsonObject, ...parts: JsonObject[]) {
  const stored = parts.map((data, n) => ({ id: `prt_${n}`, data }))
  const about = { shape: 'v1' as const, id: 'msg_1', sessionID: 'ses_1', type: null, created: 1 }
  const message = readMessage({ ...about, info, parts: stored })
  return unitsOf(message).map(({ type, segments }) => [
    type,
    Object.fromEntries(segments.map(({ field, text }) => [field, text])),
  ])
}

const user = { role: 'user' }
const assistant = { role: 'assistant', time: { completed: 2 } }

describe('of a message', () => {
  test('what was typed is a prompt, what was said an answer, and what nobody said stands aside', () => {
    const text = { type: 'text', text: 'hello' }
    expect(units(user, text)).toEqual([['text', { prompt: 'hello' }]])
    expect(units(assistant, text)).toEqual([['text', { answer: 'hello' }]])
    expect(units({ ...assistant, summary: true }, text)).toEqual([['text', { aside: 'hello' }]])
    expect(units(user, { ...text, synthetic: true })).toEqual([['text', { aside: 'hello' }]])
    expect(units(user, text, { ...text, ignored: true })[1]).toEqual(['text', { aside: 'hello' }])
    expect(units(assistant, { type: 'reasoning', text: 'hm' })).toEqual([['reasoning', { reasoning: 'hm' }]])
  })

  test('what holds no text is no unit', () => {
    expect(units(assistant, { type: 'step-start' }, { type: 'text', text: '' }, { type: 'patch', files: [] })).toEqual([])
  })

  test('a failure comes last, and stands aside', () => {
    const failed = { ...assistant, error: { name: 'APIError', data: { message: 'overloaded' } } }
    expect(units(failed, { type: 'text', text: 'a' })).toEqual([
      ['text', { answer: 'a' }],
      ['error', { aside: 'APIError\noverloaded' }],
    ])
  })

  test('a subtask is a prompt; a part of unknown type is all of its texts', () => {
    const subtask = { type: 'subtask', agent: 'plan', description: 'look', prompt: 'for it' }
    expect(units(user, subtask)).toEqual([['subtask', { prompt: 'plan\nlook\nfor it' }]])
    expect(units(user, { type: 'hologram', deep: [{ text: 'x' }, 7, null, true] })).toEqual([
      ['unknown', { aside: 'hologram\nx\n7' }],
    ])
  })
})

describe('of a tool call', () => {
  const call = (state: JsonObject, tool = 'edit') =>
    units(assistant, { type: 'tool', tool, state: { status: 'completed', ...state } })

  test('name, title and values are its input, keys are not; output and error its output', () => {
    const [unit] = call({ title: 'a title', input: { command: 'ls', options: { depth: 2 } }, output: 'listing' }, 'bash')
    expect(unit).toEqual(['tool', { input: 'bash\na title\nls\n2', output: 'listing' }])
    expect(call({ status: 'error', input: {}, error: 'no such file' })).toEqual([
      ['tool', { input: 'edit', output: 'no such file' }],
    ])
  })

  test.each<[JsonObject, string | undefined]>([
    [{ filePath: 'src/a.ts', content: 'text' }, 'src/a.ts'],
    [{ path: 'src', pattern: 'x' }, 'src'],
    [{ cwd: '/w', list: [{ target_file: 'b.md' }] }, '/w\nb.md'],
    [{ patchText: '*** Begin Patch\n*** Add File: new.ts\n+x\n*** Delete File: old.ts\n' }, 'new.ts\nold.ts'],
    [{ file: 'one\ntwo' }, undefined],
    [{ file: 'x'.repeat(2000) }, undefined],
    [{ command: 'cat src/a.ts' }, undefined],
  ])('%j names the files %j', (input, path) => expect((call({ input })[0]![1] as { path?: string }).path).toBe(path))
})

describe('of an attachment', () => {
  test('it is where it came from, and no data', () => {
    const data = { type: 'file', mime: 'image/png', filename: 'a.png', url: 'data:image/png;base64,AAAA' }
    expect(units(user, data)).toEqual([['file', { path: 'a.png' }]])
    const source = { type: 'file', path: 'docs/a.md', name: 'a' }
    expect(units(user, { type: 'file', filename: 'a.md', url: 'file:///w/docs/a.md', source })).toEqual([
      ['file', { path: 'a.md\nfile:///w/docs/a.md\ndocs/a.md\na' }],
    ])
  })
})
