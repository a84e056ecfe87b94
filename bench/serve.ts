import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { findChromium } from '../e2e/support/browser.ts'
import { clickAround } from './serve/clicks.ts'
import { measureOpenCode } from './serve/opencode.ts'
import { openPages, scrollThrough } from './serve/pages.ts'
import { Served } from './serve/server.ts'

/**
 * Measures ocvault serve as a person meets it, in a real browser, and OpenCode's own page beside it:
 * node bench/serve.ts --store DIR/v1/opencode [--requests 2000] [--pause 0] [--opencode].
 * The pause is that between two clicks, in ms.
 */
const { values: flags } = parseArgs({
  options: {
    store: { type: 'string' },
    requests: { type: 'string', default: '2000' },
    pause: { type: 'string', default: '0' },
    opencode: { type: 'boolean' },
  },
})
if (flags.store === undefined) {
  console.log('node bench/serve.ts --store DATA_DIR [--requests 2000] [--pause 0] [--opencode]')
  process.exit(2)
}

const store = resolve(flags.store)
const main = resolve(import.meta.dirname, '../dist/main.js')
const cache = mkdtempSync(join(tmpdir(), 'ocvault-bench-'))
const env = { ...process.env, XDG_CACHE_HOME: cache }
const idleMs = 20_000
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms))
const say = (title: string, lines: readonly string[]) =>
  console.log(`\n### ${title}\n\n${lines.map((line) => `- ${line}`).join('\n')}`)

function at(times: readonly number[], share: number): string {
  const sorted = times.toSorted((a, b) => a - b)
  return `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0)} ms`
}
const spread = (times: readonly number[]) =>
  `${at(times, 0.5)} in the middle, 95 % within ${at(times, 0.95)}, at most ${at(times, 1)}`

execFileSync(process.execPath, [main, 'index', '--root', store], { env, stdio: 'ignore' })
const browser = await chromium.launch({ executablePath: findChromium()!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] })
const newPage = async () => (await browser.newContext({ viewport: { width: 1600, height: 1000 } })).newPage()
try {
  const served = await Served.start(process.execPath, [main, 'serve', '--root', store, '--json'], env)
  try {
    const page = await newPage()
    const begin = served.cpu()
    const waited = [...(await openPages(page, served))].map(
      ([name, { waited, cpu }]) => `${name}: ${waited.toFixed(0)} ms, of the server ${cpu} ms of CPU time`,
    )
    say('in the browser', [
      ...waited,
      `CPU time of the server so far: ${served.cpu() - begin} ms, memory ${served.memory().now} MB`,
    ])
    const { rows, frames, empty, drawn, jumps } = await scrollThrough(page)
    say(`${rows} rows in the list`, [
      `four rows a frame, from frame to frame: ${spread(frames)}`,
      `frames in which a row was missing: ${(100 * empty).toFixed(1)} %; rows in the document at once: at most ${drawn}`,
      `from a jump to its rows: ${spread(jumps)}`,
    ])
    await page.close()
  } finally {
    await served.stop()
  }
  const clicked = await Served.start(process.execPath, [main, 'serve', '--root', store, '--json'], env)
  try {
    await clicked.enter()
    const times = await clickAround(clicked, Number(flags.requests), Number(flags.pause))
    const { now, most } = clicked.memory()
    say(
      `${flags.requests} clicks`,
      [...times].map(([name, { waited, cpu }]) => `${name}, ${waited.length} ×: ${spread(waited)}; CPU time ${spread(cpu)}`),
    )
    const end = clicked.listen('/api/events')
    await wait(idleMs)
    const before = clicked.cpu()
    await wait(idleMs)
    say('the server', [
      `memory after the last click: ${now} MB, at most ${most} MB; ${idleMs / 1000} s later ${clicked.memory().now} MB`,
      `while nothing happens and somebody looks: ${((100 * (clicked.cpu() - before)) / idleMs).toFixed(2)} % of a core`,
    ])
    end()
  } finally {
    await clicked.stop()
  }
  if (flags.opencode) say('opencode serve', await measureOpenCode(await newPage(), join(store, 'opencode.db')))
} finally {
  await browser.close()
  rmSync(cache, { recursive: true })
}
