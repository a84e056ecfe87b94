import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { git } from '../../base/git.ts'
import { rowTexts, TestDatabase } from '../../testing/database.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { listChanges } from '../../transfer/undo/changes.ts'
import { takeBack } from '../../transfer/undo/take-back.ts'
import { type RelinkReport, relink } from './relink.ts'

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')

/** Every file below a folder but databases, with its content. */
function filesOf(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const files = paths.filter((path) => statSync(join(folder, path)).isFile() && !/\.db(-\w+)?$/.test(path))
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
}

/** A repository that has the id of a project in its cache. */
function repository(path: string, id: string): string {
  mkdirSync(path, { recursive: true })
  git(path, ['init', '-q'])
  writeFileSync(join(path, '.git', 'opencode'), id)
  return path
}

/** A data directory, and what is done to it. */
class Data {
  readonly data: string
  readonly undo = join(tempDir(), 'undo')

  constructor(data: string) {
    this.data = data
  }

  get database(): string {
    return join(this.data, 'opencode.db')
  }

  relink(from: string, to: string, options: { dryRun?: boolean; force?: boolean } = {}): RelinkReport {
    return relink(from, to, { roots: [this.data], undo: this.undo, ...options })
  }

  takeBack(force = false): unknown {
    const [change] = listChanges(this.undo, (path, reason) => expect.unreachable(`${path}: ${reason}`))
    return takeBack(change!, { force })
  }

  all(sql: string): Record<string, unknown>[] {
    const db = new DatabaseSync(this.database)
    const rows = db.prepare(sql).all()
    db.close()
    return rows.map((row) => ({ ...row }))
  }
}

const projectOf = (data: Data) => String(data.all("SELECT id FROM project WHERE id <> 'global'")[0]!.id)

describe('a database of a real release', () => {
  test.each(['1.2.1', '1.14.34', '1.18.33', '2.0-constructed', '2.0-preview'])(
    '%s knows the new place everywhere, nothing that was said changes, and undo makes it what it was',
    (release) => {
      const data = new Data(copyStore(release))
      const version = release.startsWith('2.0') ? '1.18.33' : release
      const old = `/home/dev/v${version}/work/parser`
      const now = repository(join(tempDir(), 'renamed'), projectOf(data))
      const before = rowTexts(data.database)
      const dry = data.relink(old, now, { dryRun: true })
      expect(rowTexts(data.database)).toEqual(before)
      expect(existsSync(join(data.undo, 'x'))).toBe(false)
      const report = data.relink(old, now)
      expect({ ...report, change: null, dryRun: true }).toEqual(dry)
      const after = rowTexts(data.database)
      expect(after).toHaveLength(before.length)
      expect(data.all('SELECT DISTINCT directory FROM session').map(({ directory }) => directory)).toEqual(
        expect.arrayContaining([now, join(now, 'src')]),
      )
      // Where the old name still stands, it was said: in what tools were given and gave back.
      for (const row of after.filter((each) => each.includes(old) && !each.startsWith('session_message')))
        expect(row).toMatch(/"(tool|text|bash|synthetic)\\"|filepath/)
      expect(
        data
          .all('SELECT data FROM message WHERE data LIKE \'%"cwd"%\'')
          .every(({ data: json }) => !String(json).includes(`"${old}`)),
      ).toBe(true)
      data.takeBack()
      expect(rowTexts(data.database)).toEqual(before)
      expect(readdirSync(data.undo)).toEqual([])
    },
  )
})

test('neighbours whose names begin alike are left alone, sub-directories come along', () => {
  const work = tempDir()
  const path = new TestDatabase()
    .session({ id: 'ses_a', directory: join(work, 'app') })
    .session({ id: 'ses_b', directory: join(work, 'app-2') })
    .session({ id: 'ses_c', directory: join(work, 'app/src'), parent_id: 'ses_a' })
    .session({ id: 'ses_d', directory: join(work, 'app.old') })
    .done()
  const data = new Data(dirname(path))
  mkdirSync(join(work, 'new'))
  expect(data.relink(join(work, 'app'), join(work, 'new')).sessions.map(({ id }) => id)).toEqual(['ses_a', 'ses_c'])
  expect(data.all('SELECT directory FROM session ORDER BY id').map(({ directory }) => relative(work, String(directory)))).toEqual(
    ['new', 'app-2', 'new/src', 'app.old'],
  )
})

test('bytes of JSON that nobody asked for stay as they are', () => {
  const work = tempDir()
  mkdirSync(join(work, 'new'))
  const json = `{"role":"assistant" , "big":12345678901234567890,"neg":-0,"dup":1,"dup":2,"path":{"cwd":"${work}/old", "root":"${work.replaceAll('/', '\\/')}\\/old"},"t":"\\ud83d ${work}/old"}`
  const path = new TestDatabase()
    .session({ id: 'ses_a', directory: join(work, 'old') })
    .message('ses_a', 'msg_a', json)
    .done()
  const data = new Data(dirname(path))
  data.relink(join(work, 'old'), join(work, 'new'))
  const expected = json
    .replace(`"cwd":"${work}/old"`, `"cwd":"${work}/new"`)
    .replace(`"root":"${work.replaceAll('/', '\\/')}\\/old"`, `"root":"${work}/new"`)
  expect(data.all('SELECT data FROM message')).toEqual([{ data: expected }])
  data.takeBack()
  expect(data.all('SELECT data FROM message')).toEqual([{ data: json }])
})

describe('projects', () => {
  const worked = (id: string, worktree: string) =>
    new TestDatabase()
      .insert('project', { id, worktree, sandboxes: '[]', vcs: 'git', time_created: 1, time_updated: 1 })
      .insert('project_directory', { project_id: id, directory: worktree, time_created: 1 })
      .session({ id: 'ses_a', project_id: id, directory: worktree, path: '' })
      .session({ id: 'ses_b', project_id: 'global', directory: join(worktree, 'sub'), path: 'x' })

  test('get the id that OpenCode gives them in the new place, and nothing of the old one is left', () => {
    const work = tempDir()
    const now = repository(join(work, 'new'), 'p2')
    const data = new Data(dirname(worked('p1', join(work, 'old')).done()))
    const before = rowTexts(data.database)
    data.relink(join(work, 'old'), now)
    expect(data.all('SELECT id, worktree FROM project')).toEqual([{ id: 'p2', worktree: now }])
    expect(data.all('SELECT * FROM project_directory')).toMatchObject([{ project_id: 'p2', directory: now }])
    expect(data.all('SELECT project_id, directory, path FROM session ORDER BY id')).toEqual([
      { project_id: 'p2', directory: now, path: '' },
      { project_id: 'p2', directory: join(now, 'sub'), path: 'sub' },
    ])
    data.takeBack()
    expect(rowTexts(data.database)).toEqual(before)
  })

  test('that OpenCode opened in the new place already are put together', () => {
    const work = tempDir()
    const now = repository(join(work, 'new'), 'p1')
    const db = worked('p1', join(work, 'old'))
    db.db.exec(`UPDATE project SET sandboxes = '["${now}"]'`)
    db.insert('project_directory', { project_id: 'p1', directory: now, time_created: 2 })
    const data = new Data(dirname(db.done()))
    const before = rowTexts(data.database)
    data.relink(join(work, 'old'), now)
    expect(data.all('SELECT id, worktree, sandboxes FROM project')).toEqual([{ id: 'p1', worktree: now, sandboxes: '[]' }])
    expect(data.all('SELECT directory, time_created FROM project_directory')).toEqual([{ directory: now, time_created: 2 }])
    data.takeBack()
    expect(rowTexts(data.database)).toEqual(before)
  })
})

describe('linked work trees', () => {
  /** A repository with a work tree beside it, each with a session. */
  function linked() {
    const work = tempDir()
    const main = repository(join(work, 'main'), 'p1')
    git(main, ['-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '--quiet', '--allow-empty', '--message', 'first'])
    const tree = join(work, 'tree')
    git(main, ['worktree', 'add', '--quiet', '--detach', tree])
    const path = new TestDatabase()
      .insert('project', {
        id: 'p1',
        worktree: main,
        sandboxes: JSON.stringify([tree]),
        vcs: 'git',
        time_created: 1,
        time_updated: 1,
      })
      .session({ id: 'ses_a', project_id: 'p1', directory: main, path: '' })
      .session({ id: 'ses_b', project_id: 'p1', directory: join(tree, 'src'), path: 'src' })
      .done()
    const data = new Data(dirname(path))
    const places = () => [
      ...data.all('SELECT worktree, sandboxes FROM project'),
      ...data.all('SELECT project_id AS project, directory, path FROM session ORDER BY id'),
    ]
    return { main, tree, data, places, before: places() }
  }

  test('that moved: the project keeps its id and its own place', () => {
    const { main, tree, data, places, before } = linked()
    const now = `${tree}-2`
    git(main, ['worktree', 'move', tree, now])
    data.relink(tree, now)
    expect(places()).toEqual([
      { worktree: main, sandboxes: JSON.stringify([now]) },
      { project: 'p1', directory: main, path: '' },
      { project: 'p1', directory: join(now, 'src'), path: 'src' },
    ])
    data.takeBack()
    expect(places()).toEqual(before)
  })

  test('stay where they are when their repository moved', () => {
    const { main, tree, data, places, before } = linked()
    const now = `${main}-2`
    renameSync(main, now)
    git(now, ['worktree', 'repair', tree])
    data.relink(main, now)
    expect(places()).toEqual([
      { worktree: now, sandboxes: JSON.stringify([tree]) },
      { project: 'p1', directory: now, path: '' },
      { project: 'p1', directory: join(tree, 'src'), path: 'src' },
    ])
    data.takeBack()
    expect(places()).toEqual(before)
  })
})

describe('what goes on afterwards', () => {
  test('is kept by an undo, which takes back nothing but the place', () => {
    const work = tempDir()
    mkdirSync(join(work, 'new'))
    const path = new TestDatabase()
      .session({ id: 'ses_a', directory: join(work, 'old') })
      .message('ses_a', 'msg_a', { role: 'user' })
      .done()
    const data = new Data(dirname(path))
    data.relink(join(work, 'old'), join(work, 'new'))
    data.all("UPDATE session SET title = 'Went on', time_updated = 9 RETURNING id")
    data.all("INSERT INTO message VALUES ('msg_b', 'ses_a', 9, 9, '{}') RETURNING id")
    data.takeBack()
    expect(data.all('SELECT directory, title FROM session')).toEqual([{ directory: join(work, 'old'), title: 'Went on' }])
    expect(data.all('SELECT id FROM message')).toHaveLength(2)
  })

  test('to another place is refused, and forced', () => {
    const work = tempDir()
    for (const name of ['new', 'newer']) mkdirSync(join(work, name))
    const data = new Data(dirname(new TestDatabase().session({ id: 'ses_a', directory: join(work, 'old') }).done()))
    data.relink(join(work, 'old'), join(work, 'new'))
    data.all(`UPDATE session SET directory = '${work}/newer' RETURNING id`)
    expect(() => data.takeBack()).toThrow('since then this was changed: session ses_a')
    data.takeBack(true)
    expect(data.all('SELECT directory FROM session')).toEqual([{ directory: join(work, 'old') }])
  })
})

describe('trees of JSON files', () => {
  test('of 1.1.65: sessions, answers, projects; and back byte for byte', () => {
    const data = new Data(copyStore('1.1.65'))
    const [id] = readdirSync(join(data.data, 'storage/project')).filter((name) => name !== 'global.json')
    const now = repository(join(tempDir(), 'new'), id!.slice(0, -5))
    const before = filesOf(data.data)
    const { sessions } = data.relink('/home/dev/v1.1.65/work/parser', now)
    expect(sessions.length).toBeGreaterThan(5)
    const after = filesOf(data.data)
    expect([...after.keys()]).toEqual([...before.keys()])
    expect(JSON.parse(after.get(`storage/project/${id}`)!).worktree).toBe(now)
    const places = [...after.values()].filter((text) =>
      /"(?:directory|cwd|root|worktree)": "\/home\/dev\/v1.1.65\/work\/parser/.test(text),
    )
    expect(places).toEqual([])
    data.takeBack()
    expect(filesOf(data.data)).toEqual(before)
  })

  test('of 1.1.65 where the project gets another id: sessions go to its folder', () => {
    const data = new Data(copyStore('1.1.65'))
    const now = repository(join(tempDir(), 'new'), 'p2')
    const before = filesOf(data.data)
    data.relink('/home/dev/v1.1.65/work/parser', now)
    const own = readdirSync(join(data.data, 'storage/session/p2'))
    expect(own.length).toBeGreaterThan(5)
    expect(JSON.parse(readFileSync(join(data.data, 'storage/session/p2', own[0]!), 'utf8'))).toMatchObject({ projectID: 'p2' })
    expect(JSON.parse(readFileSync(join(data.data, 'storage/project/p2.json'), 'utf8')).worktree).toBe(now)
    data.takeBack()
    expect(filesOf(data.data)).toEqual(before)
  })

  test.each(['0.1.174', '0.5.29'])('of %s, whose folder is named after the path', (release) => {
    const data = new Data(copyStore(release))
    const now = join(tempDir(), 'new')
    mkdirSync(now)
    const before = filesOf(data.data)
    const { sessions } = data.relink(`/home/dev/v${release}/work/parser`, now)
    expect(sessions.length).toBeGreaterThan(4)
    const slug = now
      .split('/')
      .filter(Boolean)
      .join('-')
      .replace(/[^A-Za-z0-9_]/g, '-')
    expect(readdirSync(join(data.data, 'project'))).toContain(slug)
    data.takeBack()
    expect(filesOf(data.data)).toEqual(before)
  })
})

describe('what lies beside', () => {
  const snapshotOf = (data: Data, worktree: string): string => {
    const path = join(data.data, 'snapshot', projectOf(data), sha1(worktree))
    mkdirSync(join(path, 'objects/info'), { recursive: true })
    writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/main\n')
    writeFileSync(
      join(path, 'config'),
      `[core]\n\tbare = false\n\tworktree = ${worktree}\n\tfsmonitor = false\n[index]\n\tversion = 4\n`,
    )
    writeFileSync(join(path, 'objects/info/alternates'), `${worktree}/.git/objects\n/elsewhere/objects\n`)
    return path
  }

  test('snapshots go where OpenCode looks for them in the new place', () => {
    const data = new Data(copyStore('1.18.33'))
    const old = '/home/dev/v1.18.33/work/parser'
    snapshotOf(data, old)
    const now = repository(join(tempDir(), 'with "quotes"'), projectOf(data))
    const before = filesOf(data.data)
    data.relink(old, now)
    const path = join(data.data, 'snapshot', projectOf(data), sha1(now))
    expect(readFileSync(join(path, 'objects/info/alternates'), 'utf8')).toBe(`${now}/.git/objects\n/elsewhere/objects\n`)
    expect(git(path, ['config', '--file', 'config', 'core.worktree']).toString().trim()).toBe(now)
    data.takeBack()
    expect(filesOf(data.data)).toEqual(before)
  })

  test('where OpenCode has new ones already, they borrow the objects of the old ones', () => {
    const data = new Data(copyStore('1.18.33'))
    const old = '/home/dev/v1.18.33/work/parser'
    const now = repository(join(tempDir(), 'new'), projectOf(data))
    const from = snapshotOf(data, old)
    const to = snapshotOf(data, now)
    const before = filesOf(data.data)
    data.relink(old, now)
    expect(readFileSync(join(to, 'objects/info/alternates'), 'utf8')).toBe(
      `${now}/.git/objects\n/elsewhere/objects\n${from}/objects\n`,
    )
    expect(readFileSync(join(from, 'objects/info/alternates'), 'utf8')).toBe(`${now}/.git/objects\n/elsewhere/objects\n`)
    data.takeBack()
    expect(filesOf(data.data)).toEqual(before)
  })

  test('the list of files that were named often', () => {
    const home = tempDir()
    const data = new Data(join(home, '.local/share/opencode'))
    mkdirSync(data.data, { recursive: true })
    writeFileSync(data.database, readFileSync(join(copyStore('1.18.33'), 'opencode.db')))
    const list = join(home, '.local/state/opencode/frecency.jsonl')
    mkdirSync(dirname(list), { recursive: true })
    const old = '/home/dev/v1.18.33/work/parser'
    const text = `{"path":"${old}/a.ts","frequency":1}\nnot json ${old}\n{"path":"/other/b","frequency":2}\n`
    writeFileSync(list, text)
    const now = repository(join(tempDir(), 'new'), projectOf(data))
    data.relink(old, now)
    expect(readFileSync(list, 'utf8')).toBe(text.replace(`"${old}/a.ts"`, `"${now}/a.ts"`))
    data.takeBack()
    expect(readFileSync(list, 'utf8')).toBe(text)
  })
})

describe('spellings', () => {
  test('of Windows and WSL are one place', () => {
    const path = new TestDatabase()
      .session({ id: 'ses_a', directory: 'C:\\Users\\me\\app\\src' })
      .session({ id: 'ses_b', directory: '/mnt/c/Users/me/app' })
      .session({ id: 'ses_c', directory: 'C:/Users/me/app-2' })
      .done()
    const data = new Data(dirname(path))
    const now = join(tempDir(), 'app')
    mkdirSync(now)
    data.relink('c:\\users\\me\\app', now)
    expect(data.all('SELECT directory FROM session ORDER BY id').map(({ directory }) => directory)).toEqual([
      join(now, 'src'),
      now,
      'C:/Users/me/app-2',
    ])
  })

  test('through a link: sessions stand under the real path, and go to the real one', () => {
    const work = tempDir()
    mkdirSync(join(work, 'real'))
    symlinkSync(join(work, 'real'), join(work, 'link'))
    mkdirSync(join(work, 'real/new'))
    const data = new Data(dirname(new TestDatabase().session({ id: 'ses_a', directory: join(work, 'real/old') }).done()))
    data.relink(join(work, 'link/old'), join(work, 'link/new'))
    expect(data.all('SELECT directory FROM session')).toEqual([{ directory: join(work, 'real/new') }])
  })
})

describe('what is refused', () => {
  test('a new place that is not there, unless it is forced; the same place; the root; a store without sessions', () => {
    const work = tempDir()
    const data = new Data(dirname(new TestDatabase().session({ id: 'ses_a', directory: join(work, 'old') }).done()))
    expect(() => data.relink(join(work, 'old'), join(work, 'new'))).toThrow(`${join(work, 'new')} is not there`)
    expect(() => data.relink(work, `${work}/`)).toThrow('are the same directory')
    expect(() => data.relink('/', work)).toThrow('the root of everything cannot have moved')
    expect(data.relink(join(work, 'old'), '/workspace/app', { force: true }).sessions).toHaveLength(1)
    expect(data.all('SELECT directory, project_id FROM session')).toEqual([{ directory: '/workspace/app', project_id: 'global' }])
  })

  test('nothing, where nothing knows the old place: nothing is changed and nothing noted', () => {
    const data = new Data(copyStore('1.18.33'))
    const before = rowTexts(data.database)
    expect(data.relink('/home/dev/v1.18.33/work/pars', tempDir())).toMatchObject({ change: null, stores: [], sessions: [] })
    expect(rowTexts(data.database)).toEqual(before)
    expect(readdirSync(data.undo)).toEqual([])
  })

  test('into a folder below itself once, and not again and again', () => {
    const work = tempDir()
    mkdirSync(join(work, 'app/old'), { recursive: true })
    const data = new Data(dirname(new TestDatabase().session({ id: 'ses_a', directory: join(work, 'app') }).done()))
    for (let time = 0; time < 2; time++) data.relink(join(work, 'app'), join(work, 'app/old'))
    expect(data.all('SELECT directory FROM session')).toEqual([{ directory: join(work, 'app/old') }])
  })
})
