import { expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { storeOf } from '../testing/temp.ts'
import { parseRequest } from './requests.ts'
import { sessionStats, stats } from './stats.ts'
import { statusLine } from './status-line.ts'

const hour = 3_600_000
const noon = Date.UTC(2026, 10, 20, 12)
const answer = (time: number, cost: number, input: number, more: object = {}) => ({
  role: 'assistant',
  providerID: 'p',
  modelID: 'm',
  agent: 'build',
  time: { created: time, completed: time + 1000 },
  cost,
  tokens: { input, output: 1, reasoning: 2, cache: { read: 3, write: 4 } },
  ...more,
})

test('each message counts once, where and when it was written', async () => {
  const path = new TestDatabase()
    .session({ id: 'ses_1', project_id: 'a', time_created: noon, time_archived: noon })
    .message('ses_1', 'msg_1', { role: 'user', time: { created: noon } }, noon)
    .message('ses_1', 'msg_2', answer(noon + 1000, 0.1, 10), noon + 1000)
    .message('ses_1', 'msg_3', answer(noon + 13 * hour, 0.2, 20, { modelID: 'n' }), noon + 13 * hour)
    .session({ id: 'ses_2', parent_id: 'ses_1', project_id: 'a', time_created: noon })
    .message('ses_2', 'msg_4', answer(noon, 0.4, 40, { agent: 'general' }), noon)
    .done()
  const catalog = openCatalog({ roots: [path] })
  const found = await stats(catalog, { by: ['day'], tz: 'UTC' })
  expect(found.total).toMatchObject({ sessions: 2, subagents: 1, messages: 4, prompts: 1, answers: 3, cost: { stored: 0.7 } })
  expect(found.total.tokens).toEqual({ input: 70, output: 3, reasoning: 6, cacheRead: 9, cacheWrite: 12 })
  const costs = async (by: 'day' | 'model' | 'agent' | 'session', more: object = {}) =>
    Object.fromEntries((await stats(catalog, { by: [by], tz: 'UTC', ...more })).rows.map(({ key, cost }) => [key, cost.stored]))
  expect(await costs('day')).toEqual({ '2026-11-20': 0.5, '2026-11-21': 0.2 })
  expect(await costs('day', { tz: 'Pacific/Kiritimati' })).toEqual({ '2026-11-21': 0.7 })
  expect(await costs('model')).toEqual({ 'p/m': 0.5, 'p/n': 0.2, null: 0 })
  expect(await costs('agent')).toEqual({ build: 0.3, general: 0.4, null: 0 })
  expect(await costs('session')).toEqual({ ses_1: 0.7 })
  expect(await costs('day', { since: noon + 500 })).toEqual({ '2026-11-20': 0.1, '2026-11-21': 0.2 })
  expect(await costs('model', { agent: 'General' })).toEqual({ 'p/m': 0.4 })
  expect(await costs('session', { archived: 'no' })).toEqual({})
})

test('a fork counts what was said in it, and its history counts where it was written', async () => {
  const found = await stats(openCatalog({ roots: [storeOf('1.18.33')] }), { by: ['session'] })
  const fork = found.rows.find(({ label }) => label === 'Fix flaky parser test (fork #1)')
  expect(fork).toMatchObject({ sessions: 1, messages: 0, tokens: { input: 0 } })
  expect(found.total).toMatchObject({ sessions: 9, messages: 26, tokens: { input: 16_042, output: 728 } })
})

test('a request from outside is checked', () => {
  expect(parseRequest('stats', { by: ['project', 'model'], since: '7d' })).toEqual({ by: ['project', 'model'], since: '7d' })
  for (const by of [['colour'], ['day', 'model', 'agent']])
    expect(() => parseRequest('stats', { by })).toThrow(expect.objectContaining({ code: 'usage' }))
})

test('a session has a row for each answer, with the context that it was given', async () => {
  const path = new TestDatabase()
    .session({ id: 'ses_1', time_created: noon, title: 'One' })
    .message('ses_1', 'msg_1', { role: 'user', time: { created: noon } }, noon)
    .message('ses_1', 'msg_2', answer(noon + 1000, 0.1, 10), noon + 1000)
    .part('ses_1', 'msg_2', 'prt_1', { type: 'tool', tool: 'bash', state: { status: 'completed', metadata: { exit: 1 } } })
    .message('ses_1', 'msg_3', answer(noon + 3000, 0, 20, { providerID: 'anthropic', modelID: 'claude-sonnet-4-5' }), noon + 3000)
    .session({ id: 'ses_2', parent_id: 'ses_1', time_created: noon })
    .message('ses_2', 'msg_4', answer(noon, 0.4, 40), noon)
    .done()
  const found = await sessionStats(openCatalog({ roots: [path] }), { session: 'ses_1' })
  expect(found.tree.map(({ id, depth, cost }) => [id, depth, cost.stored])).toEqual([
    ['ses_1', 0, 0.1],
    ['ses_2', 1, 0.4],
  ])
  expect(found.total.cost.stored).toBe(0.5)
  expect(found.answers).toMatchObject([
    { id: 'msg_2', context: 17, cost: { stored: 0.1, estimated: 0 }, tools: ['bash'], failures: 1 },
    // 20 in at $3, 3 out at $15, 3 from the cache at $0.30 and 4 into it at $3.75 a million.
    { id: 'msg_3', context: 27, cost: { stored: 0, estimated: 0.0001209 } },
  ])
})

test('a status line has today’s cost, and what the newest session used', async () => {
  const now = Date.now()
  const path = new TestDatabase()
    .session({ id: 'ses_1', title: 'One', time_created: now - 1000, time_updated: now })
    .message('ses_1', 'msg_1', answer(now, 0.25, 100), now)
    .session({ id: 'ses_2', time_created: now - 90 * 24 * hour, time_updated: now - 1 })
    .message('ses_2', 'msg_2', answer(now - 80 * 24 * hour, 7, 100), now - 80 * 24 * hour)
    .message('ses_2', 'msg_3', answer(now, 0.5, 100), now)
    .done()
  const line = await statusLine(openCatalog({ roots: [path] }), {})
  expect(line).toEqual({
    today: { stored: 0.75, estimated: 0, tokens: 220 },
    latest: { id: 'ses_1', title: 'One', cost: 0.25, model: 'm', context: 107 },
  })
})
