import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { some, times } from '../src/testing/thorough.ts'
import { fingerprint } from './support/files.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { environment, fixture, json, main, output, run } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { execute } from './support/process.ts'
import { type SessionSpec, writeDatabase, writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'
import { killRounds } from './support/whole.ts'

interface Summary {
  readonly path: string
  readonly bytes: number
  readonly sessions: number
  readonly subagents: number
  readonly messages: number
  readonly parts: number
  readonly copies: number
  readonly files: number
}

interface Verified {
  readonly sound: boolean
  readonly bytes: number
  readonly sessions: number
  readonly messages: number
  readonly parts: number
  readonly damage: readonly { readonly session: string | null; readonly reason: string }[]
  readonly since: { readonly added: string[]; readonly changed: string[]; readonly gone: string[] } | null
}

const dataOf = (release: string) => join(fixture(release), 'opencode')
const verified = (path: string, ...more: string[]) => json<Verified>(['verify', path, ...more])

async function unzipped(path: string): Promise<string> {
  const folder = tempDir('unzipped')
  expect(await execute('unzip', ['-q', path, '-d', folder])).toMatchObject({ code: 0 })
  return folder
}

const sessionsIn = (folder: string) => readdirSync(join(folder, 'sessions')).map((name) => join(folder, 'sessions', name))
const parsed = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

/** Sessions with text that cannot be compressed to nothing. */
const sessionsOf = (count: number, words = 200): SessionSpec[] =>
  Array.from({ length: count }, (_item, index) => ({
    ...{ id: `ses_${String(index).padStart(6, '0')}`, title: `Session ${index}`, updated: 1000 + index },
    parentID: index % 5 === 4 ? `ses_${String(index - 1).padStart(6, '0')}` : undefined,
    messages: [0, 1].map((at) => ({
      role: at === 0 ? ('user' as const) : ('assistant' as const),
      parts: [
        {
          type: 'text',
          text: Array.from({ length: words }, (_item, word) =>
            ((index * 7919 + at * 104_729 + word * 2_654_435_761) % 4_294_967_296).toString(36),
          ).join(' '),
        },
      ],
    })),
  })) as SessionSpec[]

describe('the command line', () => {
  test('this project by default, all with --all, under a name that says what it is', async () => {
    const home = tempDir('home')
    const [parser, other] = [join(home, 'parser'), join(home, 'other')]
    for (const folder of [parser, other]) mkdirSync(folder)
    writeHome(
      home,
      [
        {
          id: 'ses_here',
          directory: parser,
          projectID: 'abcdef0123456789',
          messages: [{ parts: [{ type: 'text', text: 'hi' }] }],
        },
        { id: 'ses_child', parentID: 'ses_here', directory: parser, projectID: 'abcdef0123456789' },
        { id: 'ses_there', directory: other, projectID: 'fedcba' },
      ],
      { abcdef0123456789: parser, fedcba: other },
    )
    const text = await output(['backup'], { home, cwd: parser })
    const [name] = readdirSync(parser)
    expect(name).toMatch(/^ocvault-parser-abcdef01-\d{8}-\d{6}\.zip$/)
    expect(text).toContain(`backup    ${name}`)
    expect(text).toMatch(/2 sessions \(1 of subagents\), 1 message, 1 part/)
    expect(text).toContain('left out  logins and tokens')
    expect(await output(['verify', name!], { home, cwd: parser })).toMatch(/^sound .*\nholds {5}2 sessions, 1 message, 1 part/)
    const all = await json<Summary>(['backup', '--all', '-o', tempDir('out')], { home, cwd: parser })
    expect(all).toMatchObject({ sessions: 3, subagents: 1 })
    expect(all.path).toMatch(/ocvault-all-\d{8}-\d{6}\.zip$/)
    // By a filter, with the subagents of what it finds.
    const some = join(tempDir('out'), 'some.zip')
    expect(await json<Summary>(['backup', 'ses_here', '-o', some], { home, cwd: parser })).toMatchObject({ sessions: 2 })
    expect(await run(['backup', '-o', some], { home, cwd: parser })).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^ocvault: .*there already; --force replaces what is there\n$/),
    })
    await output(['backup', '-o', some, '--force', '--quiet'], { home, cwd: parser })
  })

  test('nothing matches: exit code 3, and no file', async () => {
    const folder = tempDir('out')
    const result = await run(['backup', 'no such words', '--root', dataOf('1.18.33'), '-o', join(folder, 'x.zip')])
    expect(result).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/^ocvault: no session matches.*\n$/) })
    expect(readdirSync(folder)).toEqual([])
  })

  test('the store is only read, and an unchanged one is backed up to the same bytes but for the time', async () => {
    const data = join(tempDir('copy'), 'opencode')
    cpSync(dataOf('1.18.33'), data, { recursive: true })
    const before = fingerprint(data)
    const folder = tempDir('out')
    const [one, two] = [join(folder, '1.zip'), join(folder, '2.zip')]
    await output(['backup', '--root', data, '-o', one])
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await output(['backup', '--root', data, '-o', two])
    expect(fingerprint(data)).toEqual(before)
    const [a, b] = [await unzipped(one), await unzipped(two)]
    const timeless = (at: string) => ({ ...parsed(join(at, 'manifest.json')), time: 0, sha256: '' })
    expect(timeless(a)).toEqual(timeless(b))
    for (const path of sessionsIn(a)) expect(readFileSync(path.replace(a, b)).equals(readFileSync(path))).toBe(true)
  })

  test('says what the store has since', async () => {
    const folder = tempDir('store')
    const database = join(folder, 'opencode.db')
    writeDatabase(database, sessionsOf(4))
    const path = join(folder, 'x.zip')
    await output(['backup', '--root', database, '-o', path])
    expect((await verified(path, '--against-store', '--root', database)).since).toEqual({ added: [], changed: [], gone: [] })
    const db = new DatabaseSync(database)
    db.exec(`UPDATE part SET data = replace(data, 'text', 'tex') WHERE session_id = 'ses_000001';
      DELETE FROM part WHERE session_id = 'ses_000002'; DELETE FROM message WHERE session_id = 'ses_000002';
      DELETE FROM session WHERE id = 'ses_000002';
      CREATE TEMP TABLE fresh AS SELECT * FROM session WHERE id = 'ses_000000'; UPDATE fresh SET id = 'ses_new';
      INSERT INTO session SELECT * FROM fresh`)
    db.close()
    expect((await verified(path, '--against-store', '--root', database)).since).toEqual({
      added: ['ses_new'],
      changed: ['ses_000001'],
      gone: ['ses_000002'],
    })
  })

  test('a damaged archive: exit code 1, and the session by name', async () => {
    const folder = tempDir('damaged')
    const path = join(folder, 'x.zip')
    writeDatabase(join(folder, 'opencode.db'), sessionsOf(3))
    await output(['backup', '--root', join(folder, 'opencode.db'), '-o', path])
    const bytes = readFileSync(path)
    const at = bytes.indexOf('sessions/ses_000001.json')
    bytes[at + 100]! ^= 1
    writeFileSync(path, bytes)
    const { code, stdout, stderr } = await run(['verify', path])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(/^DAMAGED .*\nwhole {5}2 sessions/)
    expect(stdout).toMatch(/damage {4}session ses_000001 "Session 1", sessions\/ses_000001\.json: /)
    expect(await run(['verify', join(folder, 'none.zip')])).toMatchObject({ code: 3 })
  })

  test('encrypted with a pass phrase', async () => {
    const folder = tempDir('secret')
    const env = { OCVAULT_PASSPHRASE: 'correct horse battery staple' }
    const { path } = await json<Summary>(['backup', '--root', dataOf('1.18.33'), '-o', folder, '--passphrase'], { env })
    expect(path).toMatch(/\.zip\.age$/)
    expect(readFileSync(path).toString('latin1')).toMatch(/^age-encryption\.org\/v1\n-> scrypt /)
    expect(await output(['verify', path], { env })).toMatch(/^sound .*\nholds {5}9 sessions/)
    expect(await run(['verify', path], { env: { OCVAULT_PASSPHRASE: 'wrong' } })).toMatchObject({ code: 1, stdout: '' })
    expect(await run(['verify', path])).toMatchObject({ code: 2, stderr: expect.stringMatching(/is encrypted; .*\n$/) })
    const left = readdirSync(folder)
    expect(left).toEqual([path.slice(folder.length + 1)])
  })

  test('encrypted for recipients, of whom each can open it', async () => {
    const folder = tempDir('secret')
    const identities = [await generateIdentity(), await generateIdentity()]
    const recipients = await Promise.all(identities.map((identity) => identityToRecipient(identity)))
    const path = join(folder, 'x.zip.age')
    const encrypt = recipients.flatMap((recipient) => ['--encrypt', recipient])
    await output(['backup', '--root', dataOf('1.18.33'), '-o', path, ...encrypt])
    for (const identity of identities) {
      const key = join(folder, 'key.txt')
      writeFileSync(key, `# a comment\n${identity}\n`)
      expect(await verified(path, '--identity', key)).toMatchObject({ sound: true, sessions: 9 })
    }
    writeFileSync(join(folder, 'other.txt'), await generateIdentity())
    expect(await run(['verify', path, '--identity', join(folder, 'other.txt')])).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^ocvault: .* cannot be decrypted: .*\n$/) },
    })
    const bytes = readFileSync(path)
    bytes[bytes.length - 500]! ^= 1
    writeFileSync(path, bytes)
    expect(await run(['verify', path, '--identity', join(folder, 'key.txt')])).toMatchObject({ code: 1 })
    expect(await run(['backup', '--root', dataOf('1.18.33'), '-o', folder, '--encrypt', 'age1nobody'])).toMatchObject({ code: 2 })
    expect(readdirSync(folder).sort()).toEqual(['key.txt', 'other.txt', 'x.zip.age'])
  })
})

describe('files beside the store', () => {
  test('tool outputs, diffs and snapshots come along; links and logins do not', async () => {
    const data = tempDir('data')
    const output1 = 'x'.repeat(60_000)
    writeDatabase(join(data, 'opencode.db'), [
      {
        id: 'ses_1',
        messages: [
          {
            parts: [
              {
                type: 'tool',
                tool: 'bash',
                state: { status: 'completed', metadata: { outputPath: `${data}/tool-output/tool_abc` } },
              },
              { type: 'text', text: `Full output saved to: ${data}/tool-output/tool_link and ${data}/tool-output/tool_gone` },
            ],
          },
        ],
      },
    ])
    for (const folder of ['tool-output', 'storage/session_diff', 'snapshot/global/objects/ab'])
      mkdirSync(join(data, folder), { recursive: true })
    writeFileSync(join(data, 'tool-output/tool_abc'), output1)
    writeFileSync(join(data, 'auth.json'), 'a secret')
    await execute('ln', ['-s', '../auth.json', join(data, 'tool-output/tool_link')])
    writeFileSync(join(data, 'storage/session_diff/ses_1.json'), '[]')
    writeFileSync(join(data, 'snapshot/global/objects/ab/cdef'), 'blob')
    const path = join(tempDir('out'), 'x.zip')
    const { code, stderr } = await run(['backup', '--root', join(data, 'opencode.db'), '-o', path, '--with-snapshots'])
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: expect.stringMatching(/^ocvault: could not read .*tool_link cannot be read: .*\n$/),
    })
    const folder = await unzipped(path)
    const blobs = readdirSync(join(folder, 'blobs')).map((name) => readFileSync(join(folder, 'blobs', name), 'utf8'))
    expect(blobs.sort()).toEqual(['[]', output1])
    expect(readFileSync(join(folder, 'snapshots/global/objects/ab/cdef'), 'utf8')).toBe('blob')
    expect((await verified(path)).sound).toBe(true)
  })

  test('every copy that says something else, and no other', async () => {
    const home = tempDir('home')
    cpSync(dataOf('upgraded-1.1.65-1.2.1-1.18.33'), join(home, '.local/share/opencode'), { recursive: true })
    const path = join(tempDir('out'), 'x.zip')
    const same = await json<Summary>(['backup', '--all', '-o', path], { home })
    expect(same.sessions).toBeGreaterThan(5)
    const folder = await unzipped(path)
    const copies = existsSync(join(folder, 'copies')) ? readdirSync(join(folder, 'copies')) : []
    // Only those that were written on after the upgrade differ.
    expect(copies.length).toBe(same.copies)
    expect(same.copies).toBeLessThan(same.sessions)
    expect((await verified(path)).sound).toBe(true)
  })
})

describe('whatever happens to a backup', () => {
  test('killed at any moment, it leaves the old file or the new one', async () => {
    const folder = tempDir('killed')
    const database = join(folder, 'opencode.db')
    writeDatabase(database, sessionsOf(400, 300))
    const out = tempDir('out')
    const path = join(out, 'x.zip')
    const args = [main, 'backup', '--root', database, '-o', path, '--force', '--quiet']
    const start = (env = {}) => spawn(process.execPath, args, { cwd: out, env: { ...environment({}), ...env }, stdio: 'ignore' })
    let middle = 0
    const look = async () => {
      const others = readdirSync(out).filter((name) => name !== 'x.zip')
      for (const name of others) expect(name).toMatch(/^\..*\.tmp$/)
      if (others.length > 0) middle++
      for (const name of others) rmSync(join(out, name))
      // Either way it ends with the hash of all that stands before it.
      const now = readFileSync(path)
      expect(createHash('sha256').update(now.subarray(0, -64)).digest('hex')).toBe(now.toString('latin1', now.length - 64))
    }
    await killRounds(start, () => {}, look)
    expect(await verified(path)).toMatchObject({ sound: true, sessions: 400 })
    expect(middle, 'some kills came in the middle').toBeGreaterThan(3)
  })

  test('a full disk is named in one line, and nothing is left; an older file stays', async ({ skip }) => {
    const disk = tempDir('disk')
    const mounted = await execute('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', disk])
    if (mounted.code !== 0) skip()
    try {
      const folder = tempDir('store')
      const database = join(folder, 'opencode.db')
      writeDatabase(database, sessionsOf(3))
      const path = join(disk, 'x.zip')
      await output(['backup', '--root', database, '-o', path])
      const old = readFileSync(path)
      const larger = join(folder, 'larger.db')
      writeDatabase(larger, sessionsOf(400, 300))
      const recipient = await identityToRecipient(await generateIdentity())
      for (const more of [[], ['--encrypt', recipient]]) {
        const { code, stderr } = await run(['backup', '--root', larger, '-o', path, '--force', ...more])
        expect({ code, stderr }).toEqual({
          code: 1,
          stderr: expect.stringMatching(/^ocvault: cannot write .*x\.zip: ENOSPC.*\n$/),
        })
        expect(readdirSync(disk)).toEqual(['x.zip'])
        expect(readFileSync(path).equals(old)).toBe(true)
      }
    } finally {
      await execute('umount', [disk])
    }
  })

  test('where nothing may be written, that is said', async () => {
    const folder = tempDir('readonly')
    chmodSync(folder, 0o555)
    const data = tempDir('data')
    copyFileSync(join(dataOf('1.18.33'), 'opencode.db'), join(data, 'opencode.db'))
    chmodSync(join(data, 'opencode.db'), 0o644)
    const uid = process.getuid?.() === 0 ? { uid: 65534 } : {}
    const result = await run(['backup', '--root', join(data, 'opencode.db'), '-o', join(folder, 'x.zip')], uid)
    expect(result).toMatchObject({ code: 1, stderr: expect.stringMatching(/^ocvault: cannot write .*EACCES.*\n$/) })
    chmodSync(folder, 0o755)
    expect(readdirSync(folder)).toEqual([])
  })
})

if (!haveOpenCode) console.warn('opencode-ai is not installed: the tests with a real OpenCode are skipped')

describe.skipIf(!haveOpenCode)('with a real OpenCode', () => {
  let model: ModelServer
  beforeAll(async () => {
    const words = Array.from({ length: 60 }, (_item, n) => `word${n} `).join('')
    model = await startModel({
      work: [
        { say: `${words} look.`, call: ['bash', { command: 'echo from-the-shell', description: 'Say something' }], pause: 15 },
        { say: 'Delegating.', call: ['task', { description: 'count', prompt: '#count', subagent_type: 'general' }] },
        { say: `${words} done.`, pause: 15 },
      ],
      count: [{ say: words, pause: 10 }],
      quick: [{ say: 'Quick and done.' }],
    })
  })
  afterAll(() => model.close())

  test('while it writes, every backup is sound and holds whole messages', async () => {
    const opencode = new OpenCode(model)
    await opencode.prompt('#quick')
    const folder = tempDir('out')
    let writing = true
    let turns = 0
    const work = (async () => {
      for (; writing; turns++) await opencode.prompt('#work')
    })()
    const wrong: unknown[] = []
    const sizes = new Set<number>()
    let rounds = 0
    // Until there was something to be seen: a slow OpenCode has said nothing yet when as many backups are made.
    for (const least = times(6, 30); rounds < least || turns < 2; rounds++) {
      const round = rounds
      const path = join(folder, `${round}.zip`)
      const made = await run(['backup', '--root', opencode.home, '-o', path, '--json'])
      if (made.code !== 0) wrong.push({ round, ...made })
    }
    writing = false
    await work
    for (let round = 0; round < rounds; round++) {
      const path = join(folder, `${round}.zip`)
      const report = await verified(path)
      if (!report.sound) wrong.push({ round, damage: report.damage })
      sizes.add(report.bytes)
      for (const at of sessionsIn(await unzipped(path))) {
        for (const { info, parts } of parsed(at).messages) {
          const types = parts.map(({ type }: { type: string }) => type)
          const finished = info.role === 'assistant' && info.time.completed && !info.error
          if (finished && !types.includes('step-finish')) wrong.push({ round, message: info.id, types })
        }
      }
    }
    expect(wrong).toEqual([])
    expect(sizes.size, 'it grew meanwhile').toBeGreaterThan(1)
  })

  test('what plain unzip gives, opencode import takes', async () => {
    const [from, to] = [new OpenCode(model), new OpenCode(model)]
    await from.prompt('#work')
    const path = join(tempDir('out'), 'x.zip')
    await output(['backup', '--root', from.home, '-o', path])
    const files = sessionsIn(await unzipped(path))
    expect(files).toHaveLength(2)
    for (const file of files) expect(await to.import(file)).toMatchObject({ code: 0 })
    for (const file of files) {
      const { info } = parsed(file)
      const [here, there] = [await from.export(info.id), await to.export(info.id)]
      expect(there.messages).toEqual(here.messages)
      expect(there.info.title).toBe(here.info.title)
    }
  })

  test.each(some(['0.1.174', '1.1.65'], 1))('it imports what was %s', async (release) => {
    const opencode = new OpenCode(model)
    const path = join(tempDir('out'), 'x.zip')
    await output(['backup', '--root', dataOf(release), '-o', path])
    const files = sessionsIn(await unzipped(path)).filter((file) => parsed(file).ocvault.shape === 'v1')
    for (const file of files.slice(0, 1)) {
      expect(await opencode.import(file), file).toMatchObject({ code: 0 })
      const { info, messages } = parsed(file)
      const there = await opencode.export(info.id)
      expect(there.messages.map(({ info: { id } }) => id)).toEqual(
        messages.map(({ info: { id } }: { info: { id: string } }) => id),
      )
    }
  })
})
