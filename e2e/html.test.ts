import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { htmlPage } from '../src/render/pages/html/html-page.ts'
import type { Page } from '../src/render/pages/page.ts'
import { everything, pageFullOf } from '../src/testing/pages.ts'
import { payloads } from '../src/testing/payloads.ts'
import { findChromium } from './support/browser.ts'
import { tempDir } from './support/temp.ts'

/**
 * HTML pages in the browser that people open them in. Debian: `apt-get install chromium`; `CHROMIUM` names another one. Without
 * any, these tests are skipped, and say so.
 */
const executablePath = findChromium()
if (executablePath === undefined) console.warn('no Chromium on this machine: HTML pages are not opened in a browser')

describe.skipIf(executablePath === undefined)('an HTML page in Chromium', () => {
  const folder = tempDir('html')
  let browser: Browser

  beforeAll(async () => {
    // Chromium refuses its own sandbox to root, which is who runs in containers.
    browser = await chromium.launch({ executablePath: executablePath!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  })
  afterAll(() => browser?.close())

  interface Seen {
    readonly tab: Tab
    /** Dialogs, requests, errors, and what the policy refused. */
    readonly events: string[]
  }

  const file = join(folder, 'page.html')
  const url = pathToFileURL(file).href

  /** A tab that writes down what happens in it. */
  async function watched(options: BrowserContextOptions = {}): Promise<Seen> {
    const context = await browser.newContext(options)
    const tab = await context.newPage()
    const events: string[] = []
    tab.on('dialog', (dialog) => {
      events.push(`dialog ${dialog.message()}`)
      // A tab that is closed meanwhile takes its dialog with it.
      void dialog.dismiss().catch(() => undefined)
    })
    tab.on('request', (request) => {
      if (request.url() !== url && !/^data:image\/(png|jpeg|gif|webp);base64,/.test(request.url()))
        events.push(`request ${request.url()}`)
    })
    tab.on('console', (message) => events.push(`console ${message.text()}`))
    tab.on('pageerror', (error) => events.push(`error ${error.message}`))
    tab.on('popup', () => events.push('popup'))
    tab.on('framenavigated', (frame) => {
      if (frame !== tab.mainFrame() || frame.url() !== url) events.push(`frame ${frame.url()}`)
    })
    return { tab, events }
  }

  async function open(html: string, options: BrowserContextOptions = {}): Promise<Seen> {
    const seen = await watched(options)
    writeFileSync(file, html)
    await seen.tab.goto(url)
    return seen
  }

  /** What no page has, found in the document that the browser made of it. */
  const intruders = (tab: Tab) =>
    tab.evaluate(() => {
      const found: string[] = []
      for (const element of document.querySelectorAll('*')) {
        const { localName } = element
        if (
          /^(script|iframe|frame|object|embed|link|base|form|input|button|svg|math|template|video|audio|area|portal)$/.test(
            localName,
          )
        )
          found.push(localName)
        if (localName === 'meta' && /refresh/i.test(element.getAttribute('http-equiv') ?? '')) found.push('refresh')
        for (const { name, value } of element.attributes) {
          if (/^on/i.test(name) || name === 'style' || name === 'srcdoc') found.push(`${localName} ${name}`)
          const schemes = name === 'href' ? /^(#|https?:|mailto:)/i : name === 'src' ? /^data:image\/(png|jpeg|gif|webp);/ : null
          if (schemes !== null && !schemes.test(value)) found.push(`${localName} ${name}=${value.slice(0, 100)}`)
        }
      }
      const walker = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT)
      if (walker.nextNode()) found.push('comment')
      if (document.querySelectorAll('style').length !== 1) found.push('style')
      if (document.querySelectorAll('section').length !== 8) found.push(`${document.querySelectorAll('section').length} sections`)
      if (document.body.lastElementChild?.localName !== 'footer') found.push('no footer at the end')
      return found
    })

  /** Does what a reader does: opens every fold, moves over and into everything. */
  const wander = (tab: Tab) =>
    tab.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true
      for (const element of document.querySelectorAll<HTMLElement>('main *')) {
        for (const type of ['mouseover', 'mouseenter', 'focus', 'pointerdown'])
          element.dispatchEvent(new Event(type, { bubbles: true }))
        if (element.closest('a') === null) element.click()
      }
    })

  const written = (page: Page) => [...htmlPage(page)].join('')

  test(`${payloads.length} hostile texts in every field run, load and build nothing`, async () => {
    const heard: [text: string, found: string[]][] = []
    const { tab, events } = await watched()
    for (const text of payloads) {
      writeFileSync(file, written(pageFullOf(text)))
      await tab.goto(url)
      await wander(tab)
      const found = [...events.splice(0), ...(await intruders(tab))]
      if (found.length > 0) heard.push([text, found])
    }
    await tab.context().close()
    expect(heard).toEqual([])
  })

  test('even with a hole in the page, its policy runs and loads nothing', async () => {
    const loaded: string[] = []
    const server = createServer((request, response) => {
      loaded.push(request.url!)
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const holes = [
      '<script>alert(1)</script>',
      `<script src="${host}/x.js"></script>`,
      `<img src="${host}/x.png" onerror="alert(2)">`,
      '<svg onload="alert(3)"></svg>',
      '<details open ontoggle="alert(4)"></details>',
      '<iframe srcdoc="<script>alert(5)</script>"></iframe>',
      `<link rel="stylesheet" href="${host}/x.css">`,
      `<style>main { background: url(${host}/y.png) }</style>`,
      `<p style="background: url(${host}/z.png)">styled</p>`,
      `<object data="${host}/object"></object>`,
      `<a href="javascript:alert(6)" id="hole">link</a>`,
    ].join('\n')
    const torn = written(everything()).replace('<main>', `<main>${holes}`)
    /** What ran, and what was loaded, when somebody opens a page and follows the link. */
    const harm = async (html: string) => {
      loaded.splice(0)
      const { tab, events } = await open(html)
      await tab.click('#hole')
      await tab.waitForTimeout(500)
      expect((await intruders(tab)).length).toBeGreaterThan(10)
      await tab.context().close()
      const ran = events.filter((event) => /^(dialog|error|popup)/.test(event))
      return {
        ran: ran.sort(),
        loaded: loaded.sort(),
        refused: events.filter((event) => /Content Security Policy/.test(event)).length,
      }
    }
    try {
      const guarded = await harm(torn)
      expect(guarded).toEqual({ ran: [], loaded: [], refused: guarded.refused })
      expect(guarded.refused).toBeGreaterThan(8)
      // The proof that all of this would have been noticed: the same without the policy.
      expect(await harm(torn.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ''))).toEqual({
        ran: ['dialog 1', 'dialog 2', 'dialog 3', 'dialog 4', 'dialog 5', 'dialog 6'],
        loaded: ['/object', '/x.css', '/x.js', '/x.png', '/y.png', '/z.png'],
        refused: 0,
      })
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })

  test('reads without scripts, folds, jumps, and shows pictures', async () => {
    const { tab, events } = await open(written(everything()), { javaScriptEnabled: false })
    expect(events).toEqual([])
    expect(await tab.title()).toBe('Make the parser faster')
    const thought = tab.getByText('a profile says more than a guess')
    expect(await thought.isVisible()).toBe(false)
    await tab.getByText('Thought', { exact: true }).click()
    expect(await thought.isVisible()).toBe(true)
    await tab.locator('nav a', { hasText: 'And the benchmark?' }).click()
    expect(tab.url()).toMatch(/#msg_second$/)
    await tab.context().close()

    const scripted = await open(written(everything()))
    const widths = await scripted.tab.evaluate(() =>
      Promise.all(
        [...document.images].map(async (image) => {
          image.loading = 'eager'
          await image.decode()
          return image.naturalWidth
        }),
      ),
    )
    expect(widths).toEqual([1, 1])
    expect(scripted.events).toEqual([])
    await scripted.tab.context().close()
  })

  test('is light or dark as the reader has it, fits a phone, and prints without a second column', async () => {
    const look = (tab: Tab) =>
      tab.evaluate(() => ({
        ground: getComputedStyle(document.documentElement).backgroundColor,
        sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
        nav: getComputedStyle(document.querySelector('nav')!).display,
      }))
    const html = written(everything())
    const light = await open(html, { colorScheme: 'light' })
    expect(await look(light.tab)).toEqual({ ground: 'rgb(253, 253, 252)', sideways: false, nav: 'block' })
    const phone = await open(html, { colorScheme: 'dark', viewport: { width: 360, height: 740 } })
    expect(await look(phone.tab)).toEqual({ ground: 'rgb(22, 24, 28)', sideways: false, nav: 'block' })
    await phone.tab.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await look(phone.tab)).toEqual({ ground: 'rgb(255, 255, 255)', sideways: false, nav: 'none' })
    expect([...light.events, ...phone.events]).toEqual([])
    await light.tab.context().close()
    await phone.tab.context().close()
  })
})
