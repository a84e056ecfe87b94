import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { omit } from '../../base/omit.ts'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { Importer, plans } from '../../testing/importer.ts'
import { contentOf, faultsOf, plainSession, sessionFiles, sessionIn } from '../../testing/sessions.ts'
import { storeOf, tempDir } from '../../testing/temp.ts'
import { listChanges } from '../undo/changes.ts'
import { takeBack } from '../undo/take-back.ts'
import { importSessions } from './import.ts'
import { locationOf } from './location.ts'

describe('undo', () => {
  test('removes what was new, the project included, and its notes', async () => {
    const importer = new Importer()
    const before = contentOf(importer.database)
    await importer.run(sessionFiles(plainSession('a'), plainSession('b')))
    expect(importer.takeBack()).toEqual({ removed: expect.arrayContaining(['ses_a', 'ses_b']), restored: [], files: 0 })
    expect(contentOf(importer.database)).toEqual(before)
    expect(readdirSync(importer.undo)).toEqual([])
  })

  test.each([
    ['the session', "UPDATE session SET title = 'mine' WHERE id = 'ses_a'"],
    ['a part', `UPDATE part SET data = '{"type":"text","text":"mine"}' WHERE id = 'prt_a0b'`],
    [
      'a message that came since',
      "INSERT INTO message (id, session_id, time_created, time_updated, data) VALUES ('msg_z', 'ses_a', 1, 1, '{}')",
    ],
    [
      'a subagent that came since',
      "INSERT INTO session (id, parent_id, project_id, slug, directory, title, version, time_created, time_updated) VALUES ('ses_z', 'ses_a', 'global', '', '', '', '', 1, 1)",
    ],
  ])('is refused when %s was changed, unless it is forced', async (_label, sql) => {
    const importer = new Importer()
    await importer.run(sessionFiles(plainSession('a')))
    const db = new DatabaseSync(importer.database)
    db.exec(sql)
    db.close()
    expect(() => importer.takeBack()).toThrow(/since then a session was changed: ses_a$/)
    expect(contentOf(importer.database).session?.length).toBeGreaterThan(0)
    importer.takeBack({ force: true })
    expect(contentOf(importer.database).message).toBeUndefined()
  })

  test('knows what was written before something failed, and nothing of that', async () => {
    const importer = new Importer()
    const db = new DatabaseSync(importer.database)
    db.exec(
      "CREATE TRIGGER odd AFTER INSERT ON part WHEN NEW.id LIKE 'prt_bad%' BEGIN UPDATE part SET data = '{}' WHERE id = NEW.id; END",
    )
    const before = contentOf(importer.database)
    const twice = plainSession('twice', 1)
    twice.messages.push(
      { ...twice.messages[0]!, parts: [] },
      { ...twice.messages[0]!, info: { ...twice.messages[0]!.info, agent: 'x' } },
    )
    const report = await importer.run(sessionFiles(plainSession('a'), plainSession('bad'), plainSession('b'), twice))
    expect(report.sessions.map(({ id, result }) => [id, result])).toEqual([
      ['ses_a', 'written'],
      ['ses_bad', 'failed'],
      ['ses_b', 'written'],
      ['ses_twice', 'failed'],
    ])
    expect(report.problems[0]?.reason).toContain('did not keep row prt_bad0a of part as it was written')
    expect(contentOf(importer.database).session).toHaveLength(2)
    expect(importer.takeBack()).toEqual({ removed: ['ses_b', 'ses_a'], restored: [], files: 0 })
    expect(contentOf(importer.database)).toEqual(before)
    db.close()
  })

  test('takes back nothing that was only noted and never written', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(plainSession('a', 2)))
    const longer = plainSession('a', 3)
    const db = new DatabaseSync(importer.database)
    await importer.run(sessionFiles(longer))
    const [change] = listChanges(importer.undo, () => expect.unreachable())
    // As if the import had been killed between its note and its commit.
    db.exec("DELETE FROM message WHERE id LIKE 'msg_a2%'")
    db.prepare('UPDATE session SET time_updated = ?, tokens_input = 2').run(plainSession('a', 2).info.time.updated)
    db.close()
    const before = contentOf(importer.database)
    expect(takeBack(change!)).toEqual({ removed: [], restored: ['ses_a'], files: 0 })
    expect(contentOf(importer.database)).toEqual(before)
  })
})

describe('into 2.x', () => {
  test('every session of 1.18.33 reads back as it was', async () => {
    const importer = new Importer('2.0-constructed')
    const report = await importer.run(storeOf('1.18.33'), { into: 'v2', keepProject: true })
    expect(report.sessions.every(({ result }) => result === 'written')).toBe(true)
    const source = openCatalog({ roots: [storeOf('1.18.33')] })
    for (const { id } of [...source.sessions()]) {
      expect(sessionIn(importer.database, id)).toEqual(sessionIn(join(storeOf('1.18.33'), 'opencode.db'), id))
    }
    source.close()
    expect(faultsOf(importer.database)).toEqual([])
    const again = await importer.run(storeOf('1.18.33'), { into: 'v2', keepProject: true })
    expect(again.sessions.every(({ result }) => result === 'skipped')).toBe(true)
  })

  test('messages are counted from 1, and events go on behind them', async () => {
    const importer = new Importer('2.0-constructed')
    await importer.run(sessionFiles(plainSession('a', 2)))
    const db = new DatabaseSync(importer.database)
    expect(
      db
        .prepare('SELECT seq FROM session_message ORDER BY seq')
        .all()
        .map(({ seq }) => seq),
    ).toEqual([1, 2, 3, 4])
    expect(db.prepare('SELECT aggregate_id, seq FROM event_sequence').all()).toEqual([
      expect.objectContaining({ aggregate_id: 'ses_a', seq: 4 }),
    ])
    // OpenCode went on, and its events were no messages.
    db.exec('UPDATE event_sequence SET seq = 9')
    await importer.run(sessionFiles(plainSession('a', 3)))
    expect(
      db
        .prepare('SELECT seq FROM session_message ORDER BY seq')
        .all()
        .map(({ seq }) => seq),
    ).toEqual([1, 2, 3, 4, 10, 11])
    db.close()
  })

  test('a message in between is a change, which undo takes back', async () => {
    const importer = new Importer('2.0-constructed')
    const whole = plainSession('a', 3)
    const part = { ...whole, messages: whole.messages.filter((_item, index) => index !== 2) }
    await importer.run(sessionFiles(part), { keepProject: true })
    const before = contentOf(importer.database)
    expect(plans(await importer.run(sessionFiles(whole), { keepProject: true }))).toEqual([['ses_a', 'replaces', 'refused']])
    await importer.run(sessionFiles(whole), { update: true, keepProject: true })
    expect(importer.session('ses_a').messages).toEqual(whole.messages)
    importer.takeBack()
    const after = omit(contentOf(importer.database), ['event_sequence'])
    const was = omit(before, ['event_sequence'])
    expect(after).toEqual(was)
  })
})

describe('where sessions go', () => {
  test('a schema that asks for a column unknown to us is refused', async () => {
    const importer = new Importer()
    const db = new DatabaseSync(importer.database)
    db.exec("ALTER TABLE message ADD COLUMN flavour text NOT NULL DEFAULT 'plain'")
    expect(plans(await importer.run(sessionFiles(plainSession('a'))))).toEqual([['ses_a', 'new', 'written']])
    db.exec(
      'CREATE TABLE part2 AS SELECT * FROM part WHERE 0; DROP TABLE part; CREATE TABLE part (id text PRIMARY KEY, message_id text, session_id text, time_created integer, time_updated integer, data text, taste text NOT NULL)',
    )
    db.close()
    await expect(importer.run(sessionFiles(plainSession('b')))).rejects.toThrow('table part asks for a column taste')
  })

  test('a column that we do not know is carried along', async () => {
    const importer = new Importer()
    const db = new DatabaseSync(importer.database)
    db.exec('ALTER TABLE session ADD COLUMN mood text')
    db.close()
    await importer.run(sessionFiles(plainSession('a', 1, { mood: 'good' })))
    expect(contentOf(importer.database).session).toMatchObject([{ mood: 'good' }])
  })

  test('without a database it is said how to get one', async () => {
    const home = tempDir()
    mkdirSync(join(home, '.local'))
    writeFileSync(join(home, 'x'), '')
    await expect(importSessions([sessionFiles(plainSession('a'))], { root: home })).rejects.toThrow(
      /no OpenCode|no OpenCode database/,
    )
  })
})

describe('where a session is that is there already', () => {
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main', ...args], {
      cwd,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  /** A repository, which is a project. */
  function repository(): string {
    const root = realpathSync(tempDir())
    git(root, 'init')
    git(root, 'commit', '--allow-empty', '-m', root)
    return root
  }
  const tree = () => [plainSession('a'), plainSession('b', 1, { parentID: 'ses_a' })]
  const places = (importer: Importer) =>
    contentOf(importer.database).session!.map((row) => {
      const { project_id, directory } = row as { project_id: string; directory: string }
      return [project_id, directory]
    })

  test('follows a directory that was moved, with its subagents, as its messages do; undo takes it back', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(...tree()), { keepProject: true })
    const before = contentOf(importer.database)
    const moved = { keepProject: true, map: [['/old/place', '/new/home']] as const }
    const refused = await importer.run(importer.database, moved)
    expect(plans(refused)).toEqual([
      ['ses_a', 'replaces', 'refused'],
      ['ses_b', 'replaces', 'refused'],
    ])
    expect(refused.sessions[0]!.differences[0]).toBe('its directory, here /old/place/src and there /new/home/src')
    expect(contentOf(importer.database)).toEqual(before)
    await importer.run(importer.database, { ...moved, update: true })
    expect(places(importer)).toEqual([
      ['abc', '/new/home/src'],
      ['abc', '/new/home/src'],
    ])
    expect(importer.session('ses_a').messages[1]!.info.path).toEqual({ cwd: '/new/home/src', root: '/new/home' })
    expect(faultsOf(importer.database)).toEqual([])
    importer.takeBack()
    expect(contentOf(importer.database)).toEqual(before)
  })

  test('follows it though what is here is newer, which stays', async () => {
    const importer = new Importer()
    const newer = plainSession('a', 2, { title: 'Newer' })
    newer.info.time.updated += 5000
    await importer.run(sessionFiles(newer), { keepProject: true })
    const older = sessionFiles(plainSession('a', 2))
    const map = [['/old/place', '/new/home']] as const
    await importer.run(older, { keepProject: true, update: true, map })
    expect(importer.session('ses_a').info).toMatchObject({ title: 'Newer', directory: '/new/home/src' })
    expect(importer.session('ses_a').messages).toHaveLength(4)
  })

  test('is this project when it is replaced, and with it that of its subagents; undo takes it back', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(...tree()), { keepProject: true })
    const before = contentOf(importer.database)
    const project = repository()
    const report = await importer.run(sessionFiles(...tree()), { project, update: true })
    expect(plans(report)).toEqual([
      ['ses_a', 'replaces', 'written'],
      ['ses_b', 'replaces', 'written'],
    ])
    const { id } = locationOf(project, 'v1', true).project
    expect(places(importer)).toEqual([
      [id, project],
      [id, project],
    ])
    expect(faultsOf(importer.database)).toEqual([])
    importer.takeBack()
    expect(contentOf(importer.database)).toEqual(before)
  })

  test('stays what it is in a subfolder of the project, and in a directory that is no project', async () => {
    const importer = new Importer()
    const project = repository()
    mkdirSync(join(project, 'sub'))
    await importer.run(sessionFiles(plainSession('a')), { project: join(project, 'sub') })
    const before = places(importer)
    expect(plans(await importer.run(sessionFiles(plainSession('a')), { project, update: true }))[0]![1]).toBe('identical')
    const outside = await importer.run(sessionFiles(plainSession('a')), { update: true })
    expect(outside.notes).toEqual([`session ses_a is here already, and stays in ${join(project, 'sub')}`])
    expect(places(importer)).toEqual(before)
    await importer.run(sessionFiles(plainSession('a')), { update: true, relocate: 'always' })
    expect(places(importer)).toEqual([['global', realpathSync(importer.project)]])
  })

  test('is told where it was not asked for in vain', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(plainSession('a')), { keepProject: true })
    const report = await importer.run(sessionFiles(plainSession('a', 3)), { project: repository() })
    expect(plans(report)).toEqual([['ses_a', 'adds', 'written']])
    expect(report.notes).toEqual(['session ses_a is here already, and stays in /old/place/src'])
  })

  test('changes in a JSON tree as well', async () => {
    const root = join(tempDir(), 'storage')
    const undo = join(tempDir(), 'undo')
    const into = { root, into: 'json', undo } as const
    await importSessions([sessionFiles(...tree())], { ...into, keepProject: true })
    const files = () => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
    const before = files()
    const project = repository()
    await importSessions([sessionFiles(...tree())], { ...into, project, update: true })
    const { id } = locationOf(project, 'v1', false).project
    expect(files().filter((path) => /^session\/.*json$/.test(path))).toEqual([
      `session/${id}/ses_a.json`,
      `session/${id}/ses_b.json`,
    ])
    const catalog = openCatalog({ roots: [root] })
    expect(catalog.session('ses_b')).toMatchObject({ projectID: id, directory: project, parentID: 'ses_a' })
    catalog.close()
    const [change] = listChanges(undo, (path, reason) => expect.unreachable(`${path}: ${reason}`))
    takeBack(change!)
    expect(files()).toEqual(before)
  })
})
