import { join } from 'node:path'
import fc from 'fast-check'
import MarkdownIt, { type Token } from 'markdown-it'
import { describe, expect, test } from 'vitest'
import { everything, messageOf, pageFullOf, pageOf, partOf, textEverywhere } from '../../../testing/pages.ts'
import { payloads } from '../../../testing/payloads.ts'
import type { Page } from '../page.ts'
import { containMarkdown } from './contain.ts'
import { markdownPage } from './markdown-page.ts'
import { codeSpan, fence, plainText } from './syntax.ts'

/** The most trusting reader there is: raw HTML is HTML. */
const trusting = new MarkdownIt({ html: true })
const written = (page: Page) => [...markdownPage(page)].join('')
const prompt = (text: string) => messageOf({ role: 'user', parts: [partOf('text', { text })] })
const answer = (...texts: string[]) => messageOf({ parts: texts.map((text) => partOf('text', { text })) })

function body(markdown: string): Token[] {
  expect(markdown.startsWith('---\n')).toBe(true)
  return trusting.parse(markdown.slice(markdown.indexOf('\n---\n') + 5), {})
}

const all = (tokens: Token[]): Token[] => tokens.flatMap((token) => [token, ...all(token.children ?? [])])

/** Level and words of each heading. */
function outline(tokens: Token[]): string[] {
  return tokens.flatMap((token, index) => {
    const words = tokens[index + 1]?.children?.map((child) => child.content).join('')
    return token.type === 'heading_open' ? [`${token.tag.slice(1)} ${words}`] : []
  })
}

const html = (tokens: Token[]) => all(tokens).filter(({ type }) => type.startsWith('html'))

function expectContained(markdown: string, messages: number): void {
  const tokens = body(markdown)
  expect(html(tokens).map(({ content }) => content)).toEqual([])
  // A text that reached beyond its end would have swallowed a heading; one that got out would have added one.
  const levels = tokens.filter(({ type }) => type === 'heading_open').map(({ tag }) => tag)
  expect(levels.filter((tag) => tag === 'h2')).toHaveLength(messages)
  expect(markdown.isWellFormed()).toBe(true)
  expect(markdown).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
}

describe('text from a session stays where it is', () => {
  test(`${payloads.length} hostile texts in every field open no HTML and no heading`, () => {
    for (const text of payloads) expectContained(written(pageFullOf(text)), 8)
  })

  test('whatever Markdown it is made of', () => {
    const unit = fc.constantFrom(
      ...[
        '<',
        '>',
        '<b>',
        '</b>',
        '<!--',
        '-->',
        '<script>',
        '<a href="',
        '<?',
        '`',
        '```',
        '~~~',
        '\\',
        '\n',
        '\n\n',
        '    ',
        '\t',
      ],
      ...[
        '- ',
        '1. ',
        '> ',
        '#',
        '# ',
        '===',
        '---',
        '|',
        '[',
        ']',
        '(',
        ')',
        '[a]: b',
        '*',
        '&lt;',
        'word',
        ' ',
        'https://x.example',
      ],
    )
    fc.assert(
      fc.property(fc.array(fc.string({ unit, maxLength: 25 }), { minLength: 1, maxLength: 4 }), (texts) => {
        expectContained(written(pageOf([prompt(texts[0]!), answer(...texts), answer('end')])), 3)
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 25 }), (text) => {
        expectContained(written(pageOf(textEverywhere(text))), 4)
      }),
      { numRuns: 200 },
    )
  })

  test('headings of an answer go below those of the page, all by as much', () => {
    const tokens = body(
      written(pageOf([answer('# One\n\n## Two\n\nUnder\nlined\n===\n\n- # in a list\n\n> Quoted\n> ---\n\n###### Six')])),
    )
    expect(outline(tokens).slice(2)).toEqual(['4 One', '5 Two', '4 Under lined', '4 in a list', '5 Quoted', '6 Six'])
    expect(outline(body(written(pageOf([answer('### Three\n\n#### Four')])))).slice(2)).toEqual(['4 Three', '5 Four'])
    expect(written(pageOf([answer('#### Four')]))).toContain('\n#### Four\n')
    expect(written(pageOf([answer('```sh\n# a comment\n```')]))).toContain('\n# a comment\n')
    expect(written(pageOf([prompt('# Mine\n#no heading')]))).toContain('\n> #### Mine\n> #no heading\n')
  })

  test('Markdown without HTML is left as it was written', () => {
    const text =
      '**Bold** `<b>`, <https://x.example>, 1 < 2 & 3.\n\n1. one\n   ```html\n   <div>\n   ```\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |'
    expect(written(pageOf([answer(text)]))).toContain(`\n\n${text}\n`)
    expect(containMarkdown('See `<b>` and <b>this</b> and \\<i>.')).toBe('See `<b>` and \\<b>this\\</b> and \\<i>.')
  })

  test('what is never closed is closed, and what cannot be mended is shown as it is', () => {
    expect(written(pageOf([answer('````js\nconst a = 1')]))).toContain('\n````js\nconst a = 1\n````\n')
    const long = `<b>${'word '.repeat(50_000)}</b>`
    expect(written(pageOf([answer(long)]))).toContain(`\n\`\`\`\n${long}\n\`\`\`\n`)
  })
})

describe('words that are not Markdown', () => {
  const inline = (markdown: string) => trusting.renderInline(markdown)
  const escaped = (text: string) =>
    text.replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]!)
  const line = fc.string({ unit: fc.constantFrom(...'`*_[]()<>#|~&;!\\$-+.1a b"=') }).map((text) => text.trim())

  test('mean themselves', () => {
    fc.assert(
      fc.property(line, (text) => {
        expect(inline(plainText(text))).toBe(escaped(text))
        expect(body(`---\n---\n\n## ${plainText(`x${text}`)}\n`).map(({ type }) => type)).toEqual([
          'heading_open',
          'inline',
          'heading_close',
        ])
      }),
      { numRuns: 1000 },
    )
    expect(plainText('subagent_type 2.3 s a&b')).toBe('subagent_type 2.3 s a&b')
  })

  test('are one span of code', () => {
    fc.assert(
      fc.property(
        line.filter((text) => text !== ''),
        (text) => {
          expect(inline(codeSpan(text))).toBe(`<code>${escaped(text)}</code>`)
        },
      ),
    )
  })

  test('are one fence', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', '```', '\n', '~', 'a', ' ') }), (text) => {
        const tokens = trusting.parse(fence(text, 'js'), {})
        expect(tokens.map(({ type, content, info }) => [type, content, info])).toEqual([['fence', `${text}\n`, 'js']])
      }),
    )
  })
})

describe('the page', () => {
  test('has its facts in front, as YAML that any title fits into', () => {
    const title = 'a: "b" # c\n- \\ \t – \u2028 ü'
    const [, facts] = /^---\n([\s\S]*?)\n---\n/.exec(written(pageOf([], { title, directory: null, cost: 0.5 })))!
    const lines = facts!.split('\n')
    expect(lines.map((line) => /^ *\w+/.exec(line)?.[0])).toEqual(
      'id title parent directory project agent model version created updated archived share cost tokens|  input|  output|  reasoning|  cache_read|  cache_write|subagents'
        .split('|')
        .flatMap((part, index) => (index === 0 ? part.split(' ') : part)),
    )
    const value = (name: string) => lines.find((line) => line.startsWith(`${name}: `))!.slice(name.length + 2)
    expect(JSON.parse(value('title'))).toBe('a: "b" # c - \\ – ü')
    expect(value('model')).toBe('"anthropic/claude-sonnet-4-5"')
    expect([value('directory'), value('created'), value('cost')]).toEqual(['null', '2026-08-14T09:30:00Z', '0.5'])
  })

  test('shows everything, always the same', async () => {
    const zone = process.env.TZ
    process.env.TZ = 'Asia/Tokyo'
    try {
      await expect(written(everything())).toMatchFileSnapshot(join(import.meta.dirname, '../golden', 'everything.md.golden'))
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
    expect(written(everything())).not.toMatch(/\n{3,}| \n/)
  })

  test('takes times that are none', () => {
    const time = { created: 1e300, updated: Number.NaN, archived: null }
    expect(written(pageOf([], { time }))).toContain('\ncreated: null\nupdated: null\n')
  })
})
