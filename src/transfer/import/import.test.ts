import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { omit } from '../../base/omit.ts'
import { Importer, plans } from '../../testing/importer.ts'
import { contentOf, faultsOf, type PlainSession, plainSession, sessionFiles } from '../../testing/sessions.ts'
import { copyStore, storeOf } from '../../testing/temp.ts'

/** A session without what tells where it is. */
function placeless(session: PlainSession): unknown {
  const info = omit(session.info, ['projectID', 'directory', 'path'])
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
