import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
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

describe('a status line', () => {
  const line = async (home: string, root: string) => {
    const { stdout, code } = await run(['stats', '--statusline', '--json', '--root', root], { home })
    return [code, (JSON.parse(stdout) as { latest: { title: string } }).latest.title]
  }
  const titled = (path: string, title: string) => {
    const db = new DatabaseSync(path)
    db.prepare('UPDATE session SET title = ?, time_updated = time_updated + 1').run(title)
    db.close()
  }
  const keptIn = (home: string) => {
    const folder = join(home, '.cache/ocvault/status')
    return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
  }
  /** What was written long ago, so that its next change cannot have the same time. */
  let longAgo = 1e9
  const aged = (...paths: string[]) => {
    longAgo++
    for (const path of paths) utimesSync(path, longAgo, longAgo)
  }

  test('is kept until something moves', async () => {
    const [home, root] = [tempDir('kept'), tempDir('kept-store')]
    const database = join(root, 'opencode.db')
    cpSync(join(fixture('1.18.33'), 'opencode/opencode.db'), database)
    chmodSync(database, 0o600)
    titled(database, 'first')
    aged(database, root)
    expect(await line(home, root)).toEqual([0, 'first'])
    const [kept] = keptIn(home)
    // What is answered now comes from there.
    writeFileSync(kept!, readFileSync(kept!, 'utf8').replace('first', 'as it was kept'))
    expect(await line(home, root)).toEqual([0, 'as it was kept'])
    titled(database, 'second')
    expect(await line(home, root)).toEqual([0, 'second'])
    aged(database, root)
    expect(await line(home, root)).toEqual([0, 'second'])
    cpSync(database, join(root, 'opencode-beta.db'))
    titled(join(root, 'opencode-beta.db'), 'of a new store')
    expect(await line(home, root)).toEqual([0, 'of a new store'])
  })

  test('is not kept of what was written just now, and not of a tree of files', async () => {
    const [home, root] = [tempDir('unkept'), tempDir('unkept-store')]
    cpSync(join(fixture('1.18.33'), 'opencode/opencode.db'), join(root, 'opencode.db'))
    await line(home, root)
    await line(home, fixture('1.1.65'))
    expect(keptIn(home)).toEqual([])
  })
})
