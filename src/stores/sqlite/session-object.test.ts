import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore, storeOf, writeTree } from '../../testing/temp.ts'
import { openCatalog } from '../catalog/catalog.ts'

const id = 'ses_1'
const infoIn = (root: string, of = id) => {
  const catalog = openCatalog({ roots: [root] })
  const found = catalog.stored(of)
  const problems = catalog.problems().map(({ reason }) => reason)
  catalog.close()
  return { shape: found?.shape, info: found?.info, problems }
}

describe('the session object of a row', () => {
  test('has the keys of OpenCode in its order, and none for what is not there', () => {
    const path = new TestDatabase().session({ id, cost: 0.5, tokens_input: 7 }).done()
    expect(JSON.stringify(infoIn(path))).toBe(
      JSON.stringify({
        shape: 'v1',
        info: {
          id,
          slug: 'a-slug',
          projectID: 'global',
          directory: '/work',
          title: 'A title',
          version: '1.18.33',
          cost: 0.5,
          tokens: { input: 7, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
          time: { created: 1000, updated: 1000 },
        },
        problems: [],
      }),
    )
  })

  test('has everything else that a row can hold, also a column that no known release has', () => {
    const test = new TestDatabase()
    test.db.exec('ALTER TABLE session ADD colour text')
    const json = {
      model: { id: 'm', providerID: 'p', variant: 'high', more: 1 },
      revert: { messageID: 'msg_1', partID: '', diff: 'd' },
      permission: [{ permission: 'bash', pattern: '*', action: 'deny' }],
      metadata: { mine: true },
      summary_diffs: [{ file: 'a', additions: 1, deletions: 0 }],
    }
    const text = Object.fromEntries(Object.entries(json).map(([column, value]) => [column, JSON.stringify(value)]))
    const plain = { workspace_id: 'wrk_1', parent_id: 'ses_0', path: 'src', agent: 'plan', share_url: 'https://x', colour: 'red' }
    const path = test.session({ id, ...text, ...plain, summary_files: 1, time_compacting: 5, time_archived: 6 }).done()
    expect(infoIn(path).info).toMatchObject({
      workspaceID: 'wrk_1',
      parentID: 'ses_0',
      path: 'src',
      agent: 'plan',
      colour: 'red',
      metadata: { mine: true },
      model: { id: 'm', providerID: 'p', variant: 'high' },
      revert: { messageID: 'msg_1', diff: 'd' },
      permission: json.permission,
      summary: { additions: 0, deletions: 0, files: 1, diffs: json.summary_diffs },
      share: { url: 'https://x' },
      time: { created: 1000, updated: 1000, compacting: 5, archived: 6 },
    })
  })

  test('leaves out JSON that is damaged, and names it', () => {
    const path = new TestDatabase().session({ id, permission: '[{"permission":' }).done()
    const { info, problems } = infoIn(path)
    expect(info).not.toHaveProperty('permission')
    expect(problems).toEqual(['session ses_1: permission is not JSON'])
  })

  test('of before 1.15 has the sums over its answers', () => {
    const tokens = { input: 3, output: 2, reasoning: 1, cache: { read: 5, write: 4 } }
    const path = new TestDatabase('1.2.1')
      .session({ id })
      .message(id, 'msg_1', { role: 'user', cost: 9 })
      .message(id, 'msg_2', { role: 'assistant', cost: 0.25, tokens })
      .message(id, 'msg_3', { role: 'assistant', cost: 0.5 })
      .message(id, 'msg_4', '{"role":"assistant"')
      .done()
    expect(infoIn(path).info).toMatchObject({ cost: 0.75, tokens })
  })

  test('of 2.x has the keys of 2.x, and keeps what 1.x has beside', () => {
    const root = copyStore('2.0-constructed')
    const fork = 'ses_dffffffffe01bbbbbbbbbbbbb2'
    const db = new DatabaseSync(`${root}/opencode.db`)
    const set =
      "share_url = 'https://x', time_compacting = 5, time_idle = 7, idle_outcome = 'failed', summary_files = 2, metadata = ?"
    db.prepare(`UPDATE session_v2 SET ${set} WHERE id = ?`).run('{"mine":1}', fork)
    db.close()
    const { shape, info } = infoIn(root, fork)
    expect(shape).toBe('v2')
    expect(info).toMatchObject({
      fork: { sessionID: 'ses_dfffffffff01bbbbbbbbbbbbb1', boundary: { type: 'through' } },
      location: { directory: '/home/dev/v1.18.33/work/parser' },
      outcome: 'failed',
      time: { idle: 7 },
      metadata: {
        mine: 1,
        ocvault: {
          v1: {
            set: { slug: 'calm-heron', version: '2.0.26', share: { url: 'https://x' }, summary: { files: 2 } },
            in: { time: { set: { compacting: 5 } } },
          },
        },
      },
    })
    expect(info).not.toHaveProperty('title')
  })
})

describe('the session object of a file', () => {
  test('is what the file says, with the place that its folder tells', () => {
    const session = { title: 'T', colour: 'red', time: { created: 1, updated: 2 } }
    const root = writeTree({
      'storage/project/abc.json': { id: 'abc', worktree: '/work' },
      'storage/session/abc/ses_1.json': session,
      'storage/session/abc/ses_2.json': { id: 'ses_2', projectID: 'p', directory: '/there', ...session },
    })
    expect(infoIn(root).info).toEqual({ ...session, id, projectID: 'abc', directory: '/work' })
    expect(infoIn(root, 'ses_2').info).toEqual({ ...session, id: 'ses_2', projectID: 'p', directory: '/there' })
  })

  test('of an export is that of the export', () => {
    const file = (info: object) => `${writeTree({ 'x.json': { info: { id, ...info }, messages: [] } })}/x.json`
    expect(infoIn(file({ directory: '/work', colour: 'red' }))).toMatchObject({ shape: 'v1', info: { colour: 'red' } })
    expect(infoIn(file({ location: { directory: '/work' } }))).toMatchObject({ shape: 'v2', info: { id } })
    expect(infoIn(storeOf('1.18.33'), 'ses_nothing').info).toBeUndefined()
  })
})
