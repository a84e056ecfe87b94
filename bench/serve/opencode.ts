import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { freePort, offline } from '../../e2e/support/offline.ts'
import { Served } from './server.ts'

const manifest = createRequire(import.meta.url).resolve('opencode-ai/package.json')
const binary = join(dirname(manifest), 'bin', 'opencode.exe')

interface Newest {
  readonly id: string
  readonly directory: string
}

/** The same of OpenCode's own page, on a copy of the database: `opencode serve` writes into it. */
export async function measureOpenCode(page: Page, database: string): Promise<string[]> {
  const home = mkdtempSync(join(tmpdir(), 'ocvault-bench-opencode-'))
  try {
    mkdirSync(join(home, 'share', 'opencode'), { recursive: true })
    cpSync(database, join(home, 'share', 'opencode', 'opencode.db'))
    const env = { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: join(home, 'share'), ...offline }
    const served = await Served.start(binary, ['serve', '--port', String(await freePort())], env)
    try {
      const list = await served.ask('/experimental/session?limit=100')
      const begun = performance.now() - served.begin
      const { id, directory } = (JSON.parse(list.text) as Newest[])[0]!
      const begin = performance.now()
      await page.goto(`${served.origin}/${Buffer.from(directory).toString('base64url')}/session/${id}`)
      await page.locator('[data-message-id]').first().waitFor({ timeout: 120_000 })
      const shown = performance.now() - begin
      const path = `/session/${id}/message?directory=${encodeURIComponent(directory)}`
      const all = await served.ask(path)
      const { now, most } = served.memory()
      return [
        `from the command to 100 sessions as JSON: ${begun.toFixed(0)} ms`,
        `the newest session in its page, from its address to a message: ${shown.toFixed(0)} ms`,
        `all messages of that as JSON (${(all.text.length / 1e6).toFixed(0)} MB): ${all.ms.toFixed(0)} ms`,
        `memory after these three: ${now} MB, at most ${most} MB`,
      ]
    } finally {
      await served.stop()
    }
  } finally {
    rmSync(home, { recursive: true })
  }
}
