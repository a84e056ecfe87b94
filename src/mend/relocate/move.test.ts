import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { git } from '../../base/git.ts'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { listChanges } from '../../transfer/undo/changes.ts'
import { takeBack } from '../../transfer/undo/take-back.ts'
import { moveSessions } from './move.ts'

function query(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path)
  const rows = db.prepare(sql).all()
  db.close()
  return rows.map((row) => ({ ...row }))
}

function repository(id: string): string {
  const path = join(tempDir(), 'other')
  mkdirSync(path)
  git(path, ['init', '-q'])
  writeFileSync(join(path, '.git', 'opencode'), id)
  return path
}

test('sessions go to a project that is not in the database yet, in rows and in the log of events, and come back', () => {
  const to = repository('p2')
  const path = new TestDatabase()
    .insert('project', { id: 'p1', worktree: '/one', sandboxes: '[]', time_created: 1, time_updated: 1 })
    .session({ id: 'ses_a', project_id: 'p1', directory: '/one/src', path: 'src' })
    .session({ id: 'ses_k', project_id: 'p1', directory: '/one', parent_id: 'ses_a' })
    .session({ id: 'ses_b', project_id: 'p1', directory: '/one' })
    .message('ses_a', 'msg_a', { role: 'assistant', path: { cwd: '/one/src', root: '/one' } })
    .insert('event_sequence', { aggregate_id: 'ses_a', seq: 0 })
    .insert('event', {
      id: 'evt_a',
      aggregate_id: 'ses_a',
      seq: 0,
      type: 'session.updated.1',
      data: '{"info":{"directory":"/one/src", "projectID":"p1","path":"src"}}',
    })
    .done()
  const undo = join(tempDir(), 'undo')
  const state = () => ['session', 'project', 'message', 'event'].map((table) => query(path, `SELECT * FROM ${table} ORDER BY id`))
  const before = state()
  const ids = new Set(['ses_a', 'ses_k'])
  const dry = moveSessions(ids, to, { roots: [dirname(path)], undo, dryRun: true })
  expect([state(), dry.change]).toEqual([before, null])
  const { sessions } = moveSessions(ids, to, { roots: [dirname(path)], undo })
  expect(sessions.map(({ id }) => id)).toEqual(['ses_a', 'ses_k'])
  expect(query(path, 'SELECT id, project_id, directory, path FROM session ORDER BY id')).toEqual([
    { id: 'ses_a', project_id: 'p2', directory: to, path: '' },
    { id: 'ses_b', project_id: 'p1', directory: '/one', path: null },
    { id: 'ses_k', project_id: 'p2', directory: to, path: null },
  ])
  expect(query(path, "SELECT id, worktree FROM project WHERE id = 'p2'")).toEqual([{ id: 'p2', worktree: to }])
  expect(query(path, 'SELECT data FROM event')).toEqual([{ data: `{"info":{"directory":"${to}", "projectID":"p2","path":""}}` }])
  // Where answers ran is what happened.
  expect(state()[2]).toEqual(before[2])
  expect(moveSessions(ids, to, { roots: [dirname(path)], undo })).toMatchObject({ change: null, stores: [] })
  takeBack(listChanges(undo, () => undefined)[0]!)
  expect(state()).toEqual(before)
})

test('a project that another session came to since stays when the move is taken back', () => {
  const to = repository('p2')
  const path = new TestDatabase().session({ id: 'ses_a' }).done()
  const undo = join(tempDir(), 'undo')
  moveSessions(new Set(['ses_a']), to, { roots: [dirname(path)], undo })
  query(
    path,
    `INSERT INTO session (id, project_id, directory, slug, title, version, time_created, time_updated)
    VALUES ('ses_n', 'p2', '${to}', 's', 't', 'v', 1, 1) RETURNING id`,
  )
  takeBack(listChanges(undo, () => undefined)[0]!)
  expect(query(path, 'SELECT id, project_id FROM session ORDER BY id')).toEqual([
    { id: 'ses_a', project_id: 'global' },
    { id: 'ses_n', project_id: 'p2' },
  ])
})

test('in a tree of 1.1.65 the file goes to the folder of the project', () => {
  const data = copyStore('1.1.65')
  const to = repository('p2')
  const undo = join(tempDir(), 'undo')
  const folders = () => readdirSync(join(data, 'storage/session')).sort()
  const [project] = folders().filter((name) => name !== 'global')
  const [file] = readdirSync(join(data, 'storage/session', project!))
  const before = readFileSync(join(data, 'storage/session', project!, file!), 'utf8')
  moveSessions(new Set([file!.slice(0, -5)]), to, { roots: [data], undo })
  expect(JSON.parse(readFileSync(join(data, 'storage/session/p2', file!), 'utf8'))).toEqual({
    ...JSON.parse(before),
    projectID: 'p2',
    directory: to,
  })
  takeBack(listChanges(undo, () => undefined)[0]!)
  expect(readFileSync(join(data, 'storage/session', project!, file!), 'utf8')).toBe(before)
})

test('outside of git a session of 1.x goes to the project of all, and one of 2.x to its own', () => {
  const data = copyStore('2.0-constructed')
  const path = join(data, 'opencode.db')
  const to = tempDir()
  const ids = new Set(query(path, 'SELECT id FROM session_v2').map(({ id }) => String(id)))
  const both = query(path, 'SELECT id FROM session').filter(({ id }) => ids.has(String(id)))
  moveSessions(ids, to, { roots: [data], undo: join(tempDir(), 'undo') })
  const [second] = query(path, 'SELECT DISTINCT project_id AS id FROM session_v2')
  expect(query(path, `SELECT worktree FROM project WHERE id = '${second!.id}'`)).toEqual([{ worktree: to }])
  const list = both.map(({ id }) => `'${id}'`).join(', ')
  const first = query(path, `SELECT DISTINCT project_id AS id, directory FROM session WHERE id IN (${list})`)
  if (both.length > 0) expect(first).toEqual([{ id: 'global', directory: to }])
  expect(query(path, 'PRAGMA foreign_key_check')).toEqual([])
})
