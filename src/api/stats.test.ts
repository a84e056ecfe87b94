import { expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { storeOf } from '../testing/temp.ts'
import { parseRequest } from './requests.ts'
import { stats } from './stats.ts'

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
