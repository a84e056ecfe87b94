import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'fast-string-width'
import { beforeAll, describe, expect, test } from 'vitest'
import { environment, fixture, main, type RunOptions } from './support/ocvault.ts'
import { execute } from './support/process.ts'
import { epoch, writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'

/** On a terminal: the command runs on a pseudo-terminal of `script` (that of util-linux; others take other arguments). */

const script = await execute('script', ['--version']).catch(() => undefined)
const haveScript = script?.stdout.includes('util-linux') ?? false
if (!haveScript) console.warn('script of util-linux is not here: the tests on a terminal are skipped')

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

/** Runs `ocvault` on a terminal so many cells wide; stdout and stderr come together, as on a screen. */
async function onTerminal(args: readonly string[], columns: number, options: RunOptions = {}) {
  const command = [process.execPath, main, ...args].map(quoted).join(' ')
  const env = { TERM: 'xterm-256color', SHELL: '/bin/sh', PAGER: 'cat', ...options.env }
  const full = { ...options, env: environment({ ...options, env }) }
  const shell = `stty cols ${columns} rows 30; ${command}`
  const { stdout, code } = await execute('script', ['--quiet', '--return', '--command', shell, '/dev/null'], full)
  const screen = stdout.replaceAll('\r\n', '\n')
  return { code, screen, lines: stripVTControlCharacters(screen).trimEnd().split('\n') }
}

describe.skipIf(!haveScript)('on a terminal', () => {
  let home: string
  const root = ['--root', fixture('1.18.33')]

  beforeAll(() => {
    home = tempDir('terminal')
    const sessions = Array.from({ length: 60 }, (_item, index) => ({
      id: `ses_${String(index).padStart(3, '0')}abcdefABCDEFGHIJKLMNOP`,
      title: `${index} ${index % 2 === 0 ? '日本語のとても長い題名'.repeat(12) : 'a rather long title '.repeat(12)}`,
      directory: `/home/someone/${index % 3 === 0 ? '作業場所/'.repeat(12) : 'a/long/way/down/'.repeat(8)}end`,
      updated: epoch + index,
    }))
    const children = [0, 1].map((index) => ({
      id: `ses_c${index}`,
      parentID: sessions[58]!.id,
      title: 'wide 宽 '.repeat(40),
      directory: '/x',
    }))
    writeHome(home, [...sessions, ...children])
  })

  test.each([60, 80, 100, 120, 200])('list fits into %i cells, whatever titles and directories are like', async (columns) => {
    for (const flags of [['--all'], ['--all', '--tree'], ['--all', '--subagents'], ['--project', '/home/someone']]) {
      const { lines, code } = await onTerminal(['list', ...flags], columns, { home })
      expect(code).toBe(0)
      const sessions = lines.filter((line) => line.startsWith('2026-'))
      expect(sessions.length).toBe(50)
      for (const line of sessions) expect(stringWidth(line), line).toBeLessThanOrEqual(columns)
    }
  })

  test('list shows 50 and says that there are more; a pipe gets all', async () => {
    const { lines } = await onTerminal(['list', '--all'], 120, { home })
    expect(lines.at(-1)).toMatch(/50 shown.*--limit 0/)
    const quiet = await onTerminal(['list', '--all', '--quiet'], 120, { home })
    expect(quiet.lines).toHaveLength(50)
    const all = await onTerminal(['list', '--all', '--limit', '0'], 120, { home })
    expect(all.lines.filter((line) => line.startsWith('2026-'))).toHaveLength(60)
  })

  test.each([60, 80, 120])('show fits into %i cells', async (columns) => {
    for (const flags of [[], ['--tools'], ['--full'], ['--tree']]) {
      const { lines, code } = await onTerminal(['show', 'ses_e0357cce', ...flags, ...root], columns)
      expect(code).toBe(0)
      expect(lines.join('\n')).toContain('zebra-quokka')
      for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(columns)
    }
  })

  test('colours are on, unless they are not wanted', async () => {
    const coloured = /\u001b\[\d+m/
    for (const command of [['list'], ['show', 'latest'], ['where']]) {
      expect((await onTerminal([...command, ...root], 100)).screen).toMatch(coloured)
      expect((await onTerminal([...command, ...root, '--no-color'], 100)).screen).not.toMatch(coloured)
      expect((await onTerminal([...command, ...root], 100, { env: { NO_COLOR: '1' } })).screen).not.toMatch(coloured)
    }
  })

  describe('show reads through the pager', () => {
    const id = 'ses_e0357cce'

    /** A pager that writes down what it gets. */
    function recorder(then = '') {
      const directory = tempDir('pager')
      const [program, record] = [join(directory, 'pager'), join(directory, 'record')]
      writeFileSync(program, `#!/bin/sh\n${then === '' ? `cat > '${record}'` : then}\n`)
      chmodSync(program, 0o755)
      return { program, recorded: () => (existsSync(record) ? readFileSync(record, 'utf8') : undefined) }
    }

    test('that the user has chosen', async () => {
      const { program, recorded } = recorder()
      const { code, lines } = await onTerminal(['show', id, ...root], 100, { env: { PAGER: program } })
      expect(code).toBe(0)
      expect(stripVTControlCharacters(recorded()!)).toMatch(/^Fix flaky parser test\n[\s\S]*zebra-quokka/)
      expect(lines.join('\n')).not.toContain('zebra-quokka')
    })

    test('which may be left at any time', async () => {
      const { program } = recorder('head -n 1')
      const { code, lines } = await onTerminal(['show', id, '--full', ...root], 100, { env: { PAGER: program } })
      expect(code).toBe(0)
      expect(lines[0]).toBe('Fix flaky parser test')
      expect(lines.join('\n')).not.toMatch(/ocvault: |EPIPE/)
    })

    test.each([
      ['--no-pager', ['--no-pager'], undefined],
      ['an empty PAGER', [], ''],
      ['a PAGER that is not there', [], 'no-such-pager -R'],
    ])('not with %s', async (_label, flags, pager) => {
      const { program, recorded } = recorder()
      const { code, lines } = await onTerminal(['show', id, ...flags, ...root], 100, { env: { PAGER: pager ?? program } })
      expect(code).toBe(0)
      expect(recorded()).toBeUndefined()
      expect(lines.join('\n')).toContain('zebra-quokka')
    })

    test('not for --json', async () => {
      const { program, recorded } = recorder()
      const { screen } = await onTerminal(['show', id, '--json', ...root], 100, { env: { PAGER: program } })
      expect(recorded()).toBeUndefined()
      expect(JSON.parse(screen)).toMatchObject({ session: { id: expect.stringContaining(id) } })
    })
  })

  test('export says how far it is, and in the end where the sessions are', async () => {
    const folder = join(tempDir('exported'), 'all')
    const { screen, lines, code } = await onTerminal(['export', '--all', '-o', folder, ...root], 100)
    expect(code).toBe(0)
    expect(screen).toContain('\r\x1b[Kexporting 0 of 9 sessions')
    expect(lines.at(-1)).toContain(`9 sessions are in ${folder}`)
    const { screen: quiet } = await onTerminal(['export', '--all', '-o', `${folder}.zip`, '--quiet', ...root], 100)
    expect(quiet).toBe('')
  })

  test('export escapes what a terminal takes for a command, and the document is the same', async () => {
    const hostile = tempDir('hostile')
    writeHome(hostile, [{ id: 'ses_1', title: 'a\x1b[31m\x9b31m\u202eb', directory: '/x' }])
    const { screen } = await onTerminal(['export', 'ses_1', '--root', hostile], 100)
    expect(screen).not.toMatch(/[\x1b\x9b\u202e]/)
    expect(JSON.parse(screen).info.title).toBe('a\x1b[31m\x9b31m\u202eb')
  })

  test.each(['md', 'html', 'txt'])('export as %s has nothing that a terminal takes for a command', async (format) => {
    const hostile = tempDir('hostile')
    writeHome(hostile, [{ id: 'ses_1', title: 'a\x1b[31m\x9b31m\u202eb', directory: '/x\x1b]0;title\x07' }])
    const { screen, code } = await onTerminal(['export', 'ses_1', '--format', format, '--root', hostile], 100)
    expect(code).toBe(0)
    expect(screen).toContain('ab')
    expect(screen).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/)
  })
})
