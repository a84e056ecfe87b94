import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import stringWidth from 'fast-string-width'
import { describe, expect, test } from 'vitest'
import { readMessage } from '../conversation/conversation.ts'
import type { ToolPart } from '../conversation/message.ts'
import type { StoredMessage } from '../stores/store.ts'
import { toolInput } from './facts/tool-line.ts'
import { truncate, wrap } from './layout.ts'
import { safeJSON, safeLine, safeText } from './safe-text.ts'
import { renderMarkdown } from './terminal/markdown.ts'
import { createStyle } from './terminal/style.ts'
import { renderMessage, type TranscriptLayout } from './terminal/transcript.ts'
import { duration, fileSize, grouped, shortPath } from './words.ts'

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\u001b[2J',
      '\u001b]0;owned\u0007',
      '\u009b31m',
      '\u202e',
      '\u2066',
      '\r',
      '\b',
      '\u007f',
      '\u0000',
      '\n',
      '\t',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  ),
})
const forbidden = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

describe('text from a store', () => {
  test('reaches a terminal without anything that moves the cursor or turns the text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(safeText(text)).not.toMatch(forbidden)
        expect(safeLine(text)).not.toMatch(/[\x00-\x1f]/)
      }),
      { numRuns: 1000 },
    )
    expect(safeText('a\u001b[31mred\u001b]8;;http://x\u0007b\r\nc')).toBe('aredb\nc')
  })

  test('is the same value in JSON, without raw control characters', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.jsonValue()), (value) => {
        const json = safeJSON({ value })
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value })))
        expect(json).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/)
      }),
    )
  })

  test('nested beyond all measure is cut where JSON can still be printed', () => {
    const deep = JSON.parse(`${'[['.repeat(50_000)}1${']]'.repeat(50_000)}`)
    expect(safeJSON({ deep, kept: 1 })).toContain('"(more than 200 levels deep)"')
    expect(JSON.parse(safeJSON({ deep, kept: 1 })).kept).toBe(1)
  })
})

describe('layout counts cells', () => {
  const words = fc.string({ unit: fc.constantFrom('a', 'é', '日', '本', '✓', ' ', '👩‍👩‍👧', '🎉', '한') })

  test('nothing that is truncated is wider than asked', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 2, max: 30 }), (text, width) => {
        const cut = truncate(text, width)
        expect(stringWidth(cut)).toBeLessThanOrEqual(width)
        if (stringWidth(text) <= width) expect(cut).toBe(text)
      }),
    )
  })

  test('nothing that is wrapped is wider than asked, and nothing gets lost', () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 30, max: 60 }), (text, width) => {
        const lines = wrap(text, width, '  ').split('\n')
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width)
        expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
      }),
    )
    expect(wrap('long '.repeat(50).trim(), Number.POSITIVE_INFINITY, '  ')).toBe(`  ${'long '.repeat(50).trim()}`)
  })
})

describe('Markdown', () => {
  const plain = (text: string, width = 60) => renderMarkdown(text, width, '', createStyle(false))

  test('keeps its words and its structure', () => {
    expect(
      plain(
        '# Title\n\nSome **bold** `code` and [a link](https://x.example).\n\n1. one\n2. two\n   - deep\n\n> quoted\n\n```ts\nconst x = 1\n```',
      ),
    ).toBe('Title\n\nSome bold code and a link (https://x.example).\n\n1. one\n2. two\n   - deep\n\n> quoted\n\n│ const x = 1')
  })

  test('shows HTML as it was written, and decodes entities once', () => {
    expect(plain('<script>alert(1)</script>')).toBe('<script>alert(1)</script>')
    expect(plain('a &lt;b&gt; &amp;amp;')).toBe('a <b> &amp;')
  })

  test('takes anything', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('#', '*', '`', '[', ']', '(', ')', '>', '-', '1', '.', ' ', '\n', '|', '<', 'a', '~'),
        }),
        (text) => {
          expect(typeof plain(text)).toBe('string')
        },
      ),
    )
  })
})

test.each([
  [{ command: 'ls', description: 'List' }, 'ls'],
  [{ pattern: 'parse.*', path: 'src' }, 'parse.* in src'],
  [{ filePath: 'a.ts', content: 'x' }, 'a.ts'],
  [{ todos: [{}, {}] }, '2 todos'],
  [{ depth: 3, deep: {} }, 'depth: 3, deep: …'],
  [{ command: 'x'.repeat(20_000_000) }, 'x'.repeat(1000)],
])('a tool is told by its telling argument', (input, line) => {
  expect(toolInput({ input, title: null, sessionID: null } as unknown as ToolPart)).toBe(line)
})

describe('a message in a transcript', () => {
  const layout: TranscriptLayout = {
    style: createStyle(false),
    width: 80,
    tools: false,
    reasoning: false,
    full: false,
    more: 'all of it',
  }
  const shown = (...given: Parameters<typeof renderMessage>) => [...renderMessage(...given)].join('')
  const stored = (...parts: object[]): StoredMessage => ({
    shape: 'v1',
    id: 'msg_1',
    sessionID: 'ses_1',
    type: null,
    created: 0,
    info: { role: 'assistant', agent: 'build', modelID: 'm', providerID: 'p', time: { created: 0, completed: 1 } },
    parts: parts.map((data, index) => ({ id: `prt_${index}`, data: { ...data } })),
  })
  const output = Array.from({ length: 30 }, (_item, line) => `line ${line}`).join('\n')
  const message = readMessage(
    stored(
      { type: 'reasoning', text: 'I should look' },
      { type: 'text', text: 'Let me look.' },
      {
        type: 'tool',
        tool: 'bash',
        callID: 'c',
        state: { status: 'completed', input: { command: 'ls -la' }, output, time: { start: 0, end: 1500 } },
      },
      { type: 'tool', tool: 'read', callID: 'd', state: { status: 'error', input: { filePath: '/x' }, error: 'no such file' } },
      { type: 'hologram' },
    ),
  )

  test('folds tools and thoughts to a line each', () => {
    const text = shown(message, undefined, layout)
    expect(text).toContain('› bash  ls -la  30 lines, 1.5 s')
    expect(text).toContain('› read  /x  failed: no such file')
    expect(text).toContain('· thought, 3 words')
    expect(text).toContain('a part of unknown type "hologram"')
    expect(text).not.toContain('line 1')
  })

  test('says of a command that ended with another code than 0 that it did', () => {
    const bash = (metadata: object) => {
      const state = { status: 'completed', input: { command: 'make' }, output: 'no rule', metadata }
      return shown(readMessage(stored({ type: 'tool', tool: 'bash', state })), undefined, layout)
    }
    expect(bash({ exit: 2 })).toContain('› bash  make  exit 2, 1 line')
    expect(bash({ exit: 0 })).toContain('› bash  make  1 line')
    expect(bash({ exit: null })).toContain('› bash  make  1 line')
  })

  test('comes in pieces, none of which is longer than a part of it', () => {
    const text = 'x'.repeat(1000)
    const many = readMessage(stored(...Array.from({ length: 50 }, () => ({ type: 'text', text }))))
    const pieces = [...renderMessage(many, undefined, { ...layout, full: true, width: Number.POSITIVE_INFINITY })]
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(1100)
    expect(pieces.join('').match(/x{1000}/g)).toHaveLength(50)
  })

  test('with a part that says nothing at all shows the others', () => {
    const text = shown(
      readMessage(stored({}, { type: 'text' }, { type: 'tool' }, { type: 'text', text: 'here' })),
      undefined,
      layout,
    )
    expect(text).toContain('a part of unknown type null')
    expect(text).toContain('here')
  })

  test('opens what is asked for', () => {
    expect(shown(message, undefined, { ...layout, reasoning: true })).toContain('I should look')
    const tools = shown(message, undefined, { ...layout, tools: true })
    expect(tools).toContain('line 19')
    expect(tools).toContain('… 10 more lines; all of it')
    const full = shown(message, undefined, { ...layout, full: true })
    expect(full).toContain('line 29')
    expect(full).toContain('msg_1')
  })

  test('that goes on where the last one ended has no heading of its own', () => {
    expect(shown(message, undefined, layout)).toContain('build  p/m')
    expect(shown(message, message, layout)).not.toContain('build  p/m')
  })

  test('has no escape sequence but our own, whatever it says', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const evil = readMessage(
          stored(
            { type: 'text', text },
            { type: 'tool', tool: text, state: { status: 'completed', input: { command: text }, output: text, title: text } },
            { type: 'file', mime: text, url: text },
            { type: 'patch', files: [text] },
          ),
        )
        const printed = shown({ ...evil, agent: text, error: { name: text, message: text } }, undefined, {
          ...layout,
          tools: true,
          style: createStyle(true),
        })
        expect(stripVTControlCharacters(printed)).not.toMatch(forbidden)
        expect(printed.replace(/\u001b\[\d+(;\d+)*m/g, '')).not.toMatch(forbidden)
      }),
      { numRuns: 300 },
    )
  })
})

test('numbers are as a person reads them', () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567'])
  expect([0, 999, 1000, 57_787, 4_128_276_480].map(fileSize)).toEqual(['0 B', '999 B', '1.0 kB', '57.8 kB', '4.1 GB'])
  expect([400, 12_400, 200_000, 7_500_000].map(duration)).toEqual(['0.4 s', '12 s', '3 min 20 s', '2 h 5 min'])
  expect(shortPath('/home/dev/x', '/home/dev')).toBe('~/x')
  expect(shortPath('/home/developer', '/home/dev')).toBe('/home/developer')
})
