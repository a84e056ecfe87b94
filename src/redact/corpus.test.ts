import { describe, expect, test } from 'vitest'
import { lookalikes } from '../testing/lookalikes.ts'
import { planted, spellings } from '../testing/secrets.ts'
import { fields } from '../testing/session-fields.ts'
import { leavesOf } from './document.ts'
import { redactSessions } from './redact.ts'

const textsOf = (document: unknown) => [...leavesOf(document)].map(({ text }) => text).join('\n')

describe('recall', () => {
  const secrets = planted()

  test('there are many', () => {
    expect(secrets.length).toBeGreaterThanOrEqual(60)
    expect(new Set(secrets.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(20)
    expect(new Set(secrets.map(({ value }) => value)).size).toBe(secrets.length)
    for (const { text, value } of secrets) expect(text).toContain(value)
  })

  test.each(Object.entries(fields))('none stays in: %s', async (_name, document) => {
    const { documents } = await redactSessions(secrets.map(({ text }) => document(text)))
    const left = secrets.filter(({ value }, index) => textsOf(documents[index]).includes(value))
    expect(left.map(({ kind, text }) => `${kind}: ${text.slice(0, 120)}`)).toEqual([])
  })

  test('each has the kind that it is', async () => {
    const { documents } = await redactSessions(secrets.map(({ text }) => fields['tool output']!(text)))
    const wrong = secrets.flatMap(({ kind, text }, index) => {
      const after = textsOf(documents[index])
      return after.includes(`[redacted:${kind}:`)
        ? []
        : [`${kind}: ${text.slice(0, 80)} → ${after.split('\n').slice(-12).join('\n').slice(0, 400)}`]
    })
    expect(wrong).toEqual([])
  })
})

test('names, syntaxes and values in every combination: 98 of 100 are found', async () => {
  const cases = spellings()
  const { documents } = await redactSessions(cases.map(({ text }) => ({ output: text })))
  const left = cases.filter(({ value }, index) => documents[index]!.output.includes(value))
  expect(left.length / cases.length < 0.02 ? [] : left.map(({ text }) => text)).toEqual([])
})

describe('precision', () => {
  const harmless = lookalikes()

  test('there are many', () => expect(harmless.length).toBeGreaterThanOrEqual(300))

  test.each(['tool output', 'tool metadata', 'prompt'])('99 of 100 stay in: %s', async (field) => {
    const documents = harmless.map(({ text }) => fields[field]!(text))
    const { documents: after, findings } = await redactSessions(documents)
    const changed = harmless.filter((_item, index) => textsOf(after[index]) !== textsOf(documents[index]))
    const kept = 1 - changed.length / harmless.length
    const report = [
      ...changed.map(({ text }) => text.slice(0, 100)),
      ...findings.map(({ kind, places }) => `${kind}: ${places[0]?.context}`),
    ]
    expect(report.slice(0, kept >= 0.99 ? 0 : 80)).toEqual([])
  })
})
