import { expect, test } from 'vitest'
import { findSecretsIn } from './redact.ts'

/** Put together here, so that no scanner finds it in this file. */
const token = (n: number) => ['ghp', `R7kQ2mZx9LpWv4TnB8sYc1DfHg3JaE6uKo${n}w`].join('_')

const prompt = (text: string) => ({ info: { role: 'user' }, parts: [{ type: 'text', text }] })
const answer = (part: object, more: object = {}) => ({ info: { role: 'assistant', ...more }, parts: [part] })
const bash = (state: object) => ({ type: 'tool', tool: 'bash', state })

async function places(document: unknown): Promise<(string | null)[]> {
  return (await findSecretsIn([document])).map(({ places: [first] }) => first!.where)
}

test('places are told as the person would who was there', async () => {
  const messages = [
    prompt(`use ${token(0)}`),
    answer(bash({ status: 'completed', input: { command: 'env' }, output: `A=${token(1)}` })),
    prompt('go on'),
    answer({ type: 'reasoning', text: `why ${token(2)}` }),
    prompt(`and ${token(3)}`),
    answer({ type: 'text', text: `so ${token(4)}` }, { error: { message: `no ${token(5)}` } }),
    { info: { role: 'user' }, parts: [{ type: 'file', filename: '.env', url: `data:text/plain,${token(6)}` }] },
  ]
  expect(await places({ info: { title: `t ${token(7)}`, slug: `s ${token(8)}` }, messages })).toEqual([
    ...['the title', 'the session’s slug', 'your first prompt', 'output of bash `env`', 'the thinking in the second answer'],
    ...['your third prompt', 'an error in the third answer', 'the third answer', 'a file .env in your fourth prompt'],
  ])
})

test('a command that holds the secret is told without it, and a long one is cut', async () => {
  const command = `curl -H 'x: ${token(1)}' https://example.com/${'a'.repeat(99)}\nsecond line`
  const messages = [answer(bash({ input: { command }, error: 'none' }))]
  const [where] = await places({ info: {}, messages })
  expect(where).toMatch(/^input of bash `curl -H 'x: gh••••1w' https:\/\/example\.com\/a+…`$/)
})

test('sessions as 2.x exports them', async () => {
  const messages = [
    { type: 'user', text: `use ${token(1)}` },
    {
      type: 'assistant',
      content: [{ type: 'tool', name: 'read', state: { input: { path: 'a.ts' }, content: [{ text: token(2) }] } }],
    },
  ]
  expect(await places({ info: {}, messages })).toEqual(['your first prompt', 'output of read `a.ts`'])
})

test('what is no session has no such places, and the twelfth is no twelvest', async () => {
  expect(await places({ password: token(1) })).toEqual([null])
  const messages = [...Array(11).fill(prompt('x')), prompt(token(1)), ...Array(9).fill(prompt('x')), prompt(token(2))]
  expect(await places({ info: {}, messages })).toEqual(['your 12th prompt', 'your 22nd prompt'])
})
