import { expect, test } from 'vitest'
import type { Finding } from './redact.ts'
import { type Answer, type Question, reviewFindings } from './review.ts'

const finding = (kind: string, name: string): Finding => ({
  kind,
  hash: `sha256:${name}`,
  masked: 'ab…yz',
  places: [{ document: 0, path: 'messages[0]', where: 'your first prompt', messageID: null, context: '' }],
  count: 1,
  allowedBy: null,
})

const findings = [finding('token', 'a'), finding('password', 'b'), finding('token', 'c'), finding('password', 'd')]

/** What comes of these answers, and what was asked on the way. */
async function reviewed(...answers: Answer[]) {
  const asked: Question[] = []
  const { kept, rules } = await reviewFindings(findings, async (question) => {
    asked.push(question)
    return answers.shift() ?? expect.fail('one question too many')
  })
  expect(answers).toEqual([])
  return {
    kept: Array.from(kept, ({ hash }) => hash.slice(-1)).join(''),
    rules,
    asked: asked.map(({ at }) => at),
    questions: asked,
  }
}

test('each is asked about in turn; what is kept always becomes a rule', async () => {
  const { kept, rules, asked } = await reviewed('redact', 'keep', 'always', 'redact')
  expect([kept, asked]).toEqual(['bc', [0, 1, 2, 3]])
  expect(rules).toEqual([{ rule: 'token', match: 'sha256:c', reason: 'kept in a review (your first prompt)' }])
})

test('all, and all of a kind, are redacted without further questions', async () => {
  expect(await reviewed('keep', 'all')).toMatchObject({ kept: 'a', asked: [0, 1] })
  expect(await reviewed('kind', 'keep', 'keep')).toMatchObject({ kept: 'bd', asked: [0, 1, 3] })
  const { questions } = await reviewed('keep', 'kind', 'redact')
  expect(questions.map(({ ofKind }) => ofKind)).toEqual([2, 2, 1])
})

test('one can go back, also over what was decided with its kind, and sees what was said', async () => {
  const back = await reviewed('keep', 'back', 'redact', 'keep', 'redact', 'redact')
  expect(back).toMatchObject({ kept: 'b', asked: [0, 1, 0, 1, 2, 3] })
  expect(back.questions[2]!.before).toBe('keep')
  expect(await reviewed('kind', 'keep', 'back', 'back', 'keep', 'redact', 'keep', 'redact')).toMatchObject({
    kept: 'ac',
    asked: [0, 1, 3, 1, 0, 1, 2, 3],
  })
  expect(await reviewed('back', 'all')).toMatchObject({ kept: '', asked: [0, 0] })
})
