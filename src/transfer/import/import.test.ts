import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import {
  contentOf,
  emptyDatabase,
  faultsOf,
  type PlainSession,
  plainSession,
  sessionFiles,
  sessionIn,
} from '../../testing/sessions.ts'
import { copyStore, storeOf, tempDir } from '../../testing/temp.ts'
import { listChanges } from '../undo/changes.ts'
import { takeBack } from '../undo/take-back.ts'
import { type ImportOptions, importSessions } from './import.ts'
import { locationOf } from './location.ts'
import type { ImportReport } from './report.ts'

/** Imports into a database, with notes for undoing in a folder of the test's own. */
class Importer {
  readonly database: string
  readonly undo = join(tempDir(), 'undo')
  readonly project = tempDir()

  constructor(release?: string) {
    this.database = emptyDatabase(release)
  }

  run(paths: string | string[], options: ImportOptions = {}): Promise<ImportReport> {
    const project = options.keepProject ? {} : { project: this.project }
    return importSessions([paths].flat(), { root: this.database, undo: this.undo, ...project, ...options })
  }

  session(id: string): PlainSession {
    const session = sessionIn(this.database, id)
    if (!session) throw new Error(`${id} is not there`)
    return session
  }

  takeBack(options = {}): unknown {
    const [change] = listChanges(this.undo, (path, reason) => expect.unreachable(`${path}: ${reason}`))
    return takeBack(change!, options)
  }
}

const plans = ({ sessions }: ImportReport) => sessions.map(({ id, plan, result }) => [id, plan, result])

/** A session without what tells where it is. */
function placeless(session: PlainSession): unknown {
  const { projectID: _, directory: __, path: ___, ...info } = session.info
  return { info, messages: session.messages }
}

describe('a session that is not there', () => {
  test('comes in with everything but its place, which is this directory', async () => {
    const importer = new Importer()
    const session = plainSession('a')
    const report = await importer.run(sessionFiles(session))
    expect(plans(report)).toEqual([['ses_a', 'new', 'written']])
    expect(placeless(importer.session('ses_a'))).toEqual(placeless(session))
    expect(importer.session('ses_a').info).toMatchObject({ projectID: 'global', directory: importer.project })
    expect(contentOf(importer.database).project).toMatchObject([{ id: 'global', worktree: '/', sandboxes: '[]' }])
    expect(faultsOf(importer.database)).toEqual([])
  })

  test.each(['1.2.1', '1.2.15', '1.3.2', '1.14.34', '1.14.48', '1.15.13', '1.17.0', '1.18.34'])(
    'into a database of %s',
    async (release) => {
      const importer = new Importer(release)
      const session = plainSession('a')
      const report = await importer.run(sessionFiles(session))
      expect(plans(report)).toEqual([['ses_a', 'new', 'written']])
      expect(importer.session('ses_a').messages).toEqual(session.messages)
      expect(importer.session('ses_a').info).toMatchObject({ title: 'Session a', slug: 'a-slug', time: session.info.time })
      const keepsCost = !/^1\.(2|3|14)\./.test(release)
      expect(report.notes).toEqual(keepsCost ? [] : [expect.stringContaining('has no place for: cost')])
      expect(plans(await importer.run(sessionFiles(session)))).toEqual([['ses_a', 'identical', 'skipped']])
      expect(faultsOf(importer.database)).toEqual([])
    },
  )

  test('stays in its project when asked, and where that is, is made known', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(plainSession('a')), { keepProject: true })
    expect(importer.session('ses_a').info).toMatchObject({ projectID: 'abc', directory: '/old/place/src', path: 'src' })
    expect(contentOf(importer.database).project).toMatchObject([{ id: 'abc', worktree: '/old/place', vcs: 'git' }])
    expect(contentOf(importer.database).project_directory).toMatchObject([{ project_id: 'abc', directory: '/old/place' }])
  })

  test('has its directories rewritten, and never what was said', async () => {
    const importer = new Importer()
    const session = plainSession('a')
    await importer.run(sessionFiles(session), { keepProject: true, map: [['/old/place', '/new/home']] })
    const { info, messages } = importer.session('ses_a')
    expect(info).toMatchObject({ directory: '/new/home/src', path: 'src' })
    expect(messages[1]!.info.path).toEqual({ cwd: '/new/home/src', root: '/new/home' })
    expect(messages[0]!.parts[0]!.text).toBe('question 0 in /old/place')
    expect(contentOf(importer.database).project).toMatchObject([{ worktree: '/new/home' }])
  })
})

describe('a session that is there', () => {
  test('and is the same, is skipped: not a byte is written', async () => {
    const importer = new Importer()
    const files = sessionFiles(plainSession('a'))
    await importer.run(files)
    const before = contentOf(importer.database)
    const report = await importer.run(files, { keepProject: true })
    expect(plans(report)).toEqual([['ses_a', 'identical', 'skipped']])
    expect(report.change).toBeNull()
    expect(contentOf(importer.database)).toEqual(before)
    expect(readdirSync(importer.undo)).toHaveLength(1)
  })

  test('gets the messages that it has not, keeps its place, and gives them back', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(plainSession('a', 2)), { keepProject: true })
    const before = contentOf(importer.database)
    const longer = plainSession('a', 3)
    const report = await importer.run(sessionFiles(longer))
    expect(report.sessions).toMatchObject([
      { plan: 'adds', result: 'written', messages: { total: 6, added: 2, changed: 0, missing: 0 } },
    ])
    expect(placeless(importer.session('ses_a'))).toEqual(placeless(longer))
    expect(importer.session('ses_a').info.directory).toBe('/old/place/src')
    importer.takeBack()
    expect(contentOf(importer.database)).toEqual(before)
  })

  test('and has more, is left alone', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(plainSession('a', 3)))
    expect(plans(await importer.run(sessionFiles(plainSession('a', 2))))).toEqual([['ses_a', 'behind', 'skipped']])
  })

  test('and differs, is refused with what differs; --update replaces it, and undo restores it', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(plainSession('a')))
    const before = contentOf(importer.database)
    const other = plainSession('a')
    other.info.title = 'Another title'
    other.messages[1]!.parts[0]!.text = 'another answer'
    other.messages[3]!.parts = []
    const files = sessionFiles(other)
    const refused = await importer.run(files)
    expect(refused.sessions).toMatchObject([{ plan: 'replaces', result: 'refused' }])
    expect(refused.sessions[0]!.differences).toEqual([
      'its title, here "Session a" and there "Another title"',
      'message msg_a0b',
      'message msg_a1b',
    ])
    expect(contentOf(importer.database)).toEqual(before)
    expect(plans(await importer.run(files, { update: true, dryRun: true }))).toEqual([['ses_a', 'replaces', 'written']])
    expect(contentOf(importer.database)).toEqual(before)
    await importer.run(files, { update: true })
    expect(placeless(importer.session('ses_a'))).toEqual(placeless(other))
    importer.takeBack()
    expect(contentOf(importer.database)).toEqual(before)
    expect(faultsOf(importer.database)).toEqual([])
  })

  test('and went another way, is refused whatever is asked but a copy', async () => {
    const importer = new Importer()
    const ours = plainSession('a', 3)
    await importer.run(sessionFiles(ours))
    const theirs = plainSession('a', 2)
    theirs.messages[3]!.info.id = 'msg_other'
    theirs.messages[3]!.parts[0]!.id = 'prt_other'
    theirs.messages[3]!.parts[0]!.messageID = 'msg_other'
    const files = sessionFiles(theirs)
    expect(plans(await importer.run(files, { update: true }))).toEqual([['ses_a', 'diverged', 'refused']])
    const { sessions } = await importer.run(files, { asCopy: true })
    expect(sessions).toMatchObject([{ plan: 'new', result: 'written', copyOf: 'ses_a', title: 'Session a (copy)' }])
    expect(placeless(importer.session('ses_a'))).toEqual(placeless(ours))
    expect(importer.session(sessions[0]!.id).messages.map(({ parts }) => parts[0]!.text)).toEqual(
      theirs.messages.map(({ parts }) => parts[0]!.text),
    )
  })

  test('does not lose messages to a session of another id', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(plainSession('a')))
    const thief = plainSession('a', 2, { id: 'ses_thief' })
    const report = await importer.run(sessionFiles(thief), { update: true })
    expect(report.sessions).toMatchObject([{ plan: 'diverged', result: 'refused' }])
    expect(report.sessions[0]!.differences[0]).toBe('message msg_a0a belongs to session ses_a here')
    const thiefOfParts = plainSession('z')
    thiefOfParts.messages[0]!.parts[0]!.id = 'prt_a0a'
    const other = await importer.run(sessionFiles(thiefOfParts), { update: true })
    expect(other.sessions).toMatchObject([
      { plan: 'diverged', result: 'refused', differences: ['part prt_a0a belongs to session ses_a here'] },
    ])
  })
})

test('a session of the 2.0 preview gets no second transcript', async () => {
  const importer = new Importer()
  const database = join(copyStore('2.0-preview'), 'opencode.db')
  const { sessions } = await importer.run(storeOf('2.0-preview'), { root: database })
  const preview = sessions.filter(({ plan }) => plan !== 'identical')
  expect(preview.length).toBeGreaterThan(0)
  expect(preview.every(({ plan, result }) => plan === 'diverged' && result === 'refused')).toBe(true)
  expect(preview[0]!.differences).toContain('its messages here are those of the 2.0 preview')
})

describe('trees of sessions', () => {
  const parent = plainSession('p', 1)
  const task = {
    type: 'tool',
    callID: 'call_1',
    tool: 'task',
    id: 'prt_task',
    sessionID: 'ses_p',
    messageID: 'msg_p0b',
    state: {
      status: 'completed',
      title: 'count',
      input: { prompt: 'count in ses_c', task_id: 'ses_c' },
      time: { start: 1, end: 2 },
      output: '<task id="ses_c00000000000000000000000" state="completed">',
      metadata: { sessionId: 'ses_c00000000000000000000000' },
    },
  }
  const child = plainSession('c', 1, {
    id: 'ses_c00000000000000000000000',
    parentID: 'ses_p',
    title: 'count (@general subagent)',
  })
  for (const { info, parts } of child.messages) {
    info.sessionID = child.info.id
    for (const part of parts) part.sessionID = child.info.id
  }
  parent.messages[1]!.parts.push(task)

  test('come in parents first, whatever the order of the files', async () => {
    const importer = new Importer()
    const report = await importer.run(sessionFiles(child, parent))
    expect(report.sessions.map(({ id }) => id)).toEqual(['ses_p', child.info.id])
    expect(importer.session(child.info.id).info.parentID).toBe('ses_p')
  })

  test('are copied as a whole, with every reference in them', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(parent, child))
    const other = structuredClone(parent)
    other.info.title = 'Changed'
    other.info.revert = { messageID: 'msg_p0b', partID: 'prt_task' }
    const { sessions } = await importer.run(sessionFiles(other, child), { asCopy: true })
    const [copy, childCopy] = sessions.map(({ id }) => importer.session(id)) as [PlainSession, PlainSession]
    expect(childCopy.info).toMatchObject({ parentID: copy.info.id, title: 'count (@general subagent)' })
    const [prompt, answer] = copy.messages as [PlainSession['messages'][0], PlainSession['messages'][0]]
    expect(answer.info).toMatchObject({ parentID: prompt.info.id, sessionID: copy.info.id })
    const tool = answer.parts.find(({ type }) => type === 'tool')!
    expect(copy.info.revert).toEqual({ messageID: answer.info.id, partID: tool.id })
    expect(tool.state).toMatchObject({
      metadata: { sessionId: childCopy.info.id },
      output: `<task id="${childCopy.info.id}" state="completed">`,
      input: { prompt: 'count in ses_c' },
    })
    const ids = [...JSON.stringify([copy, childCopy]).matchAll(/(ses|msg|prt)_[0-9a-zA-Z]+/g)].map(([id]) => id)
    const old = new Set([...JSON.stringify([parent, child]).matchAll(/(ses|msg|prt)_[0-9a-zA-Z]+/g)].map(([id]) => id))
    old.delete('ses_c') // is said in a prompt, and no session's id
    expect(ids.filter((id) => old.has(id))).toEqual([])
  })

  test('whose parent is nowhere, or whose parents go round, become roots', async () => {
    const importer = new Importer()
    const orphan = plainSession('o', 1, { parentID: 'ses_nowhere' })
    const [x, y] = [plainSession('x', 1, { parentID: 'ses_y' }), plainSession('y', 1, { parentID: 'ses_x' })]
    const self = plainSession('s', 1, { parentID: 'ses_s' })
    const report = await importer.run(sessionFiles(orphan, x, y, self))
    expect(report.sessions.every(({ result }) => result === 'written')).toBe(true)
    expect(report.sessions.filter(({ note }) => note !== null).map(({ id }) => id)).toEqual(['ses_o', 'ses_x', 'ses_s'])
    expect(importer.session('ses_o').info.parentID).toBeUndefined()
    expect(importer.session('ses_y').info.parentID).toBe('ses_x')
  })

  test('go where their parent is, if that is here already', async () => {
    const importer = new Importer()
    await importer.run(sessionFiles(parent), { keepProject: true })
    await importer.run(sessionFiles(child))
    expect(importer.session(child.info.id).info).toMatchObject({
      projectID: 'abc',
      directory: '/old/place/src',
      parentID: 'ses_p',
    })
  })

  test('are written whole or not at all', async () => {
    const importer = new Importer()
    const bad = structuredClone(child)
    bad.messages.push(structuredClone(bad.messages[0]!))
    bad.messages[2]!.info.agent = 'other'
    const fine = plainSession('f')
    const report = await importer.run(sessionFiles(parent, bad, fine))
    expect(report.sessions.map(({ id, result }) => [id, result])).toEqual([
      ['ses_p', 'failed'],
      [child.info.id, 'failed'],
      ['ses_f', 'written'],
    ])
    expect(report.problems).toEqual([
      { path: expect.any(String), reason: expect.stringContaining('is there twice, with different content') },
    ])
    expect(Object.keys(contentOf(importer.database))).toContain('session')
    expect(contentOf(importer.database).session).toHaveLength(1)
  })
})

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
  ])('is refused when %s was changed, unless it is forced', async (_, sql) => {
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
    const part = { ...whole, messages: whole.messages.filter((_, index) => index !== 2) }
    await importer.run(sessionFiles(part), { keepProject: true })
    const before = contentOf(importer.database)
    expect(plans(await importer.run(sessionFiles(whole), { keepProject: true }))).toEqual([['ses_a', 'replaces', 'refused']])
    await importer.run(sessionFiles(whole), { update: true, keepProject: true })
    expect(importer.session('ses_a').messages).toEqual(whole.messages)
    importer.takeBack()
    const { event_sequence: _, ...after } = contentOf(importer.database)
    const { event_sequence: __, ...was } = before
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
