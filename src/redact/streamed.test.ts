import { expect, test } from 'vitest'
import { drawn, planted } from '../testing/secrets.ts'
import { fields } from '../testing/session-fields.ts'
import { findSecretsIn, redactSession, redactSessions } from './redact.ts'

/** Messages that are made when they are taken, and how many of them were so far. */
class Made {
  readonly length: number
  taken = 0
  readonly #texts: readonly string[]

  constructor(messages: readonly unknown[]) {
    this.#texts = messages.map((message) => JSON.stringify(message))
    this.length = messages.length
  }

  *[Symbol.iterator](): Iterator<unknown> {
    for (const text of this.#texts) {
      this.taken++
      yield JSON.parse(text)
    }
  }
}

const documents = Object.values(fields).map((field, index) => {
  const secrets = planted().filter((_item, at) => (at + index) % 7 === 0)
  const { info, messages } = field(secrets.map(({ text }) => text).join('\n'))
  return { info, messages: [...messages, ...fields.prompt!(`[redacted:token:${index}]`).messages], sums: { a: drawn('sum', 9) } }
})
const streams = () => documents.map(({ messages, ...rest }) => ({ ...rest, messages: new Made(messages) }))

test('a session whose messages are read one by one is redacted just so as one in memory', async () => {
  const whole = await redactSessions(documents)
  const streamed = await redactSessions(streams())
  expect(streamed.findings).toEqual(whole.findings)
  expect(streamed.placeholders).toEqual(whole.placeholders)
  for (const read of [1, 2]) {
    const after = streamed.documents.map(({ info, messages, sums }) => ({ info, messages: [...messages], sums }))
    expect(after, `read ${read}`).toEqual(whole.documents)
  }
  expect(await findSecretsIn(streams())).toEqual(await findSecretsIn(documents))
})

test('no message is read before it is asked for', async () => {
  const messages = new Made(documents[4]!.messages)
  const { document } = await redactSession({ info: {}, messages })
  expect(messages.taken).toBe(2 * messages.length)
  for (const _ of document.messages) break
  expect(messages.taken).toBe(2 * messages.length + 1)
})

test('what was written meanwhile is not passed on: nobody has looked for secrets in it', async () => {
  const prompt = (text: string) => fields.prompt!(text).messages[0]!
  const changing = (before: readonly unknown[], after: readonly unknown[], from: number) => {
    let read = 0
    return { info: {}, messages: { length: 1, [Symbol.iterator]: () => (read++ < from ? before : after)[Symbol.iterator]() } }
  }
  const [calm, secret] = [prompt('nothing to see here'), prompt(`TOKEN=${drawn('late', 24)}`)]
  for (const [before, after] of [
    [[calm], [secret]],
    [[secret], [calm]],
    [[calm], [calm, calm]],
    [[calm], []],
    [[], [secret]],
  ]) {
    await expect(redactSession(changing(before!, after!, 1))).rejects.toThrow(/changed while it was read/)
    const { document } = await redactSession(changing(before!, after!, 2))
    expect(() => [...document.messages]).toThrow(/changed while it was read/)
  }
})
