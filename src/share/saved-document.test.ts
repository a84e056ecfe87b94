import { describe, expect, test } from 'vitest'
import { canonicalJSON } from '../base/canonical-json.ts'
import { HeldBytes } from '../base/file-bytes.ts'
import { omit } from '../base/omit.ts'
import { plainSession, savedText } from '../testing/sessions.ts'
import { parseSaved } from './saved-document.ts'

const bytes = (text: string) => Buffer.from(text)
const read = (text: string) => parseSaved('x.json', new HeldBytes(bytes(text)))
const session = plainSession('one')
const text = savedText(session, 'Ann')

test('a message has a line of its own, and fields have one order', () => {
  const lines = text.split('\n')
  expect(lines.slice(0, 2)).toEqual(['{', '"ocvault":{"author":"Ann","format":1},'])
  expect(lines.filter((line) => /^,?\{"info"/.test(line))).toHaveLength(session.messages.length)
  // Who goes on adds lines, and changes none but those of the session itself.
  const longer = savedText(
    { info: session.info, messages: [...session.messages, ...plainSession('more').messages] },
    'Ann',
  ).split('\n')
  expect(lines.filter((line) => !longer.includes(line))).toEqual([])
  expect(lines.filter((line) => /^,?"\w+":"[0-9a-f]{12}"$/.test(line))).toHaveLength(session.messages.length + 1)
  const turned = { info: Object.fromEntries(Object.entries(session.info).reverse()), messages: session.messages }
  expect(savedText(turned, 'Ann')).toBe(text)
})

test('it is an export of OpenCode with two keys more', () => {
  const rest = omit(JSON.parse(text), ['ocvault', 'sums'])
  expect(rest).toEqual(session)
})

test('what was printed is read, and an export of OpenCode, too', () => {
  expect(read(text)).toEqual({ ...session, author: 'Ann', isOurs: true, changed: [] })
  expect(read(JSON.stringify(session, null, 2))).toEqual({ ...session, author: null, isOurs: false, changed: [] })
})

test.each([
  ['a conflict', text.replace('"messages"', '<<<<<<< HEAD\n"messages"'), /marks of a merge conflict/],
  ['a newer format', text.replace('"format":1', '"format":2'), /format 2, and this ocvault knows format 1/],
  ['no format', text.replace('"format":1', '"form":1'), /a newer ocvault wrote it/],
  ['half a file', text.slice(0, text.length / 2), /x\.json ends in the middle/],
  ['no JSON', 'hello', /not JSON/],
  [
    'a pointer of Git LFS',
    `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`,
    /x\.json is a pointer of Git LFS.*git lfs pull/,
  ],
  ['something else', '{"a":1}', /not an exported session/],
  ['several sessions', JSON.stringify([session, session]), /several sessions/],
  ['an id that is a path', text.replaceAll('ses_one', '../../ses_one'), /session id that is none/],
  ['a message twice', savedText({ info: session.info, messages: [session.messages[0]!, session.messages[0]!] }, null), /twice/],
  [
    'a depth that nobody prints',
    text.replace('"info":{', `"info":{"x":${'['.repeat(5e4)}${']'.repeat(5e4)},`),
    /nested too deep|cannot be read/,
  ],
])('%s is refused with the reason', (_label, content, reason) => {
  expect(() => read(content)).toThrow(reason)
  expect(() => read(content)).toThrow(expect.objectContaining({ code: 'refused' }))
})

test('a conflict is seen in text that only quotes one, but not inside of a message', () => {
  const quoting = plainSession('two')
  quoting.messages[0]!.parts[0]!.text = 'a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n'
  expect(read(savedText(quoting, null)).messages).toEqual(quoting.messages)
})

describe('what is not as it was saved is told, and read all the same', () => {
  const { messages } = session
  const lines = text.split('\n')
  const without = (part: string) => lines.filter((line) => !line.includes(part)).join('\n')
  const last = String(messages.at(-1)!.info.id)

  test.each([
    ['a word edited by hand', text.replace('answer 0', 'reply 0'), [`message ${messages[1]!.info.id}`]],
    ['the title', text.replace('A title', 'A tittle').replace('"title":"', '"title":"x'), ['what it says of the session itself']],
    ['the author', text.replace('"Ann"', '"Bob"'), ['what it says of the session itself']],
    ['a sum', text.replace(/"([0-9a-f]{12})"\n\}/, '"000000000000"\n}'), [`message ${last}`]],
    ['a message cut out', without(`"id":"${last}"`), [`message ${last}, missing`]],
    ['sums that are none', text.replace(/"sums":\{[^}]*\}/, '"sums":7'), ['its list of sums']],
    ['our own key', text.replace('"ocvault":', '"ocvaulx":'), ['what it says of the session itself']],
  ])('%s', (_label, content, changed) => {
    expect(read(content)).toMatchObject({ isOurs: true, changed })
  })

  test('messages that have changed places, and one that was put in', () => {
    const at = lines.findIndex((line) => line.startsWith('{"info":'))
    const turned = [...lines]
    ;[turned[at], turned[at + 1]] = [lines[at + 1]!.slice(1), `,${lines[at]}`]
    expect(read(turned.join('\n')).changed).toEqual(['the order of its messages'])
    const more = [
      ...lines.slice(0, at + 1),
      `,${lines[at]!.replaceAll(String(messages[0]!.info.id), 'msg_new')}`,
      ...lines.slice(at + 1),
    ]
    expect(read(more.join('\n')).changed).toEqual(['message msg_new, added since'])
  })

  test('files of releases that wrote no sums are as they are', () => {
    const old = text.replace(/,\n"sums":\{[^}]*\}/, '')
    expect(old).not.toContain('sums')
    expect(read(old)).toEqual({ ...session, author: 'Ann', isOurs: true, changed: [] })
  })

  test('no flipped bit is taken for what was saved', () => {
    const whole = Buffer.from(text)
    const accepted: number[] = []
    for (let bit = 0; bit < whole.length * 8; bit += 7) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      try {
        const { info, messages: found, changed } = parseSaved('x.json', new HeldBytes(flipped))
        // What is the same but for white space, or for the name of the sums, is what was saved.
        if (changed.length === 0 && canonicalJSON([info, found]) !== canonicalJSON([session.info, messages])) accepted.push(bit)
      } catch {
        // Refused.
      }
    }
    expect(accepted).toEqual([])
  })
})

test('a large file is known as ours, too', () => {
  const large = plainSession('large', 2)
  large.messages[0]!.parts[0]!.text = '{{worktree}} '.repeat(200_000)
  expect(read(savedText(large, 'Ann'))).toMatchObject({ author: 'Ann', isOurs: true, changed: [] })
  expect(read(savedText(large, 'Ann').replace('answer 0', 'reply')).changed).toHaveLength(1)
})
