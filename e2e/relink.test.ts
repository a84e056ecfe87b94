import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowTexts } from '../src/testing/database.ts'
import { killAtChanges } from '../src/testing/kills.ts'
import { times } from '../src/testing/thorough.ts'
import { initRepository } from './support/git.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { fixture, json, output, run, starting } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { pinned } from './support/releases.ts'
import { writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'

/** Every file below a folder, with its content. */
function filesOf(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return new Map(
    paths
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'latin1')]),
  )
}

interface Message {
  readonly info: { readonly id: string; readonly role: string }
}

/** Its own first; the others are of a tree, of one snapshot repository for each project, and of one for each work tree. */
const releases = [pinned.version, '1.14.34', '1.2.27', '1.1.65'].slice(0, times(1, 4))
const kinds = (['a repository', 'a plain folder', 'a repository, and was opened there'] as const).slice(0, times(2, 3))

describe.skipIf(!haveOpenCode).each(releases)('the real OpenCode %s in a project that was renamed', (release) => {
  let model: ModelServer
  beforeAll(async () => {
    model = await startModel({
      write: [
        // Releases up to 1.14 look at the files while the answer begins: what writes at once is too early for them.
        { say: 'I write. Now. It. Goes.', pause: 300, call: ['write', { filePath: 'notes.md', content: 'a note\n' }] },
        { say: 'It is written.', call: ['task', { description: 'Look', prompt: 'look #look', subagent_type: 'general' }] },
        { say: 'Done.' },
      ],
      look: [{ say: 'I have looked.' }],
      more: [{ say: 'And one thing more.' }],
    })
  })
  afterAll(() => model.close())

  const isTree = release === '1.1.65'
  /** Releases since 1.15 demand that the directory of a session is there. */
  const isStrict = release === pinned.version

  test.each(kinds)('that is %s: after a relink it lists, goes on, undoes files, knows its subagents', async (kind) => {
    const isGit = kind !== 'a plain folder'
    const prepare = (project: string) => {
      if (!isGit) return
      initRepository(project)
      writeFileSync(join(project, '.gitignore'), 'opencode.json\n')
    }
    const opencode = new OpenCode(model, prepare, {}, release)
    const id = await opencode.prompt('#write')
    await opencode.stop()
    const [old, now] = [opencode.project, `${opencode.project}-renamed`]
    renameSync(old, now)
    opencode.project = now
    const note = join(now, 'notes.md')
    /** What its interface lists in the new place. */
    const listed = async () =>
      (await (await opencode.server()).ask<{ id: string }[]>(`/session?roots=true&directory=${encodeURIComponent(now)}`)).map(
        (each) => each.id,
      )
    const prompts = async () =>
      (await (await opencode.server()).ask<Message[]>(`/session/${id}/message`)).filter(({ info }) => info.role === 'user')
    const revert = async () => {
      const [first] = await prompts()
      await (await opencode.server()).ask(`/session/${id}/revert`, { messageID: first!.info.id })
      const isThere = existsSync(note)
      await (await opencode.server()).ask(`/session/${id}/unrevert`, {})
      return isThere ? 'nothing was undone' : 'undone'
    }

    expect(await listed()).toEqual([])
    if (isStrict) await expect(opencode.prompt('#more', { session: id })).rejects.toThrow('500')
    if (kind === 'a repository, and was opened there') expect(await revert()).toBe('nothing was undone')
    await opencode.stop()

    const here = { home: opencode.home, cwd: now }
    const state = () => [
      isTree ? filesOf(join(opencode.data, 'storage')) : rowTexts(join(opencode.data, 'opencode.db')),
      isGit ? filesOf(join(opencode.data, 'snapshot')) : new Map(),
    ]
    const before = state()
    if (isGit) {
      expect(before[1]).not.toEqual(new Map())
      expect((await run(['doctor'], here)).stdout).toContain(`ocvault relink ${old} ${now}`)
    }
    expect(await output(['relink', old, now], here)).toMatch(/^relinked .*: 2 sessions/)
    expect(state()).not.toEqual(before)
    await output(['undo'], here)
    expect(state()).toEqual(before)
    await output(['relink', old, now], here)

    await opencode.run('-s', id, '#more')
    expect((await opencode.list()).map((each) => each.id)).toEqual([id])
    expect(await listed()).toEqual([id])
    // The one that was refused is there, too.
    expect(await prompts()).toHaveLength(isStrict ? 3 : 2)
    const [child] = await (await opencode.server()).ask<{ directory: string }[]>(`/session/${id}/children`)
    expect(child!.directory).toBe(now)
    // Outside of a repository no release keeps states of files.
    expect(await revert()).toBe(isGit ? 'undone' : 'nothing was undone')
    expect(readFileSync(note, 'utf8')).toBe('a note\n')
  })
})

test.each(['1.18.33', '1.1.65'])(
  'a relink of a store of %s that is killed is taken back or done by the next one; a database is old or new meanwhile',
  async (release) => {
    const isTree = release === '1.1.65'
    const home = tempDir('killed')
    const data = join(home, '.local/share/opencode')
    const database = join(data, 'opencode.db')
    const now = join(home, 'new')
    mkdirSync(now)
    const old = `/home/dev/v${release}/work/parser`
    const prepare = () => {
      for (const path of [data, join(home, '.local/share/ocvault')]) rmSync(path, { recursive: true, force: true })
      cpSync(join(fixture(release), 'opencode'), data, { recursive: true })
      const snapshot = join(data, 'snapshot/c9137d9ee5af07b383d5ee89282bbee2940a61bd/8c5a1ff9a2ee0d5e0d7c7e6a8ef6e7ba5a5e2f3a')
      mkdirSync(join(snapshot, 'objects/info'), { recursive: true })
      writeFileSync(join(snapshot, 'HEAD'), 'ref: refs/heads/main\n')
      writeFileSync(join(snapshot, 'config'), `[core]\n\tworktree = ${old}\n`)
    }
    const args = ['relink', old, now, '--quiet']
    const start = starting(args, home)
    const rows = () => (isTree ? [] : rowTexts(database))
    const files = () => new Map([...filesOf(data)].filter(([path]) => !/\.db(-\w+)?$/.test(path)))
    prepare()
    const before = [rows(), files()] as const
    await output(args, { home })
    const done = withoutTimes(rows(), files())
    const rowsOnly = [withoutTimes(before[0], new Map()), withoutTimes(rows(), new Map())]
    expect(before).not.toEqual([rows(), files()])
    let round = 0
    await killAtChanges(isTree ? times(3, 60) : times(6, 100), start, prepare, async (when) => {
      expect(rowsOnly, when).toContainEqual(withoutTimes(rows(), new Map()))
      if (round++ % 2 === 0) {
        await output(args, { home })
        expect(withoutTimes(rows(), files()), when).toEqual(done)
      } else {
        const { code } = await run(['undo'], { home })
        expect([0, 3], when).toContain(code) // nothing to take back where nothing was begun
        expect([rows(), files()], when).toEqual(before)
      }
    })
  },
)

/** Rows and files, but for the moment in which a project was made. */
function withoutTimes(rows: readonly string[], files: ReadonlyMap<string, string>): unknown {
  return [
    rows.map((row) => (row.startsWith('project ') ? row.replace(/"time_\w+":\d+/g, '"time":0') : row)),
    [...files].map(([path, text]) => [path, /^storage.project/.test(path) ? text.replace(/"created": \d+/, '') : text]),
  ]
}

test('with --all every directory that moved is relinked to where it is now', async () => {
  const home = tempDir('all')
  const work = join(home, 'work')
  mkdirSync(join(work, 'archive/notes'), { recursive: true })
  initRepository(join(work, 'app-2'))
  writeFileSync(join(work, 'app-2/.git/opencode'), 'p1')
  const directories = { ses_a: join(work, 'notes'), ses_b: join(work, 'app/src') }
  const sessions = Object.entries(directories).map(([id, directory]) => ({
    id,
    directory,
    ...(id === 'ses_b' && { projectID: 'p1' }),
  }))
  writeHome(home, sessions, { p1: join(work, 'app') })
  const here = { home, cwd: work }
  expect(await output(['relink', '--all'], here)).toMatch(/^relinked [^\n]+\n {2}[^\n]+\nrelinked [^\n]+\n {2}[^\n]+\n$/)
  const listed = await json<{ id: string; directory: string }[]>(['list', '--all'], here)
  expect(Object.fromEntries(listed.map(({ id, directory }) => [id, directory]))).toEqual({
    ses_a: join(work, 'archive/notes'),
    ses_b: join(work, 'app-2/src'),
  })
  const again = await run(['relink', '--all'], here)
  expect([again.code, again.stderr]).toEqual([3, 'ocvault: no directory is known to have moved\n'])
})
