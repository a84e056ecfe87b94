import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { keys } from '../stats/key-names.ts'
import type { StatsFigures, StatsRow } from '../stats/rows.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { tempDir } from '../testing/temp.ts'
import { times } from '../testing/thorough.ts'
import { stats } from './stats.ts'

// Figures are kept, as they are for people: but not in this person's cache.
beforeEach(() => void vi.stubEnv('XDG_CACHE_HOME', tempDir()))

const start = Date.UTC(2026, 2, 28, 22) // two hours before the day on which clocks go forward in Europe

interface Made {
  readonly id: string
  readonly parent: string | null
  readonly project: string
  readonly messages: readonly {
    minute: number
    model: string | null
    agent: string
    cost: number
    input: number
    tools: string[]
  }[]
}

const messages = fc.array(
  fc.record({
    minute: fc.nat(3 * 24 * 60),
    model: fc.constantFrom('anthropic/claude-sonnet-4-5', 'p/unknown', 'q/other', null),
    agent: fc.constantFrom('build', 'plan'),
    cost: fc.constantFrom(0, 0.1, 0.2, 1e-7, 123.456789),
    input: fc.nat(300_000),
    tools: fc.array(fc.constantFrom('bash', 'edit', 'read'), { maxLength: 3 }),
  }),
  { maxLength: 5 },
)
const sessions = fc
  .array(fc.record({ parent: fc.option(fc.nat(5)), project: fc.constantFrom('a', 'b'), messages }), { maxLength: 6 })
  .map((all) =>
    all.map(({ parent, ...rest }, at): Made => {
      return { id: `ses_${at}`, parent: parent === null || parent >= at ? null : `ses_${parent}`, ...rest }
    }),
  )

function databaseOf(made: readonly Made[], updated = 0): string {
  const db = new TestDatabase()
  for (const { id, parent, project, messages: all } of made) {
    db.session({ id, parent_id: parent, project_id: project, time_created: start, time_updated: start + updated })
    for (const [at, { minute, model, agent, cost, input, tools }] of all.entries()) {
      const time = start + minute * 60_000
      const [providerID, modelID] = model?.split('/') ?? []
      const about = model === null ? { role: 'user', agent } : { role: 'assistant', agent, providerID, modelID, cost }
      const tokens = { input, output: 7, reasoning: 1, cache: { read: 2, write: 3 } }
      const mid = `msg_${id}_${at}`
      db.message(id, mid, { ...about, time: { created: time, completed: time + 900 }, ...(model !== null && { tokens }) }, time)
      for (const [no, tool] of tools.entries()) {
        const state = { status: 'completed', output: 'äé', metadata: { exit: no }, time: { start: time, end: time + 500 + no } }
        db.part(id, mid, `prt_${id}_${at}_${no}`, { type: 'tool', tool, callID: `${at}-${no}`, state })
      }
    }
  }
  return db.done()
}

/** What must add up, in whole numbers. */
function sums({ messages: all, prompts, answers, calls, failures, bytes, tokens, cost, time }: StatsFigures): number[] {
  const money = [cost.stored, cost.estimated].map((dollars) => Math.round(dollars * 1e9))
  return [all, prompts, answers, calls, failures, bytes, ...Object.values(tokens), ...money, time.active, time.wall, time.tools]
}

const added = (rows: readonly StatsRow[]) =>
  rows.map(sums).reduce((total, row) => total.map((value, at) => value + row[at]!), sums(nothing))
const nothing: StatsFigures = {
  ...{ sessions: 0, subagents: 0, messages: 0, prompts: 0, answers: 0, failed: 0, interrupted: 0, reverted: 0, calls: 0 },
  ...{ failures: 0, bytes: 0, tokens: { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 } },
  ...{ cost: { stored: 0, estimated: 0 }, unpriced: [] },
  time: { active: 0, wall: 0, answers: 0, tools: 0, firstToken: { median: null }, call: { median: null, p95: null } },
}

async function ask(roots: readonly string[], request: Parameters<typeof stats>[1] = {}) {
  const catalog = openCatalog({ roots: [...roots] })
  const found = await stats(catalog, { tz: 'Europe/Berlin', ...request })
  catalog.close()
  return found
}

describe('whatever is in a store', () => {
  test('rows by any key, and by any two, add up to the total', async () => {
    await fc.assert(
      fc.asyncProperty(sessions, fc.constantFrom(...keys), fc.constantFrom(...keys), async (made, one, other) => {
        const root = databaseOf(made)
        for (const by of one === other ? [[one]] : [[one], [one, other]]) {
          const { total, rows } = await ask([root], { by })
          expect(added(rows)).toEqual(sums(total))
          expect(new Set(rows.map(({ key }) => JSON.stringify(key))).size).toBe(rows.length)
        }
      }),
      { numRuns: times(12, 200) },
    )
  })

  test('windows of time that meet add up to all of it', async () => {
    await fc.assert(
      fc.asyncProperty(sessions, fc.nat(3 * 24 * 60 * 60), async (made, seconds) => {
        const root = databaseOf(made)
        const edge = start + seconds * 1000 + 1
        const both = await Promise.all([ask([root], { until: edge }), ask([root], { since: edge })])
        const [before, after] = both.map(({ total }) => sums(total))
        expect(before!.map((value, at) => value + after![at]!)).toEqual(sums((await ask([root])).total))
      }),
      { numRuns: times(8, 100) },
    )
  })

  test('stores that have sessions in common count them once, in whichever order', async () => {
    await fc.assert(
      fc.asyncProperty(sessions, fc.nat(6), fc.nat(6), async (made, a, b) => {
        const [left, right] = [databaseOf(made.slice(0, Math.max(a, b))), databaseOf(made.slice(Math.min(a, b)), 1)]
        const whole = await ask([databaseOf(made)], { by: ['model'] })
        const one = await ask([left, right], { by: ['model'] })
        const other = await ask([right, left], { by: ['model'] })
        expect(one.total).toEqual(whole.total)
        expect([one.rows, one.total]).toEqual([other.rows, other.total])
      }),
      { numRuns: times(8, 100) },
    )
  })
})

test('what can be no count and no price is named, and breaks no sum', async () => {
  const odd = ['"12"', '-1', '1e300', 'null', '{"a":1}', '[]', 'true', '1e15']
  const db = new TestDatabase().session({ id: 'ses_1' })
  const record = (cost: string, input: string) =>
    `{"role":"assistant","time":{"created":1000},"cost":${cost},"tokens":{"input":${input},"output":1,"cache":{"read":2,"write":0}}}`
  for (const [at, value] of odd.entries()) db.message('ses_1', `msg_${at}`, record(value, value))
  db.message('ses_1', 'msg_9', record('0.5', '10'))
  const found = await ask([db.done()])
  expect(found.total).toMatchObject({ answers: 9, cost: { stored: 0.5 }, tokens: { input: 10, output: 9, cacheRead: 18 } })
  expect(found.oddities).toHaveLength(odd.length * 2)
  expect(found.oddities).toContainEqual({ sessionID: 'ses_1', messageID: 'msg_0', field: 'tokens.input', value: '"12"' })
})

test('an id of after 2026-08-14, when they began anew, changes neither day nor order', async () => {
  const [before, after] = [Date.UTC(2026, 7, 14, 11, 19), Date.UTC(2026, 7, 14, 11, 21)]
  const answer = { role: 'assistant', cost: 1, tokens: { input: 1, output: 1 } }
  const path = new TestDatabase()
    .session({ id: 'ses_1', time_created: before })
    .message('ses_1', 'msg_ffffffffffff', { ...answer, time: { created: before } }, before)
    .message('ses_1', 'msg_000000000001', { ...answer, time: { created: after } }, after)
    .done()
  const { rows } = await ask([path], { by: ['day'] })
  expect(rows).toMatchObject([{ key: '2026-08-14', messages: 2, time: { wall: 120_000 } }])
})
