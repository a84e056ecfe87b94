import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStorage } from '../src/api/storage.ts'
import type { JsonObject } from '../src/base/json.ts'
import { omit } from '../src/base/omit.ts'
import { killAtChanges } from '../src/testing/kills.ts'
import { times } from '../src/testing/thorough.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { environment, fixture, json, main, output, repository, run } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { pinned } from './support/releases.ts'
import { tempDir } from './support/temp.ts'

interface Message {
  readonly info: JsonObject & { readonly id: string }
  readonly parts: readonly (JsonObject & { readonly id: string; readonly text?: string })[]
}

/** Its own first; then the last one of trees, and one whose database is of another schema. */
const releases = [pinned.version, '1.1.65', '1.2.27'].slice(0, times(1, 3))

describe.skipIf(!haveOpenCode).each(releases)('the real OpenCode %s', (release) => {
  let model: ModelServer
  beforeAll(async () => {
    const todos = [{ id: '1', content: 'write a test', status: 'pending', priority: 'high' }]
    model = await startModel({
      work: [
        { say: 'I plan.', call: ['todowrite', { todos }] },
        // Releases up to 1.14 look at the files while the answer begins.
        { say: 'I write. Now. It. Goes.', pause: 300, call: ['write', { filePath: 'notes.md', content: 'a note\n' }] },
        { say: 'Done ✓' },
      ],
    })
  })
  afterAll(() => model.close())

  test('tells of a session what stands under its keys; what is written there it tells next', async () => {
    const opencode = new OpenCode(model, undefined, {}, release)
    const id = await opencode.prompt('#work')
    const server = await opencode.server()
    const ask = <T>(path: string) => server.ask<T>(path)
    const storage = await openStorage(opencode.data)
    const session = await ask<JsonObject & { projectID: string }>(`/session/${id}`)
    const sessionKey = ['session', session.projectID, id]
    expect(await storage.list(['session'])).toContainEqual(sessionKey)
    expect(await storage.read(sessionKey)).toEqual(session)

    const messages = await ask<Message[]>(`/session/${id}/message`)
    expect(messages.length).toBeGreaterThan(3)
    expect(await storage.list(['message', id])).toEqual(messages.map(({ info }) => ['message', id, info.id]))
    for (const { info, parts } of messages) {
      expect(await storage.read(['message', id, info.id])).toEqual(info)
      expect(await storage.list(['part', info.id])).toEqual(parts.map((part) => ['part', info.id, part.id]))
      for (const part of parts) expect(await storage.read(['part', info.id, part.id])).toEqual(part)
    }
    expect(await storage.read(['todo', id])).toEqual(await ask(`/session/${id}/todo`))
    const diffs = await ask<unknown[]>(`/session/${id}/diff`)
    if (diffs.length > 0) expect(await storage.read(['session_diff', id])).toEqual(diffs)
    const project = await ask<JsonObject>('/project/current')
    const known = await storage.read<JsonObject>(['project', session.projectID])
    expect(omit(known, ['time'])).toEqual(omit(project, ['time']))

    if (storage.tree === null) {
      await expect(storage.remove(sessionKey)).rejects.toMatchObject({ code: 'refused' })
      return
    }
    const last = messages.at(-1)!
    const part = {
      ...last.parts.find(({ text }) => text !== undefined)!,
      id: `${last.parts.at(-1)!.id}z`,
      text: 'written by ocvault',
    }
    await storage.update<{ title: string }>(sessionKey, (draft) => {
      draft.title = 'Größe ✓'
    })
    await storage.write(['part', last.info.id, part.id], part)
    await storage.remove(['message', id, messages[1]!.info.id])
    expect(await ask(`/session/${id}`)).toMatchObject({ title: 'Größe ✓' })
    const now = await ask<Message[]>(`/session/${id}/message`)
    expect(now.at(-1)!.parts.at(-1)).toEqual(part)
    expect(now.map(({ info }) => info.id)).toEqual([messages[0]!, ...messages.slice(2)].map(({ info }) => info.id))
    await opencode.run('-s', id, '#work')
    expect((await ask<Message[]>(`/session/${id}/message`)).length).toBeGreaterThan(now.length)
    storage.close()
  })
})

/** A program of its own that uses the library. */
function program(code: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  const library = pathToFileURL(join(repository, 'dist/index.js')).href
  const text = `import { openStorage } from ${JSON.stringify(library)}\n${code}`
  return spawn(process.execPath, ['--input-type=module', '-e', text], {
    env: { ...environment({}), ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

const counting = (root: string, name: string, updates: number) => `
const storage = await openStorage(${JSON.stringify(root)})
for (let n = 0; n < ${updates}; n++) {
  await storage.update(['session', 'p', 'ses_1'], (draft) => { draft.count++; draft[${JSON.stringify(name)}] = n })
}`

test('two processes that update one key lose nothing', async () => {
  const root = join(tempDir('updates'), 'storage')
  const updates = times(150, 1000)
  const storage = await openStorage(root)
  await storage.write(['session', 'p', 'ses_1'], { count: 0 })
  const both = ['a', 'b'].map((name) => program(counting(root, name, updates)))
  // Whoever reads meanwhile sees a whole value, that never goes back.
  let seen = 0
  let reads = 0
  while (both.some(({ exitCode }) => exitCode === null)) {
    const { count } = await storage.read<{ count: number }>(['session', 'p', 'ses_1'])
    expect(count).toBeGreaterThanOrEqual(seen)
    seen = count
    reads++
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0])
  expect(reads).toBeGreaterThan(10)
  expect(await storage.read(['session', 'p', 'ses_1'])).toEqual({ count: 2 * updates, a: updates - 1, b: updates - 1 })
  storage.close()
})

test('a process that is killed leaves the old value or the new one, and its lock to the next', async () => {
  const root = join(tempDir('killed'), 'storage')
  const key = ['session', 'p', 'ses_1']
  const path = join(root, 'session/p/ses_1.json')
  const long = 'x'.repeat(100_000)
  const code = `${counting(root, 'a', 5)}
await storage.write(['todo', 'ses_1'], [{ content: ${JSON.stringify(long)} }])
await storage.remove(['todo', 'ses_2'])`
  const storage = await openStorage(root)
  const prepare = () => {
    rmSync(root, { recursive: true, force: true })
    mkdirSync(dirname(path), { recursive: true })
    mkdirSync(join(root, 'todo'))
    writeFileSync(path, JSON.stringify({ count: 0, long }, null, 2))
    writeFileSync(join(root, 'todo/ses_2.json'), '[]')
  }
  const values = new Set<number>()
  await killAtChanges(
    times(10, 50),
    (env) => program(code, env),
    prepare,
    async (when) => {
      const left = await storage.read<{ count: number; a?: number; long: string }>(key)
      expect(left, when).toEqual({ count: left.count, long, ...(left.count > 0 && { a: left.count - 1 }) })
      values.add(left.count)
      const todo = await storage.list(['todo'])
      for (const each of todo) expect(Array.isArray(await storage.read(each)), when).toBe(true)
      // Another one is let in at once, and tidies up.
      const another = await openStorage(root)
      await another.update<{ count: number }>(key, (draft) => {
        draft.count = -1
      })
      await another.write(['todo', 'ses_3'], [])
      another.close()
      const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
      expect(
        names.filter((name) => name.endsWith('.tmp')),
        when,
      ).toEqual([])
    },
  )
  expect(values.size).toBeGreaterThan(2)
})

test('a process that is killed at any time while another one updates costs that one nothing', async () => {
  const root = join(tempDir('killed-beside'), 'storage')
  const storage = await openStorage(root)
  await storage.write(['session', 'p', 'ses_1'], { count: 0 })
  for (let kill = 0; kill < times(3, 50); kill++) {
    const before = (await storage.read<{ count: number }>(['session', 'p', 'ses_1'])).count
    const endless = program(counting(root, 'endless', 1e9))
    const closed = once(endless, 'close')
    while ((await storage.read<{ count: number }>(['session', 'p', 'ses_1'])).count < before + 3) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    endless.kill('SIGKILL')
    const mine = Array.from({ length: 5 }, () =>
      storage.update<{ count: number; mine?: number }>(['session', 'p', 'ses_1'], (draft) => {
        draft.count++
        draft.mine = (draft.mine ?? 0) + 1
      }),
    )
    await Promise.all(mine)
    await closed
    expect(await storage.read(['session', 'p', 'ses_1'])).toMatchObject({ mine: 5 * (kill + 1) })
  }
  storage.close()
})

describe('ocvault storage', () => {
  const id = 'ses_e035702e8ffeHkIxpnGoWr1kRo'

  /** The same with something on stdin. */
  async function withInput(input: string, args: readonly string[], home: string) {
    const file = join(home, 'input')
    writeFileSync(file, input)
    const child = spawn('sh', ['-c', `"$0" "$@" < '${file}'`, process.execPath, main, ...args], { env: environment({ home }) })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => err.push(chunk))
    const [code] = await once(child, 'close')
    return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
  }

  const treeIn = (home: string) => {
    const storage = join(home, '.local/share/opencode/storage')
    cpSync(join(fixture('1.1.65'), 'opencode/storage'), storage, { recursive: true })
    return storage
  }

  test('lists and reads what the files say, of the machine’s own store and of any other', async () => {
    const home = tempDir('storage-home')
    const storage = treeIn(home)
    const keys = (await output(['storage', 'list', `message/${id}/`], { home })).trimEnd().split('\n')
    expect(keys).toEqual(
      readdirSync(join(storage, 'message', id))
        .sort()
        .map((name) => `message/${id}/${name.slice(0, -5)}`),
    )
    expect(await output(['storage', 'read', ...keys], { home })).toBe(
      keys.map((key) => `${readFileSync(join(storage, `${key}.json`), 'utf8')}\n`).join(''),
    )
    expect(await json(['storage', 'list', 'todo'], { home })).toEqual([['todo', id]])
    const database = join(fixture('upgraded-1.1.65-1.2.1-1.18.33'), 'opencode/opencode.db')
    expect(await output(['storage', 'read', ...keys, '--root', database])).toBe(
      await output(['storage', 'read', ...keys], { home }),
    )
    expect(await output(['storage', 'list', 'none'], { home })).toBe('')
  })

  test('writes, updates by a merge patch, removes, and each is taken back', async () => {
    const home = tempDir('storage-home')
    const storage = treeIn(home)
    const path = join(storage, `todo/${id}.json`)
    const before = readFileSync(path, 'utf8')
    const written = await withInput('{"a":{"b":1,"c":2}}', ['storage', 'write', 'own/key'], home)
    expect(written).toMatchObject({ code: 0, stdout: 'wrote own/key in ~/.local/share/opencode/storage\n', stderr: '' })
    expect(statSync(join(storage, 'own/key.json')).mode & 0o777).toBe(0o600)
    const patch = '{"a":{"b":null,"d":3}}'
    expect((await withInput(patch, ['storage', 'update', 'own/key', '--dry-run'], home)).stdout).toContain('would update own/key')
    const { stdout } = await withInput(patch, ['storage', 'update', 'own/key', '--json'], home)
    expect(JSON.parse(stdout)).toMatchObject({ keys: [['own', 'key']], dryRun: false, value: { a: { c: 2, d: 3 } } })
    expect(await output(['storage', 'remove', `todo/${id}`], { home })).toContain(`removed todo/${id}`)
    expect(readdirSync(join(storage, 'todo'))).toEqual([])
    await output(['undo'], { home })
    expect(readFileSync(path, 'utf8')).toBe(before)
    await output(['undo'], { home })
    expect(JSON.parse(readFileSync(join(storage, 'own/key.json'), 'utf8'))).toEqual({ a: { b: 1, c: 2 } })
    await output(['undo'], { home })
    expect(readdirSync(join(storage, 'own'))).toEqual([])
  })

  test('says what was wrong, in one line and by its exit code', async () => {
    const home = tempDir('storage-home')
    const storage = treeIn(home)
    writeFileSync(join(storage, 'todo/cut.json'), '[{')
    const database = ['--root', join(fixture('1.18.33'), 'opencode')]
    for (const [args, code, words, input] of [
      [['read', 'todo/none'], 3, 'Resource not found'],
      [['read', `todo/${id}`, 'todo/none'], 3, 'Resource not found'],
      [['read', 'todo/cut'], 1, 'cut.json'],
      [['read'], 2, 'which key'],
      [['read', 'todo//x'], 2, 'not a storage key'],
      [['read', '../auth'], 2, 'not a storage key'],
      [['list', 'a', 'b'], 2, 'one prefix'],
      [['write', 'a/b'], 2, 'no JSON', '{'],
      [['write', 'a/CON'], 2, 'every system', '{}'],
      [['update', 'a/none'], 3, 'Resource not found', '{}'],
      [['update', `todo/${id}`], 2, 'write replaces', '{}'],
      [['write', 'a/b', ...database], 4, 'only in a JSON tree', '{}'],
      [['remove', 'a/b', ...database], 4, 'only in a JSON tree'],
      [['remove', 'todo/none'], 0, 'nothing under'],
      [['read', 'a/b', '--root', join(home, 'none')], 3, 'no such'],
    ] as const) {
      const all = ['storage', ...args]
      const result = input === undefined ? await run(all, { home }) : await withInput(input, all, home)
      expect({ args, code: result.code }).toEqual({ args, code })
      expect(result.stderr, all.join(' ')).toContain(words)
      expect(result.stderr.trim().split('\n'), all.join(' ')).toHaveLength(1)
    }
  })
})
