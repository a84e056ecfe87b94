import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { findSecretsIn } from '../redact/redact.ts'
import { drawn } from '../testing/secrets.ts'
import { askOnTerminal } from './review.ts'

const secret = drawn('asked about', 24)
const down = '\x1b[B'

/** What a person sees who presses these keys, and the answer. */
async function asked(keys: readonly string[]): Promise<{ answer: Promise<string>; shown: () => string }> {
  const input = new PassThrough()
  const output = new PassThrough()
  let screen = ''
  output.on('data', (data) => {
    screen += data
  })
  const [finding] = await findSecretsIn([{ output: `\x1b]0;owned\x07TOKEN=${secret}` }])
  const answer = askOnTerminal(finding!, 0, 3, { input, output })
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
  [[down, down, down, '\r'], 'all'],
])('keys %j answer %s', async (keys, expected) => {
  const { answer, shown } = await asked(keys)
  expect(await answer).toBe(expected)
  expect(shown()).toContain('token, 1 of 3')
  expect(shown()).not.toContain(secret)
  expect(shown()).not.toContain('\x1b]0;')
})

test('who gives up writes nothing', async () => {
  const { answer } = await asked(['\x03'])
  await expect(answer).rejects.toMatchObject({ code: 'refused' })
})
