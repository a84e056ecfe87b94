import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { payloads } from '../src/testing/payloads.ts'
import { some } from '../src/testing/thorough.ts'
import { findChromium } from './support/browser.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { fixture, output, repository } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { serve } from './support/served.ts'
import { type SessionSpec, writeDatabase } from './support/store.ts'
import { tempDir } from './support/temp.ts'

/** The browser's side of `ocvault serve`, with the built program and a real browser. */

const executablePath = findChromium()
if (executablePath === undefined) console.warn('no Chromium on this machine: the pages of the server are not opened in a browser')

describe.skipIf(executablePath === undefined)('in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  })
  afterAll(() => browser?.close())

  interface Seen {
    readonly page: Page
    readonly context: BrowserContext
    /** Dialogs, errors, what the policy refused, and requests that go elsewhere. */
    readonly events: string[]
  }

  async function open(address: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Seen> {
    const context = await browser.newContext({
      viewport: { width: 1600, height: 1000 },
      timezoneId: 'UTC',
      locale: 'en-US',
      ...options,
    })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const events: string[] = []
    const { origin } = new URL(address)
    page.on('dialog', (dialog) => {
      events.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('pageerror', (error) => events.push(`error ${error.message}`))
    page.on('console', (message) => {
      // The page before the door is an answer of 401.
      if (message.type() === 'error' && !/401/.test(message.text())) events.push(`console ${message.text()}`)
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) events.push(`request ${request.url()}`)
    })
    await page.goto(address)
    await page.locator('#side a.go').first().waitFor()
    return { page, context, events }
  }

  const violations = async (page: Page): Promise<unknown[]> => {
    // Evaluated from outside of the page: its policy lets no script of others in.
    await page.evaluate(axe.source)
    return page.evaluate(async () => {
      // What models write has the headings that it has.
      const options = { rules: { 'heading-order': { enabled: false } } }
      const { violations: found } = await (window as unknown as { axe: Axe }).axe.run(options)
      return found.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3).map(({ html }) => html) }))
    })
  }
  interface Axe {
    run(options: object): Promise<{ violations: AxeRule[] }>
  }
  interface AxeRule {
    readonly id: string
    readonly nodes: readonly { readonly html: string }[]
  }

  const sideways = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

  test.each([
    ['1.1.65', 'quokka'],
    ['2.0-constructed', 'parsetoken'],
  ])('with keys alone: a word said in %s is found, read at its message, and exported', async (release, word) => {
    const { address, stop } = await serve('--root', fixture(release))
    const { page, events } = await open(address)
    expect(page.url()).not.toContain('token')
    await page.keyboard.press('/')
    await page.keyboard.type(word)
    await page.locator('a.hit mark').first().waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('j')
    const hit = page.locator('a.hit:focus')
    await hit.waitFor()
    const target = (await hit.getAttribute('href'))!.split('#')[1]!
    await page.keyboard.press('Enter')
    await page.locator(`#${target}.here`).waitFor()
    // It stays where it was put, also when what stands before it comes in.
    await expect.poll(() => page.locator('article.session > a.earlier').count()).toBe(0)
    await page.locator('.rail li a').first().waitFor()
    const top = await page.locator(`#${target}`).evaluate((section) => section.getBoundingClientRect().top)
    expect(top).toBeGreaterThanOrEqual(0)
    expect(top).toBeLessThan(800)
    // What was looked for is marked, and nothing hides it.
    const marked = () =>
      page.evaluate(() => {
        const [range] = (CSS.highlights.get('sought') ?? []) as Iterable<Range>
        const box = range?.getBoundingClientRect()
        return { text: range?.toString().toLowerCase(), isSeen: box !== undefined && box.height > 0 && box.top < innerHeight }
      })
    await expect.poll(marked).toEqual({ text: expect.stringContaining(word), isSeen: true })
    // The rail, the next prompt, and finding in the session.
    await page.locator('.rail li a').first().waitFor()
    await page.keyboard.press('f')
    await page.locator('#find:focus').waitFor()
    await page.keyboard.type(word)
    await page.keyboard.press('Enter')
    await page.locator('.find li mark').first().waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(marked).toEqual({ text: word, isSeen: true })
    await page.keyboard.press('Escape')
    expect(await violations(page)).toEqual([])
    // The deep link opens the same for whoever is in already.
    await page.reload()
    await page.locator(`#${target}.here`).waitFor()
    await page.getByRole('link', { name: 'Export' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Download' }).focus()
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')])
    expect(readFileSync((await download.path())!, 'utf8').toLowerCase()).toContain(word)
    expect(events).toEqual([])
    expect(await stop()).toBe(0)
  })

  test('stats, health, help and filters have nothing that axe complains of, light and dark, on a phone and a wide screen', async () => {
    const { address } = await serve('--root', fixture('upgraded-1.1.65-1.2.1-1.18.33'))
    const { page, events } = await open(address, { colorScheme: 'dark' })
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.locator('.tiles').waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.locator('.health').waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('?')
    await page.locator('dialog[open]').waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('.narrow').click()
    await page.getByLabel('Project').selectOption({ index: 1 })
    await page.locator('.narrow[aria-pressed=true]').waitFor()
    expect(await violations(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.locator('.brand').click()
    await page.locator('#side a.go').first().click()
    await page.locator('#main section.message').first().waitFor()
    expect(await sideways(page)).toBe(false)
    expect(await violations(page)).toEqual([])
    await page.locator('.brand').click()
    expect(await page.locator('#side').isVisible()).toBe(true)
    expect(await sideways(page)).toBe(false)
    expect(events).toEqual([])
  })

  test('a session of thousands of messages opens at any of them, and is found in all over', async () => {
    const long: SessionSpec = {
      id: 'ses_long',
      title: 'A long one',
      messages: Array.from({ length: 2000 }, (_item, at) => ({
        id: `msg_${String(at).padStart(5, '0')}`,
        role: at % 10 === 0 ? ('user' as const) : ('assistant' as const),
        parts: [{ type: 'text', text: `message number ${at}${at === 1500 ? ' holds a needle' : ''}` }],
      })),
    }
    const store = join(tempDir('long'), 'opencode.db')
    writeDatabase(store, [long])
    const { address } = await serve('--root', store)
    const { page, events } = await open(address)
    await page.goto(`${new URL(address).origin}/s/ses_long#msg_01000`)
    await page.locator('#msg_01000.here').waitFor()
    // Both edges go on.
    const drawn = () => page.locator('#main section.message').evaluateAll((all) => [all[0]!.id, all.at(-1)!.id])
    await page.locator('#main').evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await expect.poll(async () => (await drawn())[1]! > 'msg_01070').toBe(true)
    await page.locator('#main').evaluate((element) => element.scrollTo(0, 0))
    await expect.poll(async () => (await drawn())[0]! < 'msg_00990').toBe(true)
    await page.keyboard.press('f')
    await page.locator('#find:focus').waitFor()
    await page.keyboard.type('needle')
    await page.locator('.find li').first().waitFor()
    await page.keyboard.press('Enter')
    await page.locator('#msg_01500.here').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press(']')
    await page.locator('#msg_01510.here').waitFor()
    await page.keyboard.press('[')
    await page.locator('#msg_01500.here').waitFor()
    await page.keyboard.press('G')
    await page.locator('#msg_01999').waitFor()
    expect(events).toEqual([])
  })

  test('hostile texts in titles, prompts, answers and tools do nothing in the page', async () => {
    const sessions = payloads.map(
      (text, at): SessionSpec => ({
        id: `ses_evil${at}`,
        title: text,
        directory: text,
        messages: [
          { role: 'user', parts: [{ type: 'text', text }] },
          {
            parts: [
              { type: 'text', text },
              { type: 'tool', tool: text, state: { status: 'completed', input: { command: text }, output: text, title: text } },
            ],
          },
        ],
      }),
    )
    const store = join(tempDir('evil'), 'opencode.db')
    writeDatabase(store, sessions)
    const { address } = await serve('--root', store)
    const { page, events } = await open(address)
    await page.locator('.narrow').click()
    for (const evil of some(sessions, 10)) {
      await page.evaluate((id) => {
        history.pushState(null, '', `/s/${id}`)
        dispatchEvent(new PopStateEvent('popstate'))
      }, evil.id)
      await page.locator(`article[data-session=${evil.id}] section.message`).first().waitFor()
    }
    await page.keyboard.press('/')
    await page.keyboard.type('alert')
    await page.locator('a.hit').first().waitFor()
    expect(events).toEqual([])
  })

  test('a page from elsewhere reads nothing, and a link from elsewhere opens for who is in', async () => {
    const { address } = await serve('--root', fixture('1.18.33'))
    const { page, context } = await open(address)
    const { origin, port } = new URL(address)
    const other = await context.newPage()
    // Another name for the same server, as a rebinding would have it.
    const rebound = await other.goto(`http://rebound.localhost:${port}/`)
    expect(rebound!.status()).toBe(403)
    await other.goto('data:text/html,<p>elsewhere')
    const read = await other.evaluate(async (url) => {
      try {
        return (await fetch(url, { credentials: 'include' })).status
      } catch {
        return 'refused'
      }
    }, `${origin}/api/sessions`)
    expect(read).toBe('refused')
    expect(await page.locator('#side a.go').count()).toBeGreaterThan(0)
  })

  test('has its columns where they belong, on a wide screen, a laptop and a phone', async () => {
    const { address } = await serve('--root', fixture('upgraded-1.1.65-1.2.1-1.18.33'))
    const { page } = await open(address)
    await page.locator('#side a.go', { hasText: 'Fix flaky parser test' }).first().click()
    await page.locator('.rail li a').first().waitFor()
    const layout = () =>
      page.evaluate(() => {
        const box = (name: string) => {
          const { left, right } = document.querySelector(name)!.getBoundingClientRect()
          return right > left ? `${Math.round(left)}–${Math.round(right)}` : 'none'
        }
        return ['#side', '#main', 'article.session', '#rail'].map((name) => `${name} ${box(name)}`)
      })
    expect(await layout()).toEqual(['#side 0–368', '#main 368–1328', 'article.session 448–1248', '#rail 1328–1600'])
    await page.setViewportSize({ width: 1100, height: 800 })
    expect(await layout()).toEqual(['#side 0–368', '#main 368–1100', 'article.session 392–1076', '#rail none'])
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await layout()).toEqual(['#side none', '#main 0–390', 'article.session 16–375', '#rail none'])
    // Prompts open over the conversation, and go when one is chosen.
    await page.getByRole('button', { name: 'Prompts' }).click()
    expect((await layout())[3]).toBe('#rail 126–390')
    await page.locator('.rail li a').last().click()
    await page.locator('section.prompt.here').waitFor()
    expect((await layout())[3]).toBe('#rail none')
  })

  test('what somebody else writes meanwhile is in the list of two browsers', async () => {
    const store = join(tempDir('two'), 'opencode.db')
    writeDatabase(store, [
      { id: 'ses_first', title: 'The first', messages: [{ role: 'user', parts: [{ type: 'text', text: 'hello' }] }] },
    ])
    const { address, next } = await serve('--root', store)
    const one = await open(address)
    const other = await open(await next())
    const db = new DatabaseSync(store)
    db.prepare("UPDATE session SET title = 'Another title', time_updated = ?").run(Date.now())
    db.close()
    for (const { page } of [one, other]) await page.getByText('Another title').first().waitFor()
  })

  test('a deleted session comes back from the page of health, with its form alone', async () => {
    const said = (id: string): SessionSpec => ({
      id,
      title: id,
      messages: [{ role: 'user', parts: [{ type: 'text', text: id }] }],
    })
    const [store, before] = [join(tempDir('now'), 'opencode.db'), join(tempDir('before'), 'opencode.db')]
    writeDatabase(store, [said('ses_kept')])
    writeDatabase(before, [said('ses_kept'), said('ses_gone')])
    const archive = join(tempDir('archive'), 'all.zip')
    await output(['backup', '--root', before, '-o', archive])
    const { address } = await serve('--root', store, '--root', archive)
    const { page, events } = await open(address)
    await page.goto(`${new URL(address).origin}/health`)
    await page.getByRole('link', { name: 'Look for deleted sessions' }).click()
    await page.locator('#main').getByRole('link', { name: 'ses_gone' }).click()
    await page.getByRole('button', { name: 'Bring it back' }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Bring it back' }).click()
    await page.getByText(/^ocvault undo /).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('link', { name: 'Open it' }).click()
    await page.locator('section.message.prompt').first().waitFor()
    expect(events).toEqual([])
  })

  test('the picture in the README', async () => {
    const { address } = await serve('--root', fixture('upgraded-1.1.65-1.2.1-1.18.33'))
    const { page } = await open(address, { viewport: { width: 1280, height: 760 } })
    await page.locator('#side a.go', { hasText: 'Fix flaky parser test' }).first().click()
    await page.locator('.rail li a').first().waitFor()
    await page
      .locator('#main details.tool')
      .first()
      .evaluate((details) => details.setAttribute('open', ''))
    await page.keyboard.press('/')
    await page.keyboard.type('parser')
    await page.locator('a.hit').first().waitFor()
    const picture = await page.screenshot()
    expect(picture.length).toBeGreaterThan(20_000)
    const folder = process.env.OCVAULT_PICTURES
    if (folder) {
      mkdirSync(join(repository, folder), { recursive: true })
      writeFileSync(join(repository, folder, 'serve.png'), picture)
    }
  })
})

describe.skipIf(executablePath === undefined || !haveOpenCode)('beside a running OpenCode', () => {
  let model: ModelServer
  beforeAll(async () => {
    model = await startModel({
      slowly: [{ say: Array.from({ length: 40 }, (_item, at) => `word${at} `).join(''), pause: 80 }],
      again: [{ say: 'And this came later.' }],
    })
  })
  afterAll(() => model.close())

  test('a session grows on the screen while it is written', async () => {
    const opencode = new OpenCode(model)
    const id = await opencode.prompt('#slowly')
    const { address } = await serve('--root', opencode.home)
    const browser = await chromium.launch({
      executablePath: executablePath!,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    try {
      const page = await browser.newPage()
      await page.goto(address)
      await page.locator('#side a.go').first().click()
      await page.locator('section.answer').first().waitFor()
      const before = await page.locator('section.message').count()
      await opencode.prompt('#again', { session: id })
      await page.getByText('And this came later.').waitFor()
      expect(await page.locator('section.message').count()).toBeGreaterThan(before)
    } finally {
      await browser.close()
      await opencode.stop()
    }
  })
})
