import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'fast-string-width'
import { describe, expect, test } from 'vitest'
import { environment, fixture, json, main, repository, run } from './support/ocvault.ts'
import { execute } from './support/process.ts'
import { tempDir } from './support/temp.ts'

/** `ocvault stats` as people see it, and beside OpenCode's own. */

const script = await execute('script', ['--version']).catch(() => undefined)
const haveScript = script?.stdout.includes('util-linux') ?? false
const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

/** What stands on a terminal so many cells wide. */
async function onTerminal(args: readonly string[], columns: number, colours: boolean): Promise<string> {
  const command = [process.execPath, main, ...args].map(quoted).join(' ')
  const env = { TERM: 'xterm-256color', SHELL: '/bin/sh', TZ: 'UTC', ...(!colours && { NO_COLOR: '1' }) }
  const full = { env: environment({ home: tempDir('terminal'), env }) }
  const { stdout } = await execute(
    'script',
    ['--quiet', '--return', '--command', `stty cols ${columns}; ${command}`, '/dev/null'],
    full,
  )
  return stdout.replaceAll('\r\n', '\n')
}

describe.skipIf(!haveScript)('on a terminal', () => {
  const root = ['--root', fixture('2.0-constructed')]
  const looks = [
    ['overview', ['stats', ...root, '--until', '2026-11-29']],
    ['by-tool', ['stats', ...root, '--by', 'tool']],
    ['by-day-model', ['stats', ...root, '--by', 'day,model']],
    ['session', ['stats', ...root, 'ses_e0357cce2ffe66y22yqwafqA4x']],
  ] as const

  test.each([80, 200])('everything fits into %i cells, and is as it was looked at', async (columns) => {
    let all = ''
    for (const [name, args] of looks) {
      const screen = await onTerminal(args, columns, true)
      const lines = stripVTControlCharacters(screen).split('\n')
      for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(columns)
      // Colours say nothing that is not said without them.
      expect(await onTerminal(args, columns, false)).toBe(lines.join('\n'))
      all += `## ${name}\n${lines.map((line) => line.trimEnd()).join('\n')}\n`
    }
    const golden = join(import.meta.dirname, 'golden', `stats-${columns}.txt`)
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, all)
    expect(all).toBe(readFileSync(golden, 'utf8'))
  })
})

test('rows are printed as CSV, whatever titles are like', async () => {
  const { stdout, code } = await run(['stats', '--root', fixture('1.18.33'), '--by', 'session', '--csv'], {
    home: tempDir('csv'),
  })
  const [head, ...rows] = stdout.trimEnd().split('\r\n')
  expect([code, head!.split(',').length, rows.length]).toEqual([0, 28, 8])
  expect(rows.some((row) => row.includes('Größe & 日本語 <b>titles</b> ✓'))).toBe(true)
})

const opencode = join(repository, 'node_modules/opencode-ai/bin/opencode.exe')

test.skipIf(!existsSync(opencode))('OpenCode 1.18.33 has the same totals, with what forks repeat once more', async () => {
  const home = tempDir('own-stats')
  const data = join(home, '.local/share/opencode')
  mkdirSync(data, { recursive: true })
  cpSync(join(fixture('1.18.33'), 'opencode'), data, { recursive: true })
  const env = { HOME: home, PATH: process.env.PATH, OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1' }
  const printed = stripVTControlCharacters((await execute(opencode, ['stats', '--models'], { env, cwd: home })).stdout)
  const said = (name: string) => new RegExp(`│ ?${name} +(\\S+) │`).exec(printed)?.[1]
  const { total, repeated } = await json<
    Record<'total' | 'repeated', { sessions: number; messages: number; tokens: { input: number } }>
  >(['stats', '--root', fixture('1.18.33'), '--json'], { home: tempDir('stats') })
  const input = total.tokens.input + repeated.tokens.input
  expect([said('Sessions'), said('Messages'), said('Input')]).toEqual([
    ...[String(total.sessions), String(total.messages + repeated.messages), `${(input / 1000).toFixed(1)}K`],
  ])
})
