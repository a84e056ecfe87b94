import fc from 'fast-check'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../conversation/message.ts'
import { everything, messageOf, pageFullOf, pageOf, partOf, textEverywhere } from '../../../testing/pages.ts'
import { payloads } from '../../../testing/payloads.ts'
import type { Page } from '../page.ts'
import { htmlPage } from './html-page.ts'

/** Everything that a page is made of. What is not here is a hole. */
const elements = new Set(
  `html head meta title style body a main nav footer header article section h1 h2 h3 h4 h5 h6 p div span strong b em s br hr
   ul ol li dl dt dd blockquote pre code table thead tbody tr th td time details summary figure figcaption img`.split(/\s+/),
)
const attributes: Readonly<Record<string, RegExp>> = {
  'html lang': /^en$/,
  'meta charset': /^utf-8$/,
  'meta http-equiv': /^Content-Security-Policy$/,
  'meta name': /^(viewport|color-scheme|referrer|robots|generator)$/,
  'meta content': /^(?!.*url=)/i,
  'a href': /^(https?:\/\/|mailto:|#[A-Za-z0-9_-]*$)/i,
  'a rel': /^noopener noreferrer nofollow$/,
  'img src': /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/,
  'img loading': /^lazy$/,
  'img decoding': /^async$/,
  'ol start': /^\d+$/,
  'time datetime': /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
  'nav aria-label': /^Prompts$/,
}
/** Plain text, whatever it is. */
const free = new Set(['img alt', 'a title'])

type Element = DefaultTreeAdapterTypes.Element
type Node = DefaultTreeAdapterTypes.ChildNode

function elementsOf(html: string): Element[] {
  const errors: string[] = []
  const tree = parse(html, { onParseError: ({ code }) => code !== 'noncharacter-in-input-stream' && errors.push(code) })
  expect(errors).toEqual([])
  const found: Element[] = []
  const visit = (node: Node): void => {
    if (node.nodeName === '#comment') throw new Error('a comment')
    if (!('tagName' in node)) return
    found.push(node)
    node.childNodes.forEach(visit)
  }
  tree.childNodes.forEach(visit)
  return found
}

const written = (page: Page) => [...htmlPage(page)].join('')
const attribute = (element: Element, name: string) => element.attrs.find((attr) => attr.name === name)?.value

function expectHarmless(html: string): Element[] {
  const found = elementsOf(html)
  for (const { tagName, attrs } of found) {
    if (!elements.has(tagName)) throw new Error(`an element that no page has: ${tagName}`)
    for (const { name, value } of attrs) {
      const key = `${tagName} ${name}`
      if (
        name === 'class' ? /^[\w -]*$/.test(value) : name === 'id' ? /^[\w-]*$/.test(value) : name === 'dir' && value === 'auto'
      )
        continue
      if (!free.has(key) && !attributes[key]?.test(value)) throw new Error(`an attribute that no page has: ${key}=${value}`)
    }
  }
  expect(found.filter(({ tagName }) => tagName === 'style')).toHaveLength(1)
  expect(html.isWellFormed()).toBe(true)
  expect(html).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
  return found
}

const prompt = (text: string) => messageOf({ role: 'user', parts: [partOf('text', { text })] })
const answer = (text: string) => messageOf({ parts: [partOf('text', { text })] })
const rendered = (message: Message) => [...htmlPage(pageOf([message]))].slice(4, -4).join('')

describe('hostile text stays text', () => {
  const skeleton = (found: Element[]) =>
    found.filter(({ tagName }) => /^(section|article|main|nav|details|summary|footer)$/.test(tagName)).length

  test(`${payloads.length} payloads in every field`, () => {
    expect(payloads.length).toBeGreaterThan(130)
    expect(new Set(payloads).size).toBe(payloads.length)
    const plain = skeleton(expectHarmless(written(pageFullOf('plain'))))
    for (const text of payloads) {
      const found = expectHarmless(written(pageFullOf(text)))
      // Nothing ended an element of the page or began one: all are where they are with a plain word.
      const folded = skeleton(found)
      expect({ text, near: Math.abs(folded - plain) <= 12 }).toEqual({ text, near: true })
      expect(found.filter(({ tagName }) => tagName === 'section')).toHaveLength(8)
    }
  })

  test('anything made of pieces of markup', () => {
    const unit = fc.constantFrom(
      ...[
        '<',
        '>',
        '"',
        "'",
        '`',
        '&',
        '/',
        '!',
        '--',
        '[',
        ']',
        '(',
        ')',
        '\n',
        '    ',
        '- ',
        '> ',
        '|',
        '```',
        '~~~',
        '\\',
        ':',
      ],
      ...[
        'script',
        'img src=x onerror=alert(1)',
        'style',
        'javascript:',
        'https://x.example',
        'data:',
        '\0',
        '\ud800',
        '\u202e',
        'a',
      ],
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        expectHarmless(written(pageOf(textEverywhere(text))))
      }),
      { numRuns: 150 },
    )
  })

  test('a policy forbids what would get through all the same', () => {
    const html = written(everything())
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; img-src data:; /)
    expect(policy).not.toMatch(/unsafe|script-src|\*/)
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(300)
  })
})

describe('links', () => {
  test.each([
    ['[a](https://x.example/?q=1&r="2")', 'https://x.example/?q=1&r=%222%22'],
    ['<mailto:me@x.example>', 'mailto:me@x.example'],
    ['see https://x.example/a.', 'https://x.example/a'],
    ['![chart](https://x.example/c.png)', 'https://x.example/c.png'],
  ])('%s leads out', (text, href) => {
    const [link] = elementsOf(`<!DOCTYPE html><title>x</title>${rendered(answer(text))}`).filter(
      ({ tagName, attrs }) => tagName === 'a' && attrs.some(({ name }) => name === 'rel'),
    )
    expect(link && attribute(link, 'href')).toBe(href)
    expect(link && attribute(link, 'rel')).toBe('noopener noreferrer nofollow')
  })

  test.each([
    '[a](javascript:alert(1))',
    '[a](data:text/html,x)',
    '[a](file:///etc/passwd)',
    '[a](./src/main.rs)',
    'main.rs and README.md',
    '//x.example/y',
    'ftp://x.example',
  ])('%s is text', (text) => {
    expect(rendered(answer(text))).not.toContain('rel=')
    expect(rendered(answer(text))).toContain(text.slice(0, 8))
  })
})

describe('pictures', () => {
  const file = (url: string, mime = 'image/png') =>
    rendered(messageOf({ parts: [partOf('file', { mime, url, filename: 'a.png' })] }))
  const bytes = {
    png: Buffer.from('\x89PNG\r\n\x1a\n----', 'latin1'),
    jpeg: Buffer.from('\xff\xd8\xff\xe0----', 'latin1'),
    gif: Buffer.from('GIF89a----', 'latin1'),
    webp: Buffer.from('RIFF----WEBP', 'latin1'),
  }

  test.each(Object.entries(bytes))('%s is shown, whatever it is called', (kind, data) => {
    expect(file(`data:image/png;base64,${data.toString('base64')}`)).toContain(`src="data:image/${kind};base64,`)
    expect(file(`data:text/plain;charset=utf-8;base64,${data.toString('base64')}`)).toContain(`src="data:image/${kind};base64,`)
  })

  test.each([
    `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}`,
    `data:image/png;base64,${Buffer.from('<svg/>').toString('base64')}`,
    'data:image/png,raw',
    'data:image/png;base64,iVBORw0KGgo=" x="',
    'https://x.example/a.png',
    'file:///tmp/a.png',
  ])('%s is named only', (url) => {
    expect(file(url)).not.toContain('<img')
    expect(file(url)).toContain('<p class="file">a.png')
  })
})

describe('a page to read', () => {
  const html = written(everything())
  const found = expectHarmless(html)

  test('shows every kind of message and part', () => {
    for (const label of ['shell', 'notice', 'synthetic', 'compaction', 'interrupted', 'reverted'])
      expect(html).toContain(`<span class="label">${label}</span>`)
    const texts = [
      'and make it faster.',
      'Put in by OpenCode',
      'a note to myself',
      'a profile says more than a guess',
      'Profile the benchmark',
      'ENOENT: no such file',
      '[&gt;] use views (high)',
      'did not end',
      'The output is no longer sent to the model.',
      '1 file changed',
      'Retry 2',
      'step: tool-calls · 6,800 tokens in, 340 out · $0.0123 · snapshot 6ab4fd11 → 9c31aa02',
      'step: did not finish',
      'exit 1',
      'agent switched from build to plan',
      'was summarised automatically',
      'general: write a benchmark',
      'APIError: rate limit reached',
      'hologram',
      'Three callers, all in',
    ]
    for (const text of texts) expect(html).toContain(text)
    expect(html).toContain('<span class="hljs-deletion">-  return buffer.slice(0, n)</span>')
    expect(html).toContain('<span class="hljs-keyword">')
    expect(html).toContain('HTML is shown: &lt;b&gt;not bold&lt;/b&gt;.')
  })

  test('has an anchor for each message and session, and no link into nothing', () => {
    const ids = found.flatMap((element) => attribute(element, 'id') ?? [])
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(['ses_page', 'ses_child', 'msg_prompt', 'msg_child2', 'prompts']))
    const inner = found.flatMap((element) => /^#(.+)/.exec(attribute(element, 'href') ?? '')?.[1] ?? [])
    expect(inner.filter((id) => !ids.includes(id))).toEqual([])
    const nav = html.slice(html.indexOf('<nav'))
    expect(nav.match(/href="#[^"]*"/g)).toEqual(['href="#msg_prompt"', 'href="#msg_second"', 'href="#ses_child"'])
  })

  test('is the same on every machine', () => {
    const zone = process.env.TZ
    try {
      for (const other of ['Asia/Tokyo', 'America/New_York']) {
        process.env.TZ = other
        expect(new Date(0).getHours()).not.toBe(0)
        expect(written(everything())).toBe(html)
      }
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })

  test('keeps what was typed line for line, and a table in its columns', () => {
    expect(rendered(prompt('a\n\n   b <c>\n# no heading\n* no list'))).toContain(
      '<p class="as-is">a\n\n   b &lt;c&gt;\n# no heading\n* no list</p>',
    )
    expect(rendered(answer('| a | b |\n|---|--:|\n| 1 | 2 |'))).toContain('<th>a</th>\n<th class="right">b</th>')
    expect(rendered(answer('# top'))).toContain('<h3>top</h3>')
  })

  test('takes times that are none, and nothing at all', () => {
    const page = pageOf([messageOf({ time: { created: 1e300, completed: null }, parts: [] })], {
      time: { created: 1e300, updated: -1e300, archived: null },
      title: null,
      directory: null,
      model: null,
      tokens: null,
    })
    expectHarmless(written(page))
    expect(written(pageOf([]))).toContain('No messages.')
  })
})

describe('size', () => {
  const outputOf = (output: string) => rendered(messageOf({ parts: [partOf('tool', { output })] }))

  test('output that nobody would read on a page is cut, and says so', () => {
    const html = outputOf(`begin ${'x'.repeat(20_000_000)} end`)
    expect(html.length).toBeLessThan(210_000)
    expect(html).toContain('19.8 MB of text are left out here.')
    expect(html).toMatch(/begin x+<\/code>/)
    expect(html).toContain('x end</code>')
    expect(outputOf('y'.repeat(200_000))).not.toContain('left out')
    expect(outputOf(`${'\n'.repeat(3_000_000)}.`)).toContain('left out')
  })

  test('text made to keep grammars and Markdown busy does not', () => {
    const hard = ['[', '![', '*a_', '`', '<', '> ', '[a](', '_', '<a', '<!--', '<![CDATA[', 'http://', '[a]: b\n', '1. ']
    for (const unit of hard) {
      const text = unit.repeat(Math.floor(60_000 / unit.length))
      const blocks = ['js', 'cpp', 'md'].map((language) => answer(`~~~${language}\n${text}\n~~~`))
      expect(written(pageOf([prompt(text), answer(text), ...blocks])).length).toBeGreaterThan(text.length)
    }
  })
})
