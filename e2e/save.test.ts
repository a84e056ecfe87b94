import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { git, initRepository } from './support/git.ts'
import { json, output, run, type SessionJSON } from './support/ocvault.ts'
import { type SessionSpec, writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'

const id = 'ses_e0357cce9ffeSaVeD0000000a1'

/** A home with one session in a repository. */
function machine(sessions: (project: string) => readonly SessionSpec[] = oneSession) {
  const home = tempDir('home')
  const { directory: project, root } = initRepository(join(home, 'work', 'parser'))
  git(project, 'config', 'user.name', 'Ann')
  git(project, 'config', 'user.email', 'ann@example.com')
  writeHome(
    home,
    sessions(project).map((session) => ({ projectID: root, ...session })),
    { [root]: project },
  )
  const folder = join(project, '.opencode', 'sessions')
  return { home, project, folder, options: { home, cwd: project } }
}

const oneSession = (project: string): SessionSpec[] => [
  {
    ...{ id, directory: project, title: 'Fix the parser' },
    messages: [
      { role: 'user', parts: [{ type: 'text', text: `look at ${project}/src/a.ts` }] },
      { parts: [{ type: 'text', text: 'I see.' }] },
    ],
  },
]

const saved = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.json'))

async function refusal(args: readonly string[], options: { home: string; cwd: string }, uid?: number) {
  const { code, stderr, stdout } = await run(args, { ...options, ...(uid !== undefined && { uid }) })
  expect(stderr.trim().split('\n')).toHaveLength(1)
  return { code, stderr: stderr.trim(), stdout }
}

describe('save', () => {
  test('prints what it wrote, and the lines that share it; these lines work', async () => {
    const { project, folder, options } = machine()
    expect(await output(['save', '--dry-run'], options)).toMatch(/would be written: 2 messages, \S+ kB, 0 redactions\n$/)
    expect(existsSync(folder)).toBe(false)
    const text = await output(['save'], options)
    const [name] = saved(folder)
    expect(text).toMatch(/^\.opencode\/sessions\/\S+-Fix-the-parser\.json is written: 2 messages/)
    const [add, commit] = text.split('\n').filter((line) => line.startsWith('  git'))
    expect(add).toBe(`  git add -- .opencode/sessions/${name}`)
    expect(commit).toBe(`  git commit -m 'Session: Fix the parser' -- .opencode/sessions/${name}`)
    expect(await output(['save'], options)).toContain('is up to date')
    expect(saved(folder)).toEqual([name])
    expect(git(project, 'status', '--porcelain', '--untracked-files=all')).toBe(`?? .opencode/sessions/${name}\n`)
  })

  test('a session of any size is saved, saved again and loaded in little memory', async () => {
    const words = 'the quick brown fox reads src/share/redact.ts:42 and calls getToken(user) in 120 ms; '.repeat(400)
    const text = (index: number) => (index === 300 ? `${words} DB_PASSWORD=qP7.xZ99kLm2` : words)
    const messages = Array.from({ length: 400 }, (_item, index) => ({ parts: [{ type: 'text', text: text(index) }] }))
    const { folder, options } = machine((project) => [{ ...oneSession(project)[0]!, messages }])
    // 14 MB, which were there several times at once.
    const env = { NODE_OPTIONS: '--max-old-space-size=26' }
    expect(await json(['save'], { ...options, env })).toMatchObject({ result: 'written', redactions: 1, messages: 400 })
    expect(await json(['save'], { ...options, env })).toMatchObject({ result: 'unchanged', redactions: 1 })
    const other = machine((project) => [{ ...oneSession(project)[0]!, id: 'ses_e0357cce9ffeSaVeD0000000b2' }])
    cpSync(folder, other.folder, { recursive: true })
    await run(['load', '1'], { ...other.options, env })
    const shown = await output(['show', id, '--json'], other.options)
    expect(shown).toContain('DB_PASSWORD=[redacted:password:1]')
    expect(shown.split('the quick brown fox').length).toBe(400 * 400 + 1)
  })

  test('--commit commits these files alone, without hooks', async () => {
    const { project, options } = machine()
    writeFileSync(join(project, 'half-done'), 'x')
    git(project, 'add', 'half-done')
    const hook = join(project, '.git', 'hooks', 'pre-commit')
    writeFileSync(hook, '#!/bin/sh\ntouch hooked\nexit 1\n')
    chmodSync(hook, 0o755)
    expect(await output(['save', '--commit'], options)).toContain('It is committed.')
    expect(git(project, 'show', '--name-only', '--format=', 'HEAD').trim()).toMatch(/^\.opencode\/sessions\/\S+$/)
    expect(git(project, 'status', '--porcelain')).toBe('A  half-done\n')
    expect(await json(['save', '--commit'], options)).toMatchObject({ result: 'unchanged', committed: false })
  })

  test('the first commit of a repository', async () => {
    const { project, options } = machine()
    git(project, 'checkout', '--quiet', '--orphan', 'fresh')
    git(project, 'rm', '--quiet', '--cached', '-r', '.')
    expect(await json(['save', id, '--commit'], options)).toMatchObject({ committed: true })
    expect(git(project, 'log', '--format=%s')).toBe('Session: Fix the parser\n')
  })

  test('a title that changes does not move the file', async () => {
    const { home, folder, options } = machine()
    await output(['save'], options)
    const [name] = saved(folder)
    writeHome(tempDir('other'), [])
    const { DatabaseSync } = await import('node:sqlite')
    const db = new DatabaseSync(join(home, '.local', 'share', 'opencode', 'opencode.db'))
    db.exec("UPDATE session SET title = 'Another title', time_updated = time_updated + 1")
    db.close()
    expect(await json(['save'], options)).toMatchObject({ result: 'written', isNew: false, file: `.opencode/sessions/${name}` })
    expect(JSON.parse(readFileSync(join(folder, name!), 'utf8')).info.title).toBe('Another title')
  })

  test('10 MB are saved', async () => {
    const line = (n: number) => `line ${n} of the log of ${n % 97}: the value is ${(n * 2654435761) % 1e9}\n`
    const { folder, options } = machine((project) => [
      {
        ...{ id, directory: project },
        messages: Array.from({ length: 400 }, (_item, at) => ({
          role: at % 2 === 0 ? ('user' as const) : ('assistant' as const),
          parts: [{ type: 'text', text: Array.from({ length: 500 }, (_item, n) => line(at * 500 + n)).join('') }],
        })),
      },
    ])
    await output(['save'], options)
    expect(statSync(join(folder, saved(folder)[0]!)).size).toBeGreaterThan(9_000_000)
  })
})

/** Put together here, so that no scanner finds it in this file. */
const token = ['ghp', 'R7kQ2mZx9LpWv4TnB8sYc1DfHg3JaE6uKoQw'].join('_')

describe('rules that came with the repository', () => {
  const withRule = (match: string) => {
    const made = machine((project) => [
      { ...{ id, directory: project }, messages: [{ role: 'user', parts: [{ type: 'text', text: `it is ${token}` }] }] },
    ])
    mkdirSync(join(made.project, '.opencode'))
    writeFileSync(join(made.project, '.opencode', 'ocvault.json'), JSON.stringify({ allow: [{ rule: '*', match }] }))
    return made
  }
  const content = (folder: string) => readFileSync(join(folder, saved(folder)[0]!), 'utf8')

  test('are not followed before somebody has agreed, and told when they are', async () => {
    const { folder, options } = withRule('/ghp_R7.*/')
    const first = await run(['save'], options)
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('1 redaction\n') })
    expect(first.stderr).toContain('fit /ghp_R7.*/; nobody here has agreed to that, so they are redacted: --trust agrees')
    expect(content(folder)).not.toContain(token)
    expect(await output(['save', '--trust'], options)).toContain('0 redactions, 1 allowed by .opencode/ocvault.json\n')
    expect(content(folder)).toContain(token)
    expect(await run(['save'], options)).toMatchObject({ stderr: expect.not.stringContaining('agreed') })
  })

  test('that fit every secret are refused, and one that would never end comes to an end', async () => {
    const everything = withRule('/.*/')
    expect(await refusal(['save', '--trust'], everything.options)).toMatchObject({ code: 4 })
    expect((await run(['scan'], everything.options)).code).toBe(4)
    expect(existsSync(everything.folder)).toBe(false)
    const endless = withRule('/([0-9a-zA-Z_]+)+$!/')
    expect((await run(['save', '--trust'], endless.options)).code).toBe(0)
    expect(content(endless.folder)).not.toContain(token)
  })
})

describe('save says in one line what is wrong, and what to do', () => {
  test('no repository, a bare one, the inside of one', async () => {
    const { home, project } = machine()
    expect(await refusal(['save', id], { home, cwd: home })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('git init'),
    })
    git(home, 'clone', '--quiet', '--bare', project, 'bare.git')
    const bare = await refusal(['save', id], { home, cwd: join(home, 'bare.git') })
    expect(bare).toMatchObject({ code: 3, stderr: expect.stringMatching(/bare repository.*clone of it/) })
    expect(await refusal(['save', id], { home, cwd: join(project, '.git') })).toMatchObject({
      ...{ code: 3, stderr: expect.stringContaining('in the work tree') },
    })
  })

  test('no session, and none with something in it', async () => {
    const none = machine(() => [])
    expect(await refusal(['save'], none.options)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no session here yet'),
    })
    const empty = machine((project) => [{ id, directory: project }])
    expect(await refusal(['save'], empty.options)).toMatchObject({ code: 3, stderr: expect.stringContaining('no messages yet') })
  })

  test('a detached HEAD, and nobody who commits', async () => {
    const { project, folder, options } = machine()
    git(project, 'checkout', '--quiet', '--detach')
    expect(await refusal(['save', '--commit'], options)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('git switch -c'),
    })
    expect(existsSync(folder)).toBe(false)
    git(project, 'checkout', '--quiet', 'main')
    git(project, 'config', '--unset', 'user.email')
    git(project, 'config', 'user.useConfigOnly', 'true')
    expect(await refusal(['save', '--commit'], options)).toMatchObject({ code: 1, stderr: expect.stringContaining('user.email') })
  })

  test('files that git ignores', async () => {
    const { project, options } = machine()
    writeFileSync(join(project, '.gitignore'), '.opencode\n')
    expect(await refusal(['save', '--commit'], options)).toMatchObject({ code: 1, stderr: expect.stringContaining('.gitignore') })
  })

  test.skipIf(process.getuid?.() !== 0)('a folder that may not be written', async () => {
    const { project, options } = machine()
    mkdirSync(join(project, '.opencode'))
    const { code, stderr } = await run(['save', id, '--root', join(options.home, '.local/share/opencode')], {
      ...options,
      uid: 65534,
    })
    // To someone else git does not even open the repository.
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('git does not trust this repository') })
  })

  test('links that lead somewhere else', async () => {
    for (const name of ['.opencode', '.opencode/sessions']) {
      const { home, project, options } = machine()
      mkdirSync(join(home, 'elsewhere'))
      if (name !== '.opencode') mkdirSync(join(project, '.opencode'))
      symlinkSync(join(home, 'elsewhere'), join(project, name))
      expect(await refusal(['save'], options)).toMatchObject({ code: 4, stderr: expect.stringContaining('is a link to') })
      expect(await refusal(['load'], options)).toMatchObject({ code: 4, stderr: expect.stringContaining('is a link to') })
      expect(readdirSync(join(home, 'elsewhere'))).toEqual([])
    }
  })

  test('--no-redact by itself', async () => {
    const { folder, options } = machine()
    expect(await refusal(['save', '--no-redact'], options)).toMatchObject({ code: 4, stderr: expect.stringContaining('--force') })
    expect(existsSync(folder)).toBe(false)
    expect(await output(['save', '--no-redact', '--force'], options)).toContain('not redacted')
  })

  test('a file that is in a merge conflict', async () => {
    const { folder, options } = machine()
    await output(['save'], options)
    const path = join(folder, saved(folder)[0]!)
    writeFileSync(path, readFileSync(path, 'utf8').replace('"messages":[\n', '"messages":[\n<<<<<<< HEAD\n'))
    for (const command of ['save', 'load']) {
      expect(await refusal([command], options)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('git checkout --theirs'),
      })
    }
  })
})

describe('load', () => {
  test('one damaged file does not hide the others; names are shown without their control characters', async () => {
    const { folder, options } = machine()
    await output(['save'], options)
    const [name] = saved(folder)
    const text = readFileSync(join(folder, name!), 'utf8')
    writeFileSync(join(folder, 'newer.json'), text.replace('"format":1', '"format":9'))
    writeFileSync(join(folder, '\x1b[31mred\n.json'), text.replaceAll(id, 'ses_other'))
    symlinkSync('/etc/passwd', join(folder, 'link.json'))
    const { stdout, stderr, code } = await run(['load'], options)
    expect(code).toBe(5)
    expect(stderr).toMatch(/link\.json is a link/)
    expect(stderr).toMatch(/newer\.json is of format 9/)
    expect(stdout.trim().split('\n')).toHaveLength(2)
    expect(stdout + stderr).not.toContain('\x1b')
    expect((await run(['load', 'newer.json'], options)).code).toBe(3)
  })

  test('what OpenCode exported into the folder is loaded, too', async () => {
    const ann = machine()
    const bob = machine(() => [])
    mkdirSync(bob.folder, { recursive: true })
    writeFileSync(join(bob.folder, 'old.json'), await output(['export', id], ann.options))
    expect(await json(['load', 'old'], bob.options)).toMatchObject({ id, relation: 'new', added: 2 })
    const [session] = await json<SessionJSON[]>(['list'], bob.options)
    expect(session).toMatchObject({ id, directory: bob.project })
    expect(await json(['load', '1'], bob.options)).toMatchObject({ id, relation: 'same', added: 0 })
  })

  test('nothing saved, a name that is none, a name that is several', async () => {
    const { folder, options } = machine()
    expect(await refusal(['load'], options)).toMatchObject({ code: 3, stderr: expect.stringContaining('ocvault save') })
    await output(['save'], options)
    const text = readFileSync(join(folder, saved(folder)[0]!), 'utf8')
    writeFileSync(join(folder, 'parser-two.json'), text.replaceAll(id, 'ses_two'))
    expect(await refusal(['load', 'nowhere'], options)).toMatchObject({ code: 3 })
    expect(await refusal(['load', 'parser'], options)).toMatchObject({ code: 2, stderr: expect.stringContaining('name one') })
  })

  test('a file cannot give OpenCode permissions, nor say where a session is shared', async () => {
    const ann = machine()
    const bob = machine(() => [])
    const document = JSON.parse(await output(['export', id], ann.options))
    const more = { permission: [{ permission: 'bash', pattern: '*', action: 'allow' }], share: { url: 'https://example.com' } }
    mkdirSync(bob.folder, { recursive: true })
    writeFileSync(join(bob.folder, 'x.json'), JSON.stringify({ ...document, info: { ...document.info, ...more } }))
    await json(['load', '1'], bob.options)
    const { info } = JSON.parse(await output(['export', id], bob.options))
    expect(info.permission).toBeUndefined()
    expect(info.share).toBeUndefined()
  })
})
