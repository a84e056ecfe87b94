import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { findSecretsIn } from '../redact/redact.ts'
import type { Answer } from '../redact/review.ts'
import { drawn } from '../testing/secrets.ts'
import { askOnTerminal, showFindings } from './review.ts'

const secret = drawn('asked about', 24)
const down = '\x1b[B'

const found = () => findSecretsIn([{ output: `\x1b]0;owned\x07TOKEN=${secret}` }])

/** What a person sees who presses these keys, and the answer. */
async function asked(keys: readonly string[], before?: Answer): Promise<{ answer: Promise<string>; shown: () => string }> {
  const input = new PassThrough()
  const output = new PassThrough()
  let screen = ''
  output.on('data', (data) => {
    screen += data
  })
  const [finding] = await found()
  const answer = askOnTerminal({ finding: finding!, at: 1, total: 3, ofKind: 2, before }, { input, output })
  answer.catch(() => undefined)
  for (const key of keys) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    input.write(key)
  }
  return { answer, shown: () => screen }
}

test.each([
  [['\r'], 'redact'],
  [[down, '\r'], 'keep'],
  [[down, down, '\r'], 'always'],
  [[down, down, down, '\r'], 'kind'],
  [[down, down, down, down, '\r'], 'all'],
  [[down, down, down, down, down, '\r'], 'back'],
])('keys %j answer %s', async (keys, expected) => {
  const { answer, shown } = await asked(keys)
  expect(await answer).toBe(expected)
  expect(shown()).toContain('token, 2 of 3')
  expect(shown()).not.toContain(secret)
  expect(shown()).not.toContain('\x1b]0;')
})

test('what was said before stands under the cursor', async () => {
  const { answer } = await asked(['\r'], 'keep')
  expect(await answer).toBe('keep')
})

test('all findings are shown before the first question, where they stand and masked', async () => {
  const output = new PassThrough()
  let screen = ''
  output.on('data', (data) => {
    screen += data
  })
  const [finding] = await found()
  const place = { ...finding!.places[0]!, where: 'your first prompt' }
  const many = Array.from({ length: 25 }, () => ({ ...finding!, places: [place], count: 3 }))
  showFindings(many, { input: new PassThrough(), output })
  await new Promise((resolve) => setImmediate(resolve))
  expect(screen).toContain('25 secrets in this session')
  expect(screen).toMatch(/1\. token \S+, your first prompt and 2 more places/)
  expect(screen).toContain('and 5 more')
  expect(screen).not.toContain(secret)
})

test('who gives up writes nothing', async () => {
  const { answer } = await asked(['\x03'])
  await expect(answer).rejects.toMatchObject({ code: 'refused' })
})
