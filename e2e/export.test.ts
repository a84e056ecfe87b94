import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { omit } from '../src/base/omit.ts'
import { some, times } from '../src/testing/thorough.ts'
import { entriesOf } from '../src/testing/zip.ts'
import { fingerprint } from './support/files.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { environment, fixture, json, main, output, run, type SessionJSON } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { execute } from './support/process.ts'
import { type SessionSpec, writeDatabase } from './support/store.ts'
import { tempDir } from './support/temp.ts'

const rootOf = (release: string) => ['--root', join(fixture(release), 'opencode')]
const sessionsOf = (release: string) => json<SessionJSON[]>(['list', '--subagents', ...rootOf(release)])

let model: ModelServer

beforeAll(async () => {
  model = await startModel({})
})
afterAll(() => model.close())

/** Releases whose databases 1.18.33 opens, and brings up to date. */
const upgraded = 'upgraded-1.1.65-1.2.1-1.18.33'
const databases = [
  '1.2.1',
  '1.2.15',
  '1.3.2',
  '1.14.34',
  '1.14.48',
  '1.15.13',
  '1.17.0',
  '1.17.19',
  '1.18.20',
  '1.18.34',
  upgraded,
]

/** A home where this OpenCode finds what another release left. */
function homeWith(release: string): OpenCode {
  const opencode = new OpenCode(model)
  cpSync(join(fixture(release), 'opencode'), opencode.data, { recursive: true })
  for (const name of readdirSync(opencode.data)) chmodSync(join(opencode.data, name), 0o755)
  return opencode
}

/** The first two by what `opencode export` prints, the others by what its server answers, which has another order of keys. */
async function compareExports(release: string, sessions: readonly SessionJSON[]): Promise<void> {
  const opencode = homeWith(release)
  let printed = 0
  for (const { id } of sessions) {
    const ours = await output(['export', id, ...rootOf(release)])
    if (printed++ < times(2, sessions.length)) expect(ours, `${release} ${id}`).toBe(await opencode.exported(id))
    else expect(JSON.parse(ours), `${release} ${id}`).toEqual(await opencode.export(id))
  }
  await opencode.stop()
}

describe.skipIf(!haveOpenCode)('the same as opencode export, character by character', () => {
  test('every session of 1.18.33', async () => {
    await compareExports('1.18.33', await sessionsOf('1.18.33'))
  })

  test.each(some(databases, 3))('of a database of %s: a subagent, and a fork or the session that started it', async (release) => {
    const sessions = await sessionsOf(release)
    const child = sessions.find(({ parentID }) => parentID !== null)
    const parent = sessions.find(({ title }) => title?.includes('(fork #')) ?? sessions.find(({ subagents }) => subagents > 0)
    await compareExports(release, [parent!, child!])
  })
})

interface Document {
  readonly info: Record<string, unknown>
  readonly messages: readonly { readonly info: Record<string, unknown>; readonly parts: readonly Record<string, unknown>[] }[]
}

const noTokens = { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } }

/**
 * What is left of an export after `opencode import`: the project is that of the importing directory, usage is noughts where a
 * release did not count, and keys that 1.18 does not know are gone: what ocvault keeps, the system prompt of 0.x and 1.0, whole
 * files in diffs up to 1.3.
 */
function imported({ info, messages }: Document) {
  const rest = omit(info, ['projectID', 'directory', 'path'])
  return {
    info: { cost: 0, tokens: noTokens, ...rest },
    messages: messages.map((message) => {
      const { system, summary, ...known } = omit(message.info, ['metadata'])
      const parts = message.parts.map((part) => {
        if (['text', 'reasoning', 'tool'].includes(String(part.type))) return part
        return omit(part, ['metadata', 'synthetic'])
      })
      const diffs = typeof summary === 'object' ? { summary: { ...summary, diffs: diffsOf(summary) } } : { summary }
      return { info: { ...known, ...diffs, ...(typeof system === 'string' && { system }) }, parts }
    }),
  }
}

const diffsOf = (summary: { diffs?: Record<string, unknown>[] } | null) =>
  summary?.diffs?.map((diff) => omit(diff, ['before', 'after']))

describe.skipIf(!haveOpenCode)('opencode import reads what we export', () => {
  let opencode: OpenCode
  beforeAll(() => {
    opencode = new OpenCode(model)
  })

  test.each(['1.18.33', '1.1.65', '1.0.98', '1.0.0', '0.5.29', '0.1.174', '2.0-constructed', '2.0-preview'])(
    'of %s, and exports the same again',
    async (release) => {
      const sessions = await sessionsOf(release)
      for (const { id } of sessions.slice(0, times(1, 2))) {
        const path = join(opencode.home, 'in.json')
        await output(['export', id, '-o', path, '--force', ...rootOf(release)])
        const result = await opencode.import(path)
        expect(result, `${release} ${id}`).toMatchObject({ code: 0, stdout: expect.stringContaining('Imported session') })
        const again: Document = JSON.parse(await opencode.exportText(id))
        expect(imported(again)).toEqual(imported(JSON.parse(readFileSync(path, 'utf8'))))
        expect(again.info.directory).toBe(opencode.project)
      }
    },
  )

  test('of a session that went to 2.x and came back', async () => {
    const opencode = new OpenCode(model)
    const [session] = await sessionsOf('1.18.33')
    const there = join(opencode.home, 'v2.json')
    await output(['export', session!.id, '--format', 'opencode2', '-o', there, ...rootOf('1.18.33')])
    const back = await output(['export', 'latest', '--root', there])
    expect(JSON.parse(back)).toEqual(JSON.parse(await output(['export', session!.id, ...rootOf('1.18.33')])))
    const path = join(opencode.home, 'v1.json')
    writeFileSync(path, back)
    expect(await opencode.import(path)).toMatchObject({ code: 0, stdout: expect.stringContaining('Imported session') })
  })
})

interface Index {
  readonly id: string
  readonly title: string | null
  readonly parentID: string | null
  readonly file: string
  readonly sha256: string
}

describe('several sessions', () => {
  const release = '1.18.33'

  test('go into a folder, with an index that has parents before their children', async () => {
    const folder = join(tempDir('export'), 'new', 'folder')
    const printed = await json<Index[]>(['export', '--all', '-o', folder, ...rootOf(release)])
    const index: Index[] = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'))
    expect(printed).toEqual(index)
    expect(readdirSync(folder).sort()).toEqual([...index.map(({ file }) => file), 'index.json'].sort())
    expect(new Set(index.map(({ id }) => id))).toEqual(new Set((await sessionsOf(release)).map(({ id }) => id)))
    for (const [at, { id, parentID, file, sha256 }] of index.entries()) {
      const bytes = readFileSync(join(folder, file))
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
      expect(JSON.parse(bytes.toString()).info.id).toBe(id)
      if (parentID !== null) expect(index.slice(0, at).map((entry) => entry.id)).toContain(parentID)
    }
  })

  test('go into a zip, the same bytes every time', async () => {
    const folder = tempDir('export')
    const [first, second] = [join(folder, 'a.zip'), join(folder, 'b.zip')]
    await output(['export', '--all', '-o', first, ...rootOf(release)])
    await output(['export', '--all', '-o', second, ...rootOf(release)])
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
    expect(readdirSync(folder)).toEqual(['a.zip', 'b.zip'])
  })

  test('are selected as in list, or named, with their subagents or without', async () => {
    const folder = tempDir('export')
    const parent = (await sessionsOf(release)).find(({ subagents }) => subagents > 0)!
    const exported = async (name: string, ...args: string[]) => {
      const index = await json<Index[]>(['export', ...args, '-o', join(folder, name), ...rootOf(release)])
      return index.map(({ id }) => id)
    }
    const archived = await json<SessionJSON[]>(['list', '--archived', 'only', ...rootOf(release)])
    expect(await exported('a', '--archived', 'only')).toEqual(archived.map(({ id }) => id))
    expect(await exported('b', parent.id, '--tree')).toHaveLength(1 + parent.subagents)
    const [other] = archived
    expect(await exported('c', other!.id, parent.id, '--no-tree')).toEqual([other!.id, parent.id])
    expect(await exported('d', other!.id, parent.id)).toHaveLength(2 + parent.subagents)
    expect(await exported('e', '--all', '--no-tree')).toHaveLength(
      (await json<SessionJSON[]>(['list', '--all', ...rootOf(release)])).length,
    )
  })

  test('cannot go into one document', async () => {
    const parent = (await sessionsOf(release)).find(({ subagents }) => subagents > 0)!
    const file = join(tempDir('export'), 'all.json')
    for (const args of [['--all'], [parent.id, '--tree'], ['--all', '-o', file], [parent.id, '--tree', '-o', file]]) {
      const { code, stdout, stderr } = await run(['export', ...args, ...rootOf(release)])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('-o FOLDER or -o sessions.zip')
    }
    // A session without subagents is one with --tree, too.
    await output(['export', 'latest', '--tree', '-o', file, ...rootOf(release)])
  })
})

describe.each([
  ['md', '# Fix flaky parser test\n', '# Subagent: explore parser'],
  ['html', '<title>Fix flaky parser test</title>', '<p class="kind">Subagent</p>'],
  ['txt', 'Fix flaky parser test\n=====', 'Subagent: explore parser'],
])('a page to read, as %s', (format, title, subagent) => {
  const release = '1.18.33'
  const answer = 'Done: the parser test is fixed. The marker word is zebra-quokka.'
  const parent = async () => (await sessionsOf(release)).find(({ subagents }) => subagents > 0)!
  const args = (id: string, ...more: string[]) => ['export', id, '--format', format, ...more, ...rootOf(release)]

  test('has the title and the answers', async () => {
    const page = await output(args((await parent()).id))
    expect(page).toContain(title)
    expect(page).toContain(answer)
    expect(page).not.toContain(subagent)
  })

  test('has the subagents inside with --tree, and no other session', async () => {
    const { id } = await parent()
    const page = await output(args(id, '--tree'))
    expect(page).toContain(title)
    expect(page.split(subagent)).toHaveLength(2)
    const file = join(tempDir('page'), `page.${format}`)
    await output(args(id, '--tree', '-o', file))
    expect(readFileSync(file, 'utf8')).toBe(page)
    const { code, stdout } = await run(['export', '--all', '--format', format, ...rootOf(release)])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  test('goes into a zip, a session a page', async () => {
    const { id } = await parent()
    const zip = join(tempDir('page'), 'pages.zip')
    const index = await json<Index[]>(args(id, '--tree', '-o', zip))
    expect(index.map(({ file }) => file.endsWith(`.${format}`))).toEqual([true, true])
    expect(entriesOf(zip)[index[0]!.file]).toBe(await output(args(id)))
  })
})

test('a page of the one session that flags select has its subagents inside, also those that go round in a circle', async () => {
  const path = join(tempDir('page'), 'opencode.db')
  const session = (id: string, parentID?: string): SessionSpec => ({
    ...{ id, title: `Title of ${id}`, ...(parentID !== undefined && { parentID }) },
    messages: [{ parts: [{ type: 'text', text: `Said in ${id}` }] }],
  })
  writeDatabase(path, [
    session('ses_root'),
    session('ses_a', 'ses_root'),
    session('ses_b', 'ses_a'),
    session('ses_other', 'ses_b'),
  ])
  const titles = (page: string) => [...page.matchAll(/^(?:Subagent: )?Title of .*$/gm)].map(([title]) => title)
  const inside = ['Title of ses_root', 'Subagent: Title of ses_a', 'Subagent: Title of ses_b', 'Subagent: Title of ses_other']
  expect(titles(await output(['export', '--all', '--format', 'txt', '--root', path]))).toEqual(inside)
  expect(titles(await output(['export', '--all', '--no-tree', '--format', 'txt', '--root', path]))).toEqual(inside.slice(0, 1))
  const { DatabaseSync } = await import('node:sqlite')
  const db = new DatabaseSync(path)
  db.exec(`UPDATE session SET parent_id = 'ses_b' WHERE id = 'ses_root'`)
  db.close()
  const circle = await output(['export', 'ses_root', '--tree', '--format', 'txt', '--root', path])
  expect(titles(circle)).toEqual(inside)
})

describe('files', () => {
  const latest = ['export', 'latest', ...rootOf('1.18.33')]

  test('that are there are refused, and replaced with --force', async () => {
    const path = join(tempDir('export'), 'x.json')
    writeFileSync(path, 'mine')
    expect(await run([...latest, '-o', path])).toMatchObject({ code: 4, stderr: expect.stringContaining('--force') })
    expect(readFileSync(path, 'utf8')).toBe('mine')
    await output([...latest, '-o', path, '--force'])
    expect(readFileSync(path, 'utf8')).toBe(await output(latest))
  })

  test('in a folder are refused before anything is written', async () => {
    const folder = tempDir('export')
    writeFileSync(join(folder, 'index.json'), 'mine')
    expect(await run(['export', '--all', '-o', folder, ...rootOf('1.18.33')])).toMatchObject({ code: 4 })
    expect(readdirSync(folder)).toEqual(['index.json'])
  })

  test('get a name of their own in a folder', async () => {
    const folder = tempDir('export')
    await output([...latest, '-o', folder])
    await output([...latest, '-o', folder, '--format', 'jsonl'])
    expect(readdirSync(folder).map((name) => name.replace(/-[^-]*$/, ''))).toEqual([
      '2026-11-21-Fix-flaky-parser-test-fork-1',
      '2026-11-21-Fix-flaky-parser-test-fork-1',
    ])
  })

  test('where none can be written are named', async () => {
    const path = join(tempDir('export'), 'none', 'x.json')
    expect(await run([...latest, '-o', path])).toMatchObject({ code: 1, stderr: expect.stringContaining(`cannot write ${path}`) })
    expect(await run([...latest, '-o', join(path, 'x.zip')])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot write'),
    })
  })

  test('of the store are left as they are', async () => {
    const before = fingerprint(fixture('1.18.33'))
    for (const format of ['opencode', 'opencode2', 'jsonl', 'md', 'html', 'txt']) {
      await output(['export', '--all', '--format', format, '-o', join(tempDir('export'), 'a'), ...rootOf('1.18.33')])
    }
    expect(fingerprint(fixture('1.18.33'))).toEqual(before)
  })
})

describe('a large session', () => {
  const id = 'ses_00000000000large00000000000'
  const path = join(tempDir('large'), 'opencode.db')
  const large = 'x'.repeat(100_000)
  const spec: SessionSpec = { id, messages: Array.from({ length: 300 }, () => ({ parts: [{ type: 'text', text: large }] })) }

  beforeAll(() => writeDatabase(path, [spec]))

  test('comes whole through a pipe', async () => {
    const printed = await output(['export', id, '--root', path])
    expect(printed.length).toBeGreaterThan(30_000_000)
    const document: Document = JSON.parse(printed)
    expect(document.messages).toHaveLength(300)
    expect(document.messages.at(-1)!.parts[0]!.text).toBe(large)
  })

  test('ends quietly when nobody reads on', async () => {
    const child = spawn('sh', ['-c', `"$0" "$1" export ${id} --root "$2"; echo "code $?" >&2`, process.execPath, main, path], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment({}) },
    })
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
    })
    child.stdout.once('data', () => child.stdout.destroy())
    await new Promise((resolve) => child.on('close', resolve))
    expect(said).toBe('code 0\n')
  })
})

describe('a session of 500 MB', () => {
  const id = 'ses_00000000000large00000000000'
  const folder = tempDir('huge')
  const path = join(folder, 'opencode.db')
  const spec: SessionSpec = {
    id,
    messages: Array.from({ length: 2500 }, () => ({ parts: [0, 1].map(() => ({ type: 'text', text: 'x'.repeat(100_000) })) })),
  }
  /** Tells in the end how much memory was taken, in KB. */
  const telling = `data:text/javascript,process.on('exit',()=>process.stderr.write('peak '+process.resourceUsage().maxRSS))`

  beforeAll(() => writeDatabase(path, [spec]))

  test.each([
    ['opencode', 'x.json'],
    ['opencode2', 'x2.json'],
    ['jsonl', 'x.jsonl'],
    ['opencode', 'x.zip'],
    ['md', 'x.md'],
    ['html', 'x.html'],
    ['txt', 'x.txt'],
  ])('is exported as %s to %s in less than 150 MB of memory', async (format, name) => {
    const args = ['export', id, '--format', format, '-o', join(folder, name), '--root', path]
    const { code, stderr } = await execute(process.execPath, ['--import', telling, main, ...args], { env: environment({}) })
    expect(code).toBe(0)
    const kilobytes = Number(/peak (\d+)/.exec(stderr)?.[1])
    expect(kilobytes).toBeGreaterThan(10 * 1024)
    expect(kilobytes).toBeLessThan(150 * 1024)
    if (!name.endsWith('.zip')) expect(statSync(join(folder, name)).size).toBeGreaterThan(500e6)
    rmSync(join(folder, name))
  })
})

describe('what cannot be read', () => {
  test('is named, and the rest is exported', async () => {
    const path = join(tempDir('damaged'), 'opencode.db')
    const messages = [{ id: 'msg_1', parts: [{ type: 'text', text: 'one' }] }]
    writeDatabase(path, [{ id: 'ses_damaged', messages }])
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(path)
    db.exec(`INSERT INTO part SELECT 'prt_9', message_id, session_id, time_created, time_updated, '{"type":"te' FROM part`)
    db.close()
    const folder = join(tempDir('export'), 'a')
    const { code, stderr } = await run(['export', '--all', '-o', folder, '--root', path])
    expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining('prt_9') })
    expect(existsSync(join(folder, 'index.json'))).toBe(true)
    expect(readdirSync(folder)).toHaveLength(2)
  })

  test('no session, no file', async () => {
    const folder = join(tempDir('export'), 'a')
    const { code, stderr } = await run(['export', '--all', '--title', 'no such title', '-o', folder, ...rootOf('1.18.33')])
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('no session matches') })
    expect(existsSync(folder)).toBe(false)
    expect(await run(['export', 'ses_nothing', ...rootOf('1.18.33')])).toMatchObject({ code: 3 })
    expect(await run(['export', 'latest', '--since', '7d', ...rootOf('1.18.33')])).toMatchObject({ code: 2 })
  })
})
