import type { Page } from 'playwright-core'
import type { Served } from './server.ts'

/** What a person waits for in the browser, and how much of it is CPU time of the server, in ms, by what it is. */
export async function openPages(page: Page, served: Served): Promise<ReadonlyMap<string, { waited: number; cpu: number }>> {
  const times = new Map<string, { waited: number; cpu: number }>()
  const timed = async (name: string, act: () => Promise<unknown>, begin = performance.now()) => {
    const before = begin === served.begin ? 0 : served.cpu()
    await act()
    times.set(name, { waited: performance.now() - begin, cpu: served.cpu() - before })
  }
  const list = page.locator('#side ol.drawn a, #side a.go').first()
  await timed(
    'from the command to the list',
    async () => {
      await page.goto(served.address)
      await list.waitFor()
    },
    served.begin,
  )
  const first = page.locator('#side a.go').first()
  await first.waitFor()
  await timed('from a click to the first message of 9,000', async () => {
    await first.click()
    await page.locator('#main section.message').first().waitFor()
  })
  await page.locator('.rail li a').first().waitFor()
  await timed('to its last message', async () => {
    await page.keyboard.press('G')
    await page.waitForFunction(() => {
      const main = document.getElementById('main')!
      return main.querySelector('section.message') && !main.querySelector('article.session > a.later')
    })
  })
  const last = await page.locator('#main section.message').last().getAttribute('id')
  await timed('the same by its address', async () => {
    await page.goto(`${page.url().split('#')[0]}#${last}`)
    await page.reload()
    await page.locator(`#${last}.here`).waitFor()
  })
  await page.keyboard.press('/')
  for (const word of ['zebra-quokka', 'parser']) {
    await page.locator('#query').fill('')
    await timed(`from the last letter of ${word} to its hits`, async () => {
      await page.locator('#query').fill(word)
      await page
        .locator('a.hit mark', { hasText: new RegExp(word, 'i') })
        .first()
        .waitFor()
    })
  }
  await page.locator('#query').fill('')
  return times
}

interface Scrolled {
  readonly rows: number
  /** ms from frame to frame. */
  readonly frames: readonly number[]
  /** Share of the frames in which a row that is seen was not there yet. */
  readonly empty: number
  /** Rows in the document at once, at most. */
  readonly drawn: number
  /** ms from a jump to somewhere until all rows are there. */
  readonly jumps: readonly number[]
}

/** Scrolls in the list of all sessions, subagents included: four rows at each frame, and then by jumps to anywhere. */
export async function scrollThrough(page: Page): Promise<Scrolled> {
  await page.locator('.narrow').click()
  await page.getByLabel('Subagents too').check()
  await page.locator('.narrow').click()
  await page.waitForFunction(() => document.querySelector('#side .list ul')!.clientHeight > 2_000_000)
  return page.evaluate(async () => {
    const rowHeight = 58
    const list = document.querySelector<HTMLElement>('#side .list')!
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve))
    let drawn = 0
    const isWhole = () => {
      const { top, bottom } = list.getBoundingClientRect()
      const rows = [...list.querySelectorAll('li')]
      drawn = Math.max(drawn, rows.length)
      const seen = rows.filter((row) => {
        const box = row.getBoundingClientRect()
        return box.bottom > top && box.top < bottom
      })
      return seen.length * rowHeight >= list.clientHeight - rowHeight && seen.every((row) => row.querySelector('.go'))
    }
    const frames: number[] = []
    let [empty, before] = [0, await frame()]
    for (let at = 1; at <= 600; at++) {
      list.scrollTop += 4 * rowHeight
      const now = await frame()
      frames.push(now - before)
      before = now
      if (!isWhole()) empty++
    }
    const jumps: number[] = []
    for (let at = 1; at <= 20; at++) {
      const begin = performance.now()
      list.scrollTop = ((list.scrollHeight - list.clientHeight) * ((at * 7) % 20)) / 20
      do await frame()
      while (!isWhole())
      jumps.push(performance.now() - begin)
    }
    return { rows: Math.round(list.scrollHeight / rowHeight), frames, empty: empty / frames.length, drawn, jumps }
  })
}
