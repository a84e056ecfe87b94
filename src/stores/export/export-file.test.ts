import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { omit } from '../../base/omit.ts'
import { readMessage } from '../../conversation/conversation.ts'
import { storeOf, tempDir } from '../../testing/temp.ts'
import { openCatalog } from '../catalog/catalog.ts'
import { largeDocument, readExportDocuments } from './export-document.ts'
import { ExportFileStore } from './export-file.ts'

const info = {
  id: 'ses_1',
  title: 'Größe ✓',
  projectID: 'p',
  directory: '/work',
  version: '1.18.33',
  time: { created: 1, updated: 2 },
}
const v1 = {
  info,
  messages: [
    {
      info: { id: 'msg_1', sessionID: 'ses_1', role: 'user', time: { created: 1 } },
      parts: [{ id: 'prt_1', type: 'text', text: 'hi' }],
    },
  ],
}
const v2 = {
  info: { id: 'ses_2', title: null, location: { directory: '/work' }, time: { created: 1, updated: 2 } },
  messages: [
    { id: 'msg_1', type: 'user', text: 'hi', time: { created: 1 } },
    {
      id: 'msg_2',
      type: 'assistant',
      agent: 'build',
      model: { id: 'm', providerID: 'p' },
      content: [{ type: 'text', text: 'ho' }],
      time: { created: 2, completed: 3 },
    },
  ],
}

function file(content: string | Uint8Array): string {
  const path = join(tempDir(), 'sub', 'export.json')
  mkdirSync(dirname(path))
  writeFileSync(path, content)
  return path
}

describe('an exported session is read', () => {
  const text = JSON.stringify(v1, null, 2)
  const swapped = (bytes: Buffer) => bytes.swap16()

  test.each([
    ['in UTF-8', text],
    ['with a byte order mark', `\uFEFF${text}`],
    ['in UTF-16, little end first', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['in UTF-16, big end first', swapped(Buffer.from(`\uFEFF${text}`, 'utf16le'))],
    ['in UTF-16 without a mark', Buffer.from(text, 'utf16le')],
    ['in big-endian UTF-16 without a mark', swapped(Buffer.from(text, 'utf16le'))],
    ['after the line that belongs on stderr', `Exporting session: ses_1\n${text}\n`],
    ['after that line without its end, as 1.0.152 to 1.2.6 print it', `Exporting session: ses_1${text}`],
    ['after that line in colours', `\u001b[0mExporting session: ses_1\u001b[0m${text}\n`],
    ['after that line in grey', `\u001b[90mExporting session: \u001b[39m\u001b[1mses_1\u001b[22m\n${text}`],
    ['before that line', `${text}\nExporting session: ses_1\n`],
    ['before that line, on one line', `${JSON.stringify(v1)}\nExporting session: ses_1\n`],
    ['after the lines of a logger', `INFO  2026-02-24T09:39:13 +180ms service=default args=["export"] {"a":1}\n${text}\n`],
    ['after a line of JSON of a logger', `{"level":"info","msg":"opencode"}\n${text}`],
    ['between lines of a logger', `INFO {} opencode\n${text}\nINFO +2ms service=bus type=* {disposing}\n[done]\n`],
    ['behind an address with a title', `\u001b]8;;https://x.y\u0007opencode\u001b]8;;\u0007\n${text}`],
    ['with a coloured document', text.replace(/"(\w+)":/g, '\u001b[34m"$1"\u001b[0m:')],
    ['after that line in UTF-16', Buffer.from(`\uFEFFExporting session: ses_1\r\n${text}`, 'utf16le')],
  ])('%s', (_label, content) => {
    const store = new ExportFileStore(file(content))
    expect(store.session('ses_1')).toMatchObject({ title: 'Größe ✓', directory: '/work' })
    expect([...store.messages('ses_1')].map(readMessage)).toMatchObject([
      { id: 'msg_1', role: 'user', parts: [{ id: 'prt_1', text: 'hi' }] },
    ])
  })

  test('in the shape of 2.x', () => {
    const store = new ExportFileStore(file(JSON.stringify(v2)))
    expect(store.session('ses_2')).toMatchObject({ title: null, directory: '/work' })
    expect([...store.messages('ses_2')].map(readMessage).map(({ role, kind }) => [role, kind])).toEqual([
      ['user', 'prompt'],
      ['assistant', 'answer'],
    ])
    expect([...store.messages('ses_2', { last: 1 })].map(({ id }) => id)).toEqual(['msg_2'])
  })

  test('and agrees with the store that it came from', () => {
    const catalog = openCatalog({ roots: [storeOf('1.18.33')] })
    const id = 'ses_e0357cce2ffe66y22yqwafqA4x'
    const messages = [...catalog.messages(id)]
    const document = {
      info: { ...info, id },
      messages: messages.map((message) => ({
        info: { ...message.info, id: message.id, sessionID: id },
        parts: message.parts.map((part) => ({ ...part.data, id: part.id, sessionID: id, messageID: message.id })),
      })),
    }
    const store = new ExportFileStore(file(JSON.stringify(document)))
    const bare = (message: ReturnType<typeof readMessage>) => ({
      ...message,
      parts: message.parts.map((part) => omit(part, ['raw'])),
    })
    expect([...store.messages(id)].map(readMessage).map(bare)).toEqual(messages.map(readMessage).map(bare))
  })
})

describe('a file that is no exported session is refused', () => {
  const large = Buffer.from(JSON.stringify({ ...v1, pad: 'x'.repeat(100_000) }))

  test.each([
    ['cut by a pipe', large.subarray(0, 65_536), 'is cut at 65,536 bytes'],
    [
      'cut by a pipe and saved in UTF-16',
      Buffer.from(`\uFEFF${large.toString('utf8', 0, 65_536)}`, 'utf16le'),
      'is cut at 65,536 bytes',
    ],
    ['cut elsewhere', large.subarray(0, 70_000), 'ends in the middle, after 70,000 bytes'],
    ['damaged', `${JSON.stringify(v1).replace('"messages"', 'messages')}`, 'is damaged'],
    ['empty', '', 'is empty'],
    ['text', 'hello', 'is not JSON'],
    ['another document', '{"hello": 1}', 'not an exported session'],
    ['without an id', '{"info": {}, "messages": []}', 'not an exported session'],
  ])('%s', (_label, content, reason) => expect(() => new ExportFileStore(file(content))).toThrow(reason))
})

describe('a large file, which is parsed message by message', () => {
  const parsed = (text: string) => {
    const document = largeDocument(Buffer.from(text))
    return document && { info: document.info, messages: [...document.messages] }
  }

  test('says what it says parsed at once', () => {
    const strange = fc.json().map((text) => JSON.parse(text))
    fc.assert(
      fc.property(fc.array(strange), fc.string(), fc.nat(3), (messages, title, indent) => {
        const text = JSON.stringify({ other: messages, info: { ...info, title }, messages, last: title }, null, indent)
        const [whole] = readExportDocuments('a test', Buffer.from(text))
        expect(parsed(text)).toEqual({ info: whole!.info, messages: [...whole!.messages] })
        const document = largeDocument(Buffer.from(text))!
        expect(document.messages.length).toBe(messages.length)
        expect(document.messages.at(-1)).toEqual(messages.at(-1))
      }),
    )
  })

  test('is none where it is cut off, damaged, or something else', () => {
    const text = JSON.stringify(v1, null, 2)
    for (let length = 0; length < text.length; length++) expect(parsed(text.slice(0, length))).toBe(undefined)
    expect(parsed(`${text}\n`)).toEqual(v1)
    for (const other of [
      `${text}\n${text}`,
      `[${text}]`,
      `\ufeff${text}`,
      text.replace('"hi"', '"h\ni"'),
      '{"info":{},"messages":[]}',
      '',
    ])
      expect(parsed(other)).toBe(undefined)
  })

  test('is read and imported like any other', () => {
    const messages = Array.from({ length: 3000 }, (_item, index) => ({
      info: { id: `msg_${index}`, sessionID: 'ses_1', role: 'user', time: { created: index } },
      parts: [{ id: `prt_${index}`, type: 'text', text: `${index} "quoted" `.repeat(60) }],
    }))
    const store = new ExportFileStore(file(JSON.stringify({ info, messages }, null, 2)))
    expect(store.size().bytes).toBeGreaterThan(2 * 2 ** 20)
    const read = [...store.messages('ses_1')]
    expect(read.map(({ id }) => id)).toEqual(messages.map((message) => message.info.id))
    expect(read[17]!.parts[0]!.data.text).toBe('17 "quoted" '.repeat(60))
    expect([...store.messages('ses_1', { last: 2 })].map(({ id }) => id)).toEqual(['msg_2998', 'msg_2999'])
  })
})
