import { renameSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { findChromium } from './support/browser.ts'
import { freePort } from './support/offline.ts'
import { serve } from './support/served.ts'
import { type SessionSpec, writeDatabase } from './support/store.ts'
import { tempDir } from './support/temp.ts'

/** What a browser shows while lines break, time jumps and stores go. */

const executablePath = findChromium()

const said = (id: string, text: string): SessionSpec => ({
  id,
  title: `About ${id}`,
  messages: [{ id: `msg_${id}`, role: 'user', parts: [{ type: 'text', text }] }],
})

function rename(store: string, title: string): void {
  const db = new DatabaseSync(store)
  db.prepare("UPDATE session SET title = ?, time_updated = ? WHERE id = 'ses_first'").run(title, Date.now())
  db.close()
}

interface Line {
  readonly port: number
  /** What is connected now is never heard of again, and nobody is told. */
  cut(): void
}

/** A line to a server that can go dead as one does while a laptop sleeps: without a word. */
async function lineTo(port: () => number): Promise<Line> {
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((near) => {
    const far = connect(port(), '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    near.pipe(far).pipe(near)
    for (const socket of pair) socket.on('error', () => {}).on('close', () => [near, far].map((each) => each.destroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      for (const [near, far] of pairs) {
        near.unpipe(far)
        far.unpipe(near)
      }
    },
  }
}

describe.skipIf(executablePath === undefined)('in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
  })
  afterAll(() => browser?.close())

  async function newPage(): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1600, height: 1000 } })
    onTestFinished(() => context.close())
    return context.newPage()
  }

  const list = (page: Page) => page.locator('#side .list')

  test('after a sleep in which the line went dead and hours passed, what was missed is there', async () => {
    const store = join(tempDir('slept'), 'opencode.db')
    writeDatabase(store, [said('ses_first', 'hello')])
    const token = 'a-token-of-at-least-32-characters-x'
    const tokenFile = join(tempDir('token'), 'token')
    writeFileSync(tokenFile, token)
    const port = await freePort()
    const line = await lineTo(() => port)
    const shown = `http://127.0.0.1:${line.port}`
    await serve('--root', store, '--port', String(port), '--public-url', shown, '--token-file', tokenFile)
    const page = await newPage()
    await page.clock.install()
    await page.goto(`${shown}/#token=${token}`)
    await list(page).getByText('About ses_first').waitFor()
    // Living streams are heard from: the first change comes without any clock.
    rename(store, 'Before the sleep')
    await list(page).getByText('Before the sleep').waitFor()
    line.cut()
    rename(store, 'While it slept')
    await page.clock.fastForward('03:00:00')
    await list(page).getByText('While it slept').waitFor()
    // And what comes after it, too.
    rename(store, 'Awake again')
    await list(page).getByText('Awake again').waitFor()
  })

  test('a line that is gone for a while is looked for by itself', async () => {
    const store = join(tempDir('offline'), 'opencode.db')
    writeDatabase(store, [said('ses_first', 'hello')])
    const { address } = await serve('--root', store)
    const page = await newPage()
    await page.goto(address)
    await list(page).getByText('About ses_first').waitFor()
    await page.context().setOffline(true)
    rename(store, 'While there was no line')
    await page.context().setOffline(false)
    await list(page).getByText('While there was no line').waitFor()
  })

  test('a store that goes while it is read leaves what is read, and is there again when it comes back', async () => {
    const store = join(tempDir('goes'), 'opencode.db')
    const other = join(tempDir('stays'), 'opencode.db')
    writeDatabase(store, [said('ses_first', 'a word of the first')])
    writeDatabase(other, [said('ses_other', 'a word of the other')])
    const { address } = await serve('--root', dirname(store), '--root', dirname(other))
    const page = await newPage()
    await page.goto(address)
    await list(page).getByText('About ses_first').click()
    await page.locator('#main').getByText('a word of the first').waitFor()
    const away = `${dirname(store)}-away`
    renameSync(dirname(store), away)
    await list(page).getByText('About ses_first').waitFor({ state: 'detached' })
    expect(await page.locator('#main').getByText('a word of the first').count()).toBe(1)
    await list(page).getByText('About ses_other').click()
    await page.locator('#main').getByText('a word of the other').waitFor()
    await page.goBack()
    await page.locator('#main [role=alert]').waitFor()
    renameSync(away, dirname(store))
    await list(page).getByText('About ses_first').click()
    await page.locator('#main').getByText('a word of the first').waitFor()
  })

  test('a list of thousands has few rows in the document, and every one that is seen', async () => {
    const store = join(tempDir('thousands'), 'opencode.db')
    const count = 3000
    const begin = Date.UTC(2026, 0, 1)
    writeDatabase(
      store,
      Array.from({ length: count }, (_item, at) => ({
        ...said(`ses_${String(at).padStart(5, '0')}`, 'hello'),
        updated: begin + at,
      })),
    )
    const { address } = await serve('--root', store)
    const page = await newPage()
    await page.goto(address)
    await list(page).getByText('About ses_02999').waitFor()
    const rows = () =>
      list(page).evaluate((box) => {
        const { top, bottom } = box.getBoundingClientRect()
        const all = [...box.querySelectorAll('li')]
        const seen = all.filter((row) => row.getBoundingClientRect().bottom > top && row.getBoundingClientRect().top < bottom)
        const titles = seen.map((row) => row.querySelector('b')?.textContent ?? 'nothing yet')
        return {
          drawn: all.length,
          seen: titles.length,
          first: titles[0],
          last: titles.at(-1),
          isWhole: !titles.includes('nothing yet'),
        }
      })
    // To the end by way of everywhere: what is passed is not waited for.
    await list(page).evaluate(async (box) => {
      for (let at = 1; at <= 60; at++) {
        box.scrollTop = ((box.scrollHeight - box.clientHeight) * at) / 60
        await new Promise(requestAnimationFrame)
      }
    })
    await expect.poll(rows).toMatchObject({ isWhole: true, last: 'About ses_00000' })
    await list(page).evaluate((box) => box.scrollTo(0, 58 * 1500))
    await expect.poll(rows).toMatchObject({ isWhole: true, first: 'About ses_01499' })
    const { drawn, seen } = await rows()
    expect(seen).toBeGreaterThan(10)
    expect(drawn).toBeLessThan(80)
  })
})
