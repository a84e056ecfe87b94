import { describe, expect, test } from 'vitest'
import { layoutV1 } from './layout-v1.ts'
import { layoutV2 } from './layout-v2.ts'

const none = new Set<string>()

describe('a session of 1.x is a row', () => {
  const info = {
    id: 'ses_1',
    projectID: 'p',
    parentID: 'ses_0',
    slug: 's',
    directory: '/w',
    path: 'sub',
    title: 'T',
    version: '1.18.33',
    share: { url: 'https://x' },
    summary: { additions: 1, deletions: 2, files: 3, diffs: [{ file: 'a' }] },
    tokens: { input: 1, output: 2, reasoning: 3, cache: { read: 4, write: 5 } },
    cost: 0.5,
    revert: { messageID: 'msg_1' },
    permission: [],
    agent: 'build',
    model: { id: 'm', providerID: 'p' },
    metadata: { a: 1 },
    time: { created: 1, updated: 2, compacting: 3, archived: 4 },
  }

  test('with a column for each of its fields', () => {
    expect(layoutV1.sessionRow(info, none)).toEqual({
      id: 'ses_1',
      project_id: 'p',
      workspace_id: null,
      parent_id: 'ses_0',
      slug: 's',
      directory: '/w',
      path: 'sub',
      title: 'T',
      version: '1.18.33',
      share_url: 'https://x',
      summary_additions: 1,
      summary_deletions: 2,
      summary_files: 3,
      summary_diffs: '[{"file":"a"}]',
      metadata: '{"a":1}',
      cost: 0.5,
      tokens_input: 1,
      tokens_output: 2,
      tokens_reasoning: 3,
      tokens_cache_read: 4,
      tokens_cache_write: 5,
      revert: '{"messageID":"msg_1"}',
      permission: '[]',
      agent: 'build',
      model: '{"id":"m","providerID":"p"}',
      time_created: 1,
      time_updated: 2,
      time_compacting: 3,
      time_archived: 4,
    })
  })

  test('that does not say what an old session did not', () => {
    const row = layoutV1.sessionRow({ id: 'ses_1', time: { created: 1, updated: 2 } }, none)
    expect(row).toMatchObject({ title: '', slug: '', directory: '', metadata: null, time_archived: null })
    expect(Object.keys(row).filter((name) => /^(cost|tokens)/.test(name))).toEqual([])
  })

  test('with a column of a later release under its own name, if the table has it', () => {
    const later = { ...info, time_paused: 7, mood: 'fine', odd: { a: 1 } }
    const row = layoutV1.sessionRow(later, new Set(['time_paused', 'odd']))
    expect(row).toMatchObject({ time_paused: 7 })
    expect(row).not.toHaveProperty('mood')
    expect(row).not.toHaveProperty('odd')
  })

  test('and its messages and parts are rows with the rest as JSON', () => {
    const message = {
      info: { id: 'msg_1', sessionID: 'ses_1', role: 'user', time: { created: 5 } },
      parts: [{ id: 'prt_1', type: 'text' }],
    }
    const [rows] = layoutV1.messages({ info, messages: [message] }, 99)
    expect(rows!.message).toEqual({
      id: 'msg_1',
      session_id: 'ses_1',
      time_created: 5,
      time_updated: 99,
      data: '{"role":"user","time":{"created":5}}',
    })
    expect(rows!.parts).toEqual([
      { id: 'prt_1', message_id: 'msg_1', session_id: 'ses_1', time_created: 99, time_updated: 99, data: '{"type":"text"}' },
    ])
  })
})

describe('a session of 2.x is a row', () => {
  const time = { created: 1, updated: 2 }

  test('with its location and its fork in columns', () => {
    const info = {
      id: 'ses_1',
      projectID: 'p',
      location: { directory: '/w', workspaceID: 'w' },
      subpath: 'sub',
      fork: { sessionID: 'ses_0', boundary: { seq: 3 } },
      outcome: 'done',
      time: { ...time, idle: 3, viewed: 4 },
    }
    expect(layoutV2.sessionRow(info, none)).toMatchObject({
      directory: '/w',
      workspace_id: 'w',
      path: 'sub',
      fork_session_id: 'ses_0',
      fork_boundary: '{"seq":3}',
      idle_outcome: 'done',
      time_idle: 3,
      time_viewed: 4,
      metadata: null,
    })
  })

  test('that gives the columns which only 1.x fills back what was kept of them, and nothing else of it', () => {
    const v1 = { set: { slug: 's', version: '1.18.33', share: { url: 'u' } }, in: { time: { set: { compacting: 9 } } } }
    const row = layoutV2.sessionRow({ id: 'ses_1', time, metadata: { a: 1, ocvault: { v1 } } }, none)
    expect(row).toMatchObject({ slug: 's', version: '1.18.33', share_url: 'u', time_compacting: 9, metadata: '{"a":1}' })
  })

  test('whose metadata stay whole where more of 1.x is kept than there are columns for', () => {
    const metadata = { ocvault: { v1: { set: { slug: 's', permission: [] } } } }
    const row = layoutV2.sessionRow({ id: 'ses_1', time, metadata }, none)
    expect(row).toMatchObject({ slug: 's', metadata: JSON.stringify(metadata) })
  })

  test('and its messages are counted in their order', () => {
    const messages = ['a', 'b'].map((id, at) => ({ id, type: 'user', text: id, time: { created: 10 + at } }))
    const rows = [...layoutV2.messages({ info: { id: 'ses_1' }, messages }, 0)]
    expect(rows.map(({ message }) => message)).toEqual([
      {
        id: 'a',
        session_id: 'ses_1',
        type: 'user',
        seq: 1,
        time_created: 10,
        time_updated: 10,
        data: '{"text":"a","time":{"created":10}}',
      },
      {
        id: 'b',
        session_id: 'ses_1',
        type: 'user',
        seq: 2,
        time_created: 11,
        time_updated: 11,
        data: '{"text":"b","time":{"created":11}}',
      },
    ])
  })
})
