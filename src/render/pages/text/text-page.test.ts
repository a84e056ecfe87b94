import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConversation } from '../../../conversation/conversation.ts'
import type { Message } from '../../../conversation/message.ts'
import { openCatalog } from '../../../stores/catalog/catalog.ts'
import { everything, messageOf, pageFullOf, pageOf, partOf } from '../../../testing/pages.ts'
import { payloads } from '../../../testing/payloads.ts'
import { storeOf } from '../../../testing/temp.ts'
import { sessionJSON } from '../../json/session-json.ts'
import { safeText } from '../../safe-text.ts'
import { htmlPage } from '../html/html-page.ts'
import { markdownPage } from '../markdown/markdown-page.ts'
import type { Page } from '../page.ts'
import { textPage } from './text-page.ts'

const written = (page: Page) => [...textPage(page)].join('')

describe('a page of plain text', () => {
  test('shows everything, always the same', async () => {
    const zone = process.env.TZ
    process.env.TZ = 'Asia/Tokyo'
    try {
      await expect(written(everything())).toMatchFileSnapshot(join(import.meta.dirname, '../golden', 'everything.txt.golden'))
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })

  test('has no control character, whatever the session says', () => {
    for (const text of payloads) {
      const page = written(pageFullOf(text))
      expect(page).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      expect(page.isWellFormed()).toBe(true)
    }
  })

  test('keeps text line for line, however long', () => {
    const long = `   indented\n\n${'word '.repeat(400_000)}end`
    expect(written(pageOf([messageOf({ role: 'user', parts: [partOf('text', { text: long })] })]))).toContain(`\n\n${long}\n`)
  })
})

test.each([
  ['txt', textPage],
  ['md', markdownPage],
  ['html', htmlPage],
])('a page of %s is written while it is read', (_label, render) => {
  let read = 0
  const endless = function* () {
    for (;;) {
      read++
      yield messageOf({ parts: [partOf('text', { text: 'on and on' })] })
    }
  }
  let pieces = 0
  for (const _ of render(pageOf(endless()))) if (++pieces === 5000) break
  expect(read).toBeGreaterThan(500)
  expect(read).toBeLessThanOrEqual(pieces)
})

/** What a reader came for, of one message. */
function words(message: Message): string[] {
  return message.parts
    .flatMap((part) => {
      if (part.type === 'text' || part.type === 'reasoning') return [part.text]
      if (part.type === 'tool') return [part.output ?? '', part.error ?? '']
      return part.type === 'shell' ? [part.command, part.output ?? ''] : []
    })
    .flatMap((text) => safeText(text).split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

const releases = readdirSync(join(import.meta.dirname, '../../../../fixtures/stores'))

describe.each(releases)('every session of %s', (release) => {
  test('has each of its words on each of its pages', () => {
    const catalog = openCatalog({ roots: [storeOf(release)] })
    try {
      let pages = 0
      for (const session of catalog.sessions()) {
        const messages = [...readConversation(catalog, session.id)]
        const page = { session: sessionJSON(session), messages, subagents: [] }
        const text = written(page)
        const markdown = [...markdownPage(page)].join('').replace(/\\(?=[<>])/g, '')
        const html = [...htmlPage(page)]
          .join('')
          .replace(/<[^>]*>/g, '')
          .replace(
            /&(amp|lt|gt|quot|#39);/g,
            (_match, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]!,
          )
        for (const line of messages.flatMap(words)) {
          expect(text).toContain(line)
          const bare = line.replace(/^([#>*-]|\d+\.)+ /, '')
          expect(markdown).toContain(bare)
          // Emphasis and code of an answer have become elements.
          if (!/[*_`[\]|]/.test(bare)) expect(html).toContain(bare)
        }
        for (const message of messages) expect([...htmlPage(page)].join('')).toContain(`id="${message.id}"`)
        pages++
      }
      expect(pages).toBeGreaterThan(0)
    } finally {
      catalog.close()
    }
  })
})
