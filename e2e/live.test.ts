import { chmodSync, copyFileSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fingerprint } from './support/files.ts'
import { type ModelServer, type Script, startModel } from './support/model-server.ts'
import { json, main, output, type RunOptions, run, type SessionJSON, type ShowJSON, type WhereJSON } from './support/ocvault.ts'
import { haveOpenCode, kill, OpenCode } from './support/opencode.ts'
import { tempDir } from './support/temp.ts'

/** What OpenCode itself writes, while it writes, after it, and after it was killed. */

const words = (count: number) => Array.from({ length: count }, (_item, index) => `word${index} `).join('')

const script: Script = {
  hello: [{ say: 'Hello. Größe & 日本語 ✓' }],
  work: [
    {
      think: 'Look first.',
      say: 'Let me look.',
      call: ['bash', { command: 'echo from-the-shell', description: 'Say something' }],
    },
    { say: 'Delegating.', call: ['task', { description: 'count things', prompt: '#counting', subagent_type: 'general' }] },
    { say: 'There are three.' },
  ],
  counting: [{ say: 'I count.', call: ['bash', { command: 'echo 1 2 3', description: 'Count' }] }, { say: 'Three things.' }],
  slowly: [{ say: words(60), pause: 100 }],
  more: [{ say: 'And one thing more.', call: ['write', { filePath: 'notes.md', content: '# Notes\n' }] }, { say: 'Written.' }],
  endless: [
    { say: 'Let me look.', call: ['bash', { command: 'echo seen', description: 'Look' }] },
    { say: words(10_000), pause: 50 },
  ],
}

let model: ModelServer

beforeAll(async () => {
  model = await startModel(script)
})
afterAll(() => model.close())

if (!haveOpenCode) console.warn('opencode-ai is not installed: the tests with a real OpenCode are skipped')

describe.skipIf(!haveOpenCode)('beside a running OpenCode', () => {
  let opencode: OpenCode
  /** Ids that each round listed, and what was wrong with it. */
  const rounds: string[][] = []
  const wrong: unknown[] = []
  /** The messages of a session as they were seen last. */
  const seen = new Map<string, string[]>()

  const look = async () => {
    const root = ['--root', opencode.home]
    const list = await run(['list', '--json', '--all', '--subagents', ...root])
    if (list.code !== 0 || list.stderr !== '') wrong.push(list)
    const ids = (JSON.parse(list.stdout) as SessionJSON[]).map(({ id }) => id)
    rounds.push(ids)
    for (const id of ids) {
      const shown = await run(['show', id, '--json', ...root])
      if (shown.code !== 0 || shown.stderr !== '') wrong.push(shown)
      const messages = (JSON.parse(shown.stdout) as ShowJSON).messages.map((message) => message.id)
      const before = seen.get(id) ?? []
      if (before.some((message, index) => messages[index] !== message)) wrong.push({ id, before, messages })
      seen.set(id, messages)
    }
  }

  beforeAll(async () => {
    opencode = new OpenCode(model)
    // Before the first session is there, there is nothing to find, or a database in the making; but never a failure.
    let working = true
    const first = opencode.run('#hello').finally(() => {
      working = false
    })
    while (working) {
      const { code, stderr } = await run(['list', '--json', '--root', opencode.home])
      if (code !== 0 && code !== 3 && code !== 5) wrong.push({ code, stderr })
    }
    await first
    const writers = Promise.all([
      opencode.run('#slowly now'),
      (async () => {
        await opencode.run('#work with a subagent')
        await opencode.run('-c', '#more of it')
        await opencode.run('#hello again')
      })(),
    ])
    working = true
    const done = writers.finally(() => {
      working = false
    })
    while (working) await look()
    await done
    await look()
  })
  afterAll(() => opencode.stop())

  test('every listing and every reading succeeds, and says nothing else', () => {
    expect(wrong).toEqual([])
    expect(rounds.length).toBeGreaterThan(2)
  })

  test('sessions only come, and none goes', () => {
    for (const [index, ids] of rounds.entries()) expect(ids).toEqual(expect.arrayContaining(rounds[index - 1] ?? []))
    expect(rounds.at(-1)).toHaveLength(5)
  })

  test('opencode session list agrees, in its order', async () => {
    const ours = await json<SessionJSON[]>(['list', '--project', opencode.project], { home: opencode.home })
    const theirs = await opencode.list()
    const outline = ours.map(({ id, title, time }) => ({ id, title, updated: time.updated, created: time.created }))
    expect(theirs).toMatchObject(outline)
    expect(theirs).toHaveLength(4)
  })

  test('opencode export agrees on every session, the subagent’s too', async () => {
    for (const id of rounds.at(-1)!) {
      const theirs = await opencode.export(id)
      if (id === rounds.at(-1)![0]) expect(JSON.parse(await opencode.exported(id))).toEqual(theirs)
      const ours = await json<ShowJSON>(['show', id, '--root', opencode.home])
      expect(ours.session).toMatchObject({ id: theirs.info.id, title: theirs.info.title, parentID: theirs.info.parentID ?? null })
      const outline = theirs.messages.map(({ info, parts }) => ({
        id: info.id,
        role: info.role,
        time: { created: info.time.created },
        parts: parts.map(({ id, type, text, tool, callID, state }) => {
          if (type === 'tool') {
            return { id, type, tool, callID, status: state!.status, input: state!.input, output: state!.output ?? null }
          }
          return { id, type: type.replace(/^step-.*/, 'step'), ...(text !== undefined && { text }) }
        }),
      }))
      expect(outline.length).toBeGreaterThan(1)
      expect(ours.messages).toMatchObject(outline)
    }
  })

  test('the subagent is found below the session that started it', async () => {
    const sessions = await json<SessionJSON[]>(['list', '--subagents', '--root', opencode.home])
    const child = sessions.find(({ parentID }) => parentID !== null)!
    const parent = sessions.find(({ id }) => id === child.parentID)!
    expect(parent.subagents).toBe(1)
    const { messages, subagents } = await json<ShowJSON>(['show', parent.id, '--root', opencode.home])
    expect(subagents.map(({ id }) => id)).toEqual([child.id])
    const tasks = messages.flatMap(({ parts }) => parts.filter(({ tool }) => tool === 'task'))
    expect(tasks.map(({ sessionID }) => sessionID)).toEqual([child.id])
    const tree = await output(['show', parent.id, '--tree', '--root', opencode.home])
    expect(tree).toMatch(/task {2}[\s\S]*┃ [\s\S]*Three things\.[\s\S]*There are three\./)
  })

  test('no command in any form changes a byte below the data directory', async () => {
    await opencode.stop()
    const before = fingerprint(opencode.data)
    const latest = rounds.at(-1)![0]!
    const flags = [[], ['--json'], ['--tree'], ['--json', '--tree']]
    const here = { home: opencode.home, cwd: opencode.project }
    const roots = [opencode.home, opencode.data, join(opencode.data, 'opencode.db')].map((root) => ['--root', root])
    const commands = [
      ...flags.map((more) => ['list', ...more]),
      ...['--all', '--subagents', '--since=1d', '--title=session', '--agent=build', '--model=scripted', '--sort=title'].map(
        (flag) => ['list', flag],
      ),
      ...flags.map((more) => ['show', latest, ...more]),
      ['show', 'latest'],
      ...['--tools', '--reasoning', '--full', '--last=1'].map((flag) => ['show', latest, flag]),
      ['where'],
      ['where', '--json'],
      ['where', latest],
    ]
    for (const command of commands) expect((await output(command, here)).length).toBeGreaterThan(0)
    for (const root of roots) {
      for (const command of [['list'], ['show', latest], ['where', '--json']]) await output([...command, ...root], here)
    }
    expect(fingerprint(opencode.data)).toEqual(before)
  })
})

describe.skipIf(!haveOpenCode)('after OpenCode was killed in the middle of an answer', () => {
  let opencode: OpenCode
  let truth: { sessions: unknown[]; messages: unknown[]; parts: unknown[] }
  let killed: string

  beforeAll(async () => {
    opencode = new OpenCode(model)
    await opencode.run('#hello')
    const before = await json<SessionJSON[]>(['list', '--root', opencode.home])
    const child = opencode.start('run', '#endless')
    // It is in the middle when the second step has begun. (The words themselves are stored when a text is complete, not before.)
    for (;;) {
      if (child.exitCode !== null) throw new Error('OpenCode did not begin to answer')
      const sessions = await json<SessionJSON[]>(['list', '--root', opencode.home])
      const started = sessions.find(({ id }) => !before.some((old) => old.id === id))
      if (!started) continue
      const { messages } = await json<ShowJSON>(['show', started.id, '--root', opencode.home])
      const answering = messages.filter(({ role, parts }) => role === 'assistant' && parts.some(({ type }) => type === 'text'))
      if (answering.length < 2) continue
      killed = started.id
      break
    }
    await kill(child)
    truth = readCopy(opencode.data)
  })
  afterAll(() => opencode.stop())

  /** All that was committed, as SQLite itself recovers it from a copy of the files. */
  function readCopy(data: string): typeof truth {
    const copy = tempDir('copy')
    for (const suffix of ['', '-wal', '-shm'])
      copyFileSync(join(data, `opencode.db${suffix}`), join(copy, `opencode.db${suffix}`))
    const db = new DatabaseSync(join(copy, 'opencode.db'))
    const all = (sql: string) =>
      db
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))
    const result = {
      sessions: all('SELECT id, title, time_updated AS updated FROM session ORDER BY time_updated DESC, id'),
      messages: all("SELECT id, session_id, data ->> 'role' AS role FROM message ORDER BY session_id, time_created, id"),
      parts: all("SELECT id, message_id, data ->> 'text' AS text FROM part ORDER BY message_id, id"),
    }
    db.close()
    return result
  }

  /** The same, as ocvault reads it, for which no byte may change. */
  async function readOurs(home: string, options: RunOptions = {}): Promise<typeof truth> {
    const before = fingerprint(home)
    const root = ['--root', home]
    const sessions = await json<SessionJSON[]>(['list', '--subagents', ...root], options)
    const shown: ShowJSON[] = []
    for (const { id } of sessions) shown.push(await json<ShowJSON>(['show', id, ...root], options))
    const text = await output(['show', killed, ...root], options)
    expect(text).toMatch(/Let me look\.\n\n? *› bash {2}echo seen[\s\S]*\[interrupted\]/)
    expect((await json<WhereJSON>(['where', ...root], options)).stores).toMatchObject([{ sessions: sessions.length }])
    expect(fingerprint(home)).toEqual(before)

    const answer = shown.find(({ session }) => session.id === killed)!.messages.at(-1)!
    expect(answer).toMatchObject({ role: 'assistant', interrupted: true, time: { completed: null } })
    const byID = (a: string, b: string) => (a < b ? -1 : 1)
    const inOrder = shown.toSorted((a, b) => byID(a.session.id, b.session.id))
    const messages = inOrder.flatMap(({ session, messages }) =>
      messages.map((message) => ({ ...message, session_id: session.id })),
    )
    return {
      sessions: sessions.map(({ id, title, time }) => ({ id, title, updated: time.updated })),
      messages: messages.map(({ id, role, session_id }) => ({ id, session_id, role })),
      parts: messages
        .toSorted((a, b) => byID(a.id, b.id))
        .flatMap((message) => message.parts.map(({ id, text = null }) => ({ id, message_id: message.id, text }))),
    }
  }

  const copyOfHome = () => {
    const home = tempDir('killed')
    cpSync(opencode.data, join(home, '.local/share/opencode'), { recursive: true, preserveTimestamps: true })
    return home
  }

  test('it left its log and shared memory behind', () => {
    const names = readdirSync(opencode.data)
    expect(names).toContain('opencode.db-wal')
    expect(names).toContain('opencode.db-shm')
  })

  test('everything that was committed is read, and the answer is labelled', async () => {
    expect(await readOurs(opencode.home)).toEqual(truth)
  })

  test('the same without -shm', async () => {
    const home = copyOfHome()
    rmSync(join(home, '.local/share/opencode/opencode.db-shm'))
    expect(await readOurs(home)).toEqual(truth)
    expect(existsSync(join(home, '.local/share/opencode/opencode.db-shm'))).toBe(false)
  })

  describe.skipIf(process.platform === 'win32')('in a directory where nothing may be written', () => {
    const reader: RunOptions = process.getuid?.() === 0 ? { uid: 65_534 } : {}

    const readOnly = (remove: readonly string[]) => {
      const home = copyOfHome()
      const data = join(home, '.local/share/opencode')
      for (const suffix of remove) rmSync(join(data, `opencode.db${suffix}`))
      for (const name of readdirSync(data)) chmodSync(join(data, name), name.startsWith('opencode.db') ? 0o444 : 0o555)
      chmodSync(data, 0o555)
      return { home, data }
    }

    test.each([[[]], [['-shm']]])('with all files but %j', async (remove) => {
      const { home, data } = readOnly(remove)
      // The other user must be able to run it at all: a repository below a closed home is not readable.
      const start = await run(['--version'], { ...reader, cwd: '/' }).catch(() => undefined)
      if (start?.code !== 0) return console.warn(`skipped: another user cannot run ${main}`)
      expect(await readOurs(home, { ...reader, cwd: '/' })).toEqual(truth)
      chmodSync(data, 0o755)
    })
  })
})
