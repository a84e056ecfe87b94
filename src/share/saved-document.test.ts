import { expect, test } from 'vitest'
import { plainSession } from '../testing/sessions.ts'
import { parseSaved, printSaved } from './saved-document.ts'

const bytes = (text: string) => Buffer.from(text)
const read = (text: string) => parseSaved('x.json', bytes(text))
const session = plainSession('one')
const text = printSaved(session, 'Ann')

test('a message has a line of its own, and fields have one order', () => {
  const lines = text.split('\n')
  expect(lines.slice(0, 2)).toEqual(['{', '"ocvault":{"author":"Ann","format":1},'])
  expect(lines.filter((line) => /^,?\{"info"/.test(line))).toHaveLength(session.messages.length)
  // Who goes on adds lines, and changes none but those of the session itself.
  const longer = printSaved(
    { info: session.info, messages: [...session.messages, ...plainSession('more').messages] },
    'Ann',
  ).split('\n')
  expect(lines.filter((line) => !longer.includes(line))).toEqual([])
  const turned = { info: Object.fromEntries(Object.entries(session.info).reverse()), messages: session.messages }
  expect(printSaved(turned, 'Ann')).toBe(text)
})

test('it is an export of OpenCode with one key more', () => {
  const { ocvault: _, ...rest } = JSON.parse(text)
  expect(rest).toEqual(session)
})

test('what was printed is read, and an export of OpenCode, too', () => {
  expect(read(text)).toEqual({ ...session, author: 'Ann', isOurs: true })
  expect(read(JSON.stringify(session, null, 2))).toEqual({ ...session, author: null, isOurs: false })
})

test.each([
  ['a conflict', text.replace('"messages"', '<<<<<<< HEAD\n"messages"'), /marks of a merge conflict/],
  ['a newer format', text.replace('"format":1', '"format":2'), /format 2, and this ocvault knows format 1/],
  ['no format', text.replace('"format":1', '"form":1'), /a newer ocvault wrote it/],
  ['half a file', text.slice(0, text.length / 2), /x\.json ends in the middle/],
  ['no JSON', 'hello', /not JSON/],
  ['something else', '{"a":1}', /not an exported session/],
  ['several sessions', JSON.stringify([session, session]), /several sessions/],
  ['an id that is a path', text.replaceAll('ses_one', '../../ses_one'), /session id that is none/],
  ['a message twice', printSaved({ info: session.info, messages: [session.messages[0]!, session.messages[0]!] }, null), /twice/],
  [
    'a depth that nobody prints',
    text.replace('"info":{', `"info":{"x":${'['.repeat(5e4)}${']'.repeat(5e4)},`),
    /nested too deep|cannot be read/,
  ],
])('%s is refused with the reason', (_, content, reason) => {
  expect(() => read(content)).toThrow(reason)
  expect(() => read(content)).toThrow(expect.objectContaining({ code: 'refused' }))
})

test('a conflict is seen in text that only quotes one, but not inside of a message', () => {
  const quoting = plainSession('two')
  quoting.messages[0]!.parts[0]!.text = 'a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n'
  expect(read(printSaved(quoting, null)).messages).toEqual(quoting.messages)
})
