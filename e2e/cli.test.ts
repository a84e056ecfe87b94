import { spawn } from 'node:child_process'
import { closeSync, cpSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { environment, fixture, json, main, output, run, type ShowJSON, type WhereJSON } from './support/ocvault.ts'
import { type SessionSpec, writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'

/** The command line as users and their scripts know it: exit codes, streams, help, text from a store. */

const sample = fixture('1.18.33')
const root = ['--root', sample]

/** One line that says what is wrong, and nothing of the program's inside. */
const oneLine = /^ocvault: [^\n]+\n$/

function damagedFile(): string {
  const path = join(tempDir('damaged'), 'opencode.db')
  writeFileSync(path, 'SQLite format 3\0 and then nothing that is a database')
  return path
}

describe('exit codes', () => {
  test.each([['list', ...root], ['show', 'latest', ...root], ['where', ...root], ['--version'], ['--help'], ['help'], []])(
    '0: %s %s',
    async (...args) => {
      expect((await output(args)).length).toBeGreaterThan(0)
    },
  )

  test('1: a file that was asked for and cannot be read', async () => {
    const broken = damagedFile()
    const text = join(tempDir(), 'notes.json')
    writeFileSync(text, '{"info": {"id": "ses_cut"')
    for (const path of [broken, text]) {
      for (const command of [['list'], ['show', 'latest'], ['where']]) {
        const result = await run([...command, '--root', path])
        expect(result).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(oneLine) })
        expect(result.stderr).toContain(path)
      }
    }
  })

  test.each([
    ['list', '--nonsense'],
    ['frobnicate'],
    ['list', '--limit', 'many'],
    ['list', '--limit', '-1'],
    ['list', '--since', 'whenever'],
    ['list', '--until', '2026-13-01'],
    ['list', '--sort', 'colour'],
    ['list', '--archived', 'maybe'],
    ['list', '--all', '--project', '.'],
    ['list', '--root'],
    ['show'],
    ['show', 'one', 'two'],
    ['show', 'latest', '--last', 'x'],
    ['where', 'one', 'two'],
    // Two sessions begin so.
    ['show', 'ses_e0357', ...root],
  ])('2: %s %s %s', async (...args) => {
    expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(oneLine) })
  })

  test.each([
    ['show', 'ses_nobody', ...root],
    ['where', 'ses_nobody', ...root],
    ['list', 'words that no title holds', ...root],
    ['list', '--root', join(sample, 'nowhere')],
    ['list', '--root', join(import.meta.dirname, 'support')],
    ['show', 'latest', '--message', 'msg_nobody', ...root],
    ['show', 'latest'],
    ['list'],
    ['list', '--all'],
  ])('3: %s %s %s', async (...args) => {
    expect(await run(args)).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(oneLine) })
  })

  test('3 with --json is still one JSON document', async () => {
    const result = await run(['list', 'words that no title holds', '--json', ...root])
    expect({ ...result, stdout: JSON.parse(result.stdout) }).toMatchObject({
      code: 3,
      stdout: [],
      stderr: expect.stringMatching(oneLine),
    })
  })

  test('5: a damaged store among good ones, named once; the good ones are read', async () => {
    const home = tempDir('home')
    cpSync(join(sample, 'opencode'), join(home, '.local/share/opencode'), { recursive: true })
    const broken = join(home, '.local/share/opencode/opencode-nightly.db')
    writeFileSync(broken, 'not a database')
    for (const command of [['list', '--all'], ['show', 'ses_e0357cce'], ['where']]) {
      const result = await run([...command, '--json'], { home })
      expect(result).toMatchObject({ code: 5, stderr: expect.stringMatching(oneLine) })
      expect(result.stderr).toContain(broken)
      expect(JSON.parse(result.stdout)).toBeTruthy()
    }
    const listed = await run(['list', '--all', '--json'], { home })
    expect(JSON.parse(listed.stdout)).toHaveLength(8)
    const where = await run(['where', '--json'], { home })
    expect((JSON.parse(where.stdout) as WhereJSON).problems).toEqual([{ path: broken, reason: expect.any(String) }])
  })
})

test('a stack trace comes with OCVAULT_DEBUG=1 alone', async () => {
  const args = ['list', '--root', damagedFile()]
  expect((await run(args)).stderr).not.toMatch(/^ {4}at /m)
  const { stderr, code } = await run(args, { env: { OCVAULT_DEBUG: '1' } })
  expect(stderr).toMatch(/^ {4}at /m)
  expect(stderr).toMatch(/\nocvault: [^\n]+\n$/)
  expect(code).toBe(1)
})

describe('help', () => {
  test.each(['list', 'show', 'export', 'where'])('%s --help has two examples or more', async (command) => {
    const help = await output([command, '--help'])
    const [, examples = ''] = help.split('Examples:\n')
    expect(examples).toMatch(
      new RegExp(`^( {2}\\$ ocvault ${command} [^\\n]+\\n| {2}\\$ ocvault ${command} {2,}[^\\n]+\\n){2,}$`),
    )
    expect(await output(['help', command])).toBe(help)
  })

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'))
    expect(await output(['--version'])).toBe(`${version}\n`)
  })
})

describe('output', () => {
  /** Six megabytes in six hundred messages. */
  const big = 'ses_big'
  let home: string

  beforeAll(() => {
    home = tempDir('big')
    const messages = Array.from({ length: 600 }, (_item, index) => ({
      parts: [{ type: 'text', text: `start ${index} ${'lorem ipsum '.repeat(850)}end ${index}` }],
    }))
    writeHome(home, [{ id: big, messages }])
  })

  /** Runs a command and reads its output with a handler of one's own. */
  function reading(args: string[], read: (stdout: NodeJS.ReadableStream, stop: () => void) => void) {
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...environment({ home }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    read(child.stdout, () => child.stdout.destroy())
    return new Promise<{ code: number | null; stderr: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, stderr })),
    )
  }

  test.each([
    ['show', big],
    ['show', big, '--json'],
    ['show', big, '--full'],
  ])('ends quietly when its reader has gone: %s %s %s', async (...args) => {
    const result = await reading(args, (stdout, stop) => stdout.once('data', stop))
    expect(result).toEqual({ code: 0, stderr: '' })
  })

  test.skipIf(!existsSync('/bin/bash'))('ends quietly in a shell’s pipe', async () => {
    const command = 'set -o pipefail; "$NODE" "$MAIN" show ses_big | head -c 100'
    const env = { ...environment({ home }), NODE: process.execPath, MAIN: main }
    const child = spawn('/bin/bash', ['-c', command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const printed = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk) => {
        printed[stream] += chunk
      })
    }
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, stderr: printed.stderr, length: Buffer.byteLength(printed.stdout) }).toEqual({
      code: 0,
      stderr: '',
      length: 100,
    })
  })

  test('is complete in a pipe, as text and as JSON', async () => {
    const text = await output(['show', big], { home })
    expect(text.length).toBeGreaterThan(5_000_000)
    expect(text.match(/end \d+/g)).toHaveLength(600)
    const shown = await json<ShowJSON>(['show', big], { home })
    expect(shown.messages).toHaveLength(600)
    expect(shown.messages.at(-1)!.parts[0]!.text).toMatch(/end 599$/)
  })

  test('is complete for a reader that takes its time', async () => {
    let length = 0
    const result = await reading(['show', big, '--json'], (stdout) => {
      stdout.pause()
      setTimeout(() => stdout.on('data', (chunk: Buffer) => (length += chunk.length)).resume(), 500)
    })
    expect(result).toEqual({ code: 0, stderr: '' })
    expect(length).toBe(Buffer.byteLength(await output(['show', big, '--json'], { home })))
  })

  test.skipIf(!existsSync('/dev/full'))('that finds no room is one line, and exit code 1', async () => {
    const full = openSync('/dev/full', 'w')
    for (const command of [['list'], ['show', 'latest'], ['where', '--json'], ['show', 'latest', '--json'], ['--help']]) {
      const result = await run([...command, ...(command[0] === '--help' ? [] : root)], { stdout: full })
      expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(oneLine) })
    }
    closeSync(full)
  })

  const esc = '\u001b'
  test.each([
    [false, {}, []],
    [true, { FORCE_COLOR: '1' }, []],
    [false, { FORCE_COLOR: '0' }, []],
    [false, { FORCE_COLOR: '1' }, ['--no-color']],
    [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, []],
    [true, { FORCE_COLOR: '1', NO_COLOR: '' }, []],
    [false, { NO_COLOR: '1' }, []],
  ])('colours: %s with %j %j', async (coloured, env, flags) => {
    for (const command of [['list'], ['show', 'latest'], ['where']]) {
      expect((await output([...command, ...root, ...flags], { env })).includes(esc)).toBe(coloured)
    }
  })
})

describe('text that came from a store', () => {
  /** Colours, a window title, the clipboard, a bell, a bare C1 sequence, backspaces, another direction. */
  const attack =
    '\u001b[31mred\u001b]0;owned\u0007\u001b]52;c;ZXZpbA==\u001b\\\u0007\u009b2J\u009d0;x\u009c\b\b\r\u202eevil\u001b'
  const id = `ses_hostile\u001b[2J`
  const hostile: SessionSpec[] = [
    {
      id,
      title: `Title ${attack}\nsecond line`,
      slug: attack,
      directory: `/tmp/${attack}`,
      projectID: `p${attack}`,
      agent: attack,
      model: { providerID: attack, id: attack },
      messages: [
        {
          role: 'user',
          parts: [
            { type: 'text', text: `prompt ${attack}` },
            { type: 'file', mime: attack, filename: attack, url: attack },
          ],
        },
        {
          id: `msg_${attack}`,
          parts: [
            { type: 'reasoning', text: attack },
            {
              type: 'text',
              text: `# heading ${attack}\n\n\`code ${attack}\`\n\n[link ${attack}](http://x/${attack})\n\n- item ${attack}`,
            },
            {
              type: 'tool',
              tool: `bash${attack}`,
              callID: attack,
              state: {
                status: 'completed',
                title: attack,
                input: { command: attack, [attack]: attack },
                output: attack,
                metadata: {},
              },
            },
            { type: 'tool', tool: 'bash', callID: 'c', state: { status: 'error', input: { [attack]: attack }, error: attack } },
            { type: 'subtask', agent: attack, description: attack, prompt: attack },
            { type: 'patch', hash: attack, files: [attack] },
            { type: 'retry', attempt: 1, error: { name: attack, data: { message: attack } } },
            { type: `new-${attack}`, [attack]: attack },
          ],
        },
      ],
    },
    { id: `${id}2`, parentID: id, title: attack, directory: attack },
  ]
  const home = tempDir('hostile')
  beforeAll(() => {
    writeHome(home, hostile, { [`p${attack}`]: `/tmp/${attack}` })
  })

  // Tab and line feed are the only control characters that ocvault prints by itself.
  const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

  test.each([
    ['list', '--all', '--tree'],
    ['show', id],
    ['show', id, '--full', '--tree'],
    ['show', id, '--tools', '--reasoning'],
    ['where'],
    ['where', id],
    // What it says about an ambiguous id quotes ids.
    ['show', 'ses_host'],
    ['show', `nobody${attack}`],
    ['list', '--all', attack, attack],
  ])('reaches no terminal as a command: %s %s %s', async (...args) => {
    for (const flags of [[], ['--json']]) {
      const { stdout, stderr, code } = await run([...args, ...flags], { home })
      expect(code).not.toBe(1)
      expect(stdout).not.toMatch(controls)
      expect(stderr).not.toMatch(controls)
      if (stdout !== '' && flags.length > 0) JSON.parse(stdout)
    }
  })

  test('is all there in JSON', async () => {
    const { stdout } = await run(['show', id, '--json'], { home })
    const shown = JSON.parse(stdout) as ShowJSON
    expect(shown.session).toMatchObject({ id, title: hostile[0]!.title, directory: `/tmp/${attack}` })
    expect(shown.messages[1]!.parts[2]).toMatchObject({ input: { command: attack }, output: attack })
  })

  test('keeps a title to its line', async () => {
    const { stdout } = await run(['list', '--all'], { home })
    expect(stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(stdout).toContain('Title red')
  })
})
