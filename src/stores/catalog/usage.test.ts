import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TestDatabase } from '../../testing/database.ts'
import { storeOf, writeTree } from '../../testing/temp.ts'
import { type Catalog, openCatalog } from './catalog.ts'

const answer = (cost: unknown, input: unknown) => ({
  role: 'assistant',
  cost,
  tokens: { input, output: 2, reasoning: 0, cache: { read: 1, write: 0 } },
})
const usages = (catalog: Catalog) =>
  catalog.withUsage([...catalog.sessions({ sort: 'cost' })]).map(({ id, cost, tokens }) => [id, cost, tokens?.input])

describe('what a session used', () => {
  test('is the sum over its messages where its row does not tell, and else what the row tells', () => {
    const path = new TestDatabase('1.14.34')
      .session({ id: 'ses_1' })
      .message('ses_1', 'msg_1', answer(0.1, 10))
      .message('ses_1', 'msg_2', answer(0.2, 20))
      .message('ses_1', 'msg_3', { role: 'user' })
      .done()
    expect(usages(openCatalog({ roots: [path] }))).toEqual([['ses_1', 0.3, 30]])
    const later = new TestDatabase()
      .session({ id: 'ses_1', cost: 5, tokens_input: 50 })
      .message('ses_1', 'msg_1', answer(0.1, 10))
      .session({ id: 'ses_2', cost: 0, tokens_input: 0 })
      .message('ses_2', 'msg_2', answer(7, 70))
      .session({ id: 'ses_3', cost: 0, tokens_input: 30 })
      .session({ id: 'ses_4' })
      .done()
    const expected = [
      ['ses_2', 7, 70],
      ['ses_1', 5, 50],
      ['ses_3', 0, 30],
      ['ses_4', 0, 0],
    ]
    expect(usages(openCatalog({ roots: [later] }))).toEqual(expected)
  })

  test('is told by the ends of steps where a message does not', () => {
    const path = new TestDatabase()
      .session({ id: 'ses_1' })
      .message('ses_1', 'msg_1', { role: 'assistant', cost: 0, tokens: { input: 0, output: 0 } })
      .part('ses_1', 'msg_1', 'prt_1', { type: 'step-finish', cost: 0.25, tokens: { input: 3, output: 1 } })
      .part('ses_1', 'msg_1', 'prt_2', { type: 'step-finish', cost: 0.5, tokens: { input: 4, output: 1 } })
      .message('ses_1', 'msg_2', answer(1, 10))
      .part('ses_1', 'msg_2', 'prt_3', { type: 'step-finish', cost: 1, tokens: { input: 10, output: 2 } })
      .done()
    expect(usages(openCatalog({ roots: [path] }))).toEqual([['ses_1', 1.75, 17]])
  })

  test('leaves out what can be no price and no count', () => {
    const path = new TestDatabase().session({ id: 'ses_1' })
    const odd = ['1', -1, 1e300, null, { a: 1 }, '{"NaN":1}']
    for (const [at, value] of odd.entries()) path.message('ses_1', `msg_${at}`, answer(value, value))
    path.message('ses_1', 'msg_9', answer(1, 10))
    expect(usages(openCatalog({ roots: [path.done()] }))).toEqual([['ses_1', 1, 10]])
  })

  test('puts the sessions of all stores in one order, whether or not a store keeps sums', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(9), fc.boolean(), fc.boolean()), { maxLength: 8 }), (sessions) => {
        const tree = new Map<string, object>()
        const made = new TestDatabase()
        for (const [at, [cost, inTree, kept]] of sessions.entries()) {
          const id = `ses_${at}`
          if (inTree) {
            tree.set(`opencode/storage/session/p/${id}.json`, { id, projectID: 'p', time: { created: 1, updated: 1 } })
            tree.set(`opencode/storage/message/${id}/msg_${at}.json`, {
              id: `msg_${at}`,
              ...answer(cost, 1),
              time: { created: 1 },
            })
          } else made.session({ id, ...(kept && { cost, tokens_input: 1 }) }).message(id, `msg_${at}`, answer(cost, 1))
        }
        const roots = [made.done(), ...(tree.size > 0 ? [join(writeTree(Object.fromEntries(tree)), 'opencode')] : [])]
        const catalog = openCatalog({ roots })
        const found = [...catalog.sessions({ sort: 'cost' })]
        catalog.close()
        const byCost = sessions
          .map(([cost], at) => ({ cost, id: `ses_${at}` }))
          .sort((a, b) => b.cost - a.cost || (a.id < b.id ? -1 : 1))
        expect(found.map(({ id, cost }) => ({ id, cost }))).toEqual(byCost.map(({ id, cost }) => ({ id, cost })))
      }),
      { numRuns: 15 },
    )
  })
})

describe.each(readdirSync(join(import.meta.dirname, '../../../fixtures/stores')))('the store of %s', (release) => {
  test('has no session with answers and without usage', () => {
    const catalog = openCatalog({ roots: [storeOf(release)] })
    const sessions = catalog.withUsage([...catalog.sessions()])
    expect(sessions.length).toBeGreaterThan(0)
    for (const session of sessions) {
      const used = [...catalog.messages(session.id)].some(({ info }) => /"tokens":{[^}]*"input":[1-9]/.test(JSON.stringify(info)))
      if (used)
        expect([session.id, session.tokens]).toEqual([
          session.id,
          expect.objectContaining({ input: expect.toSatisfy((n) => n > 0) }),
        ])
    }
  })
})
