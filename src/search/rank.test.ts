import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Evidence } from './evidence.ts'
import { type Field, fields } from './query.ts'
import { type Candidate, greatestScore, type Statistics, scoreOf, summed } from './rank.ts'

const now = Date.UTC(2026, 10, 21)
const dayMs = 86_400_000

const statistics: Statistics = { sessions: 1000, messages: 20_000, frequencies: [10, 600] }

/** How often each of two terms stands in a field. */
function evidence(counts: readonly Partial<Record<Field, number>>[], together = false): Evidence {
  return { counts: counts.map((each) => fields.map((field) => each[field] ?? 0)), together, best: [], total: 1 }
}

const session = (change: Partial<Candidate> = {}): Candidate => ({
  updated: now - 400 * dayMs,
  messages: 20,
  here: false,
  ...change,
})
const score = (of: Evidence, candidate = session()) => scoreOf(of, candidate, statistics, now).score

describe('a session comes before another', () => {
  const plain = evidence([{ answer: 1 }, { answer: 1 }])
  test.each<[string, number, number]>([
    ['with a rare word', score(evidence([{ answer: 1 }, {}])), score(evidence([{}, { answer: 1 }]))],
    ['with a word more often', score(evidence([{ answer: 3 }, {}])), score(evidence([{ answer: 1 }, {}]))],
    ['that asked for it', score(evidence([{ prompt: 1 }, {}])), score(evidence([{ output: 1 }, {}]))],
    ['of which it is the title', score(evidence([{ title: 1 }, {}])), score(evidence([{ prompt: 1 }, {}]))],
    ['with all words in one message', score(evidence([{ answer: 1 }, { answer: 1 }], true)), score(plain)],
    ['that is newer', score(plain, session({ updated: now - dayMs })), score(plain)],
    ['of this project', score(plain, session({ here: true })), score(plain)],
    ['that is shorter', score(plain, session({ messages: 2 })), score(plain, session({ messages: 200 }))],
  ])('%s', (_label, better, worse) => expect(better).toBeGreaterThan(worse))
})

test('the parts of a score multiply to it; half of what newness gives is lost in 45 days', () => {
  const parts = scoreOf(evidence([{ prompt: 1 }, {}], true), session({ updated: now - 45 * dayMs, here: true }), statistics, now)
  expect(parts.score).toBeCloseTo(parts.text * parts.together * parts.recency * parts.project, 10)
  expect(parts.recency).toBeCloseTo(1.3, 10)
  // A clock that is wrong makes no session newer than new.
  expect(scoreOf(evidence([{}, {}]), session({ updated: now + 9 * dayMs }), statistics, now).recency).toBeCloseTo(1.6, 10)
})

test('no older session has a greater score than is said, so a search may stop there', () => {
  const counts = fc.dictionary(fc.constantFrom(...fields), fc.nat(5000))
  fc.assert(
    fc.property(counts, counts, fc.boolean(), fc.boolean(), fc.nat(900), fc.nat(900), (a, b, one, here, age, more) => {
      const before = now - age * dayMs
      const candidate = session({ updated: before - more * dayMs, here, messages: 1 + more })
      expect(score(evidence([a, b], one), candidate)).toBeLessThanOrEqual(greatestScore(before, statistics, now, here) + 1e-9)
    }),
  )
})

test('statistics of several sources are summed', () => {
  expect(summed([statistics, { sessions: 1, messages: 2, frequencies: [3, 4] }])).toEqual({
    sessions: 1001,
    messages: 20_002,
    frequencies: [13, 604],
  })
  expect(summed([])).toEqual({ sessions: 0, messages: 0, frequencies: [] })
})
