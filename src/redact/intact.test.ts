import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planted } from '../testing/secrets.ts'
import { expanded } from '../testing/templates.ts'
import { times } from '../testing/thorough.ts'
import { redactSession } from './redact.ts'

const redacted = async (output: string) => (await redactSession({ output })).document.output
const placeholder = /\[redacted:[\w-]+:\d+\]/

/** Secrets in texts that something reads afterwards. */
const lines = [
  'DB_PASSWORD=«qP7.xZ99kLm2»',
  "const password = '«{b62:10}!1»'",
  'const apiKey = "«{b62:32}»"',
  'export const token = `«ghp_{b62:36}»`',
  'fetch(address, { headers: { Authorization: "Bearer «{b62:40}»" } })',
  'const url = "https://joe:«{b62:12}1»@acme.io/x"',
  "const db = new Client({ user: 'app', password: '«{pwx:16}»' })",
]

describe('what is read afterwards is what it was', () => {
  test('JSON in a text, whatever the secret', async () => {
    const secret = fc.constantFrom(...planted().map(({ text }) => text))
    const value = fc.oneof(secret, fc.string(), fc.integer(), fc.constant(null))
    const name = fc.constantFrom('password', 'token', 'output', 'apiKey', 'x', 'Cookie')
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.oneof(value, fc.array(value)), { maxKeys: 4 }), async (object) => {
        for (const indent of [0, 2]) {
          const text = JSON.stringify(object, null, indent)
          const after: unknown = JSON.parse(await redacted(text))
          expect(Object.keys(after as object)).toEqual(Object.keys(object))
          // Escaped once more, as in the input of a tool.
          const inner = JSON.parse(await redacted(JSON.stringify({ text }))) as { text: string }
          expect(Object.keys(JSON.parse(inner.text) as object)).toEqual(Object.keys(object))
        }
      }),
      { numRuns: times(150, 3000) },
    )
  })

  test.each(lines)('a line of a diff: %s', async (line) => {
    const { text } = expanded(line, 'a diff')
    const diff = `--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n before\n-${text}\n+${text}\n after\n`
    const after = (await redacted(diff)).split('\n')
    expect(after.map((each) => each[0])).toEqual(diff.split('\n').map((each) => each[0]))
    for (const at of [4, 5]) expect(after[at]).toMatch(placeholder)
  })

  test.each(lines.filter((line) => !/^DB|^export/.test(line)))('a line of a program: %s', async (line) => {
    const after = await redacted(expanded(line, 'a program').text)
    expect(after).toMatch(placeholder)
    expect(() => new Function('address', after)).not.toThrow()
  })
})
