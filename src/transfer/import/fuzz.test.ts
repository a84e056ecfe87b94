import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { blocksOf } from '../../base/blocks.ts'
import { OcvaultError } from '../../base/errors.ts'
import { GrowingFile } from '../../base/files.ts'
import { contentOf, emptyDatabase, faultsOf, plainSession } from '../../testing/sessions.ts'
import { tempDir } from '../../testing/temp.ts'
import { ZipOutput } from '../../zip/zip-file.ts'
import { importSessions } from './import.ts'
import { openInput } from './input/input.ts'

/** Two sessions, one the parent of the other, as text. */
const text = JSON.stringify([plainSession('a', 2), plainSession('b', 1, { parentID: 'ses_a' })])

/** Text that stands for some value in the file, to be put into it as it is. */
const evil = [
  ...['null', '[]', '{}', '""', '-1', '1e400', '-0', '123456789012345678901234567890', '1.5', 'true', '"\\u0000\\ud800"'],
  ...[
    '"ses_a"',
    '"ses_b"',
    '"msg_a0a"',
    '"prt_a0a"',
    '"../../etc/passwd"',
    '"ses_../../x"',
    '"msg_a/../b"',
    `"${'x'.repeat(5000)}"`,
  ],
  ...[
    '{"__proto__":{"polluted":1},"constructor":{"prototype":1}}',
    '[[[[[[[[]]]]]]]]',
    `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  ],
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
]

/** Where values begin and end in the text: after each colon. */
const values = [...text.matchAll(/:("(?:[^"\\]|\\.)*"|-?[\d.]+|true|null)/g)].map(
  (match) => [match.index + 1, match.index + match[0].length] as const,
)
const keys = [...text.matchAll(/"(\w+)":/g)].map((match) => [match.index, match.index + match[0].length - 1] as const)

type Edit = (text: string) => string
const replaced =
  ([from, to]: readonly [number, number], by: string): Edit =>
  (whole) =>
    whole.slice(0, from) + by + whole.slice(to)

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...values), fc.constantFrom(...evil)).map(([at, by]) => replaced(at, by)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...keys), fc.constantFrom('"__proto__"', '"constructor"', '"id"', '"x"'))
      .map(([at, by]) => replaced(at, by)),
  },
  {
    weight: 1,
    arbitrary: fc.nat(text.length).map(
      (length): Edit =>
        (whole) =>
          whole.slice(0, length),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }))
      .map(([at, by]) => replaced([at, at + 1], by)),
  },
)

/** How many rows there are of each session: that of the session itself, messages and parts. */
function rowsIn(database: string): Map<string, { messages: number; parts: number }> {
  const db = new DatabaseSync(database, { readOnly: true })
  const count = (table: string) => `(SELECT count(*) FROM ${table} t WHERE t.session_id = s.id)`
  const rows = db.prepare(`SELECT s.id, ${count('message')} AS messages, ${count('part')} AS parts FROM session s`).all()
  db.close()
  return new Map(rows.map(({ id, messages, parts }) => [String(id), { messages: Number(messages), parts: Number(parts) }]))
}

test('whatever is in a file, sessions come in whole or not at all', async () => {
  const folder = tempDir()
  const path = join(folder, 'in.json')
  const empty = emptyDatabase()
  const before = contentOf(empty)
  const database = join(folder, 'opencode.db')
  const outcomes = { written: 0, failed: 0, unreadable: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      // The last place first, so that the others stay where they are; some fall into each other, and that is fine.
      writeFileSync(
        path,
        edits.reduce((whole, each) => each(whole), text),
      )
      copyFileSync(empty, database)
      try {
        const report = await importSessions([path], { root: database, undo: join(folder, 'undo'), project: folder, asCopy: true })
        const rows = rowsIn(database)
        const written = report.sessions.filter(({ result }) => result === 'written')
        expect([...rows.keys()].sort()).toEqual(written.map(({ id }) => id).sort())
        for (const { id, messages } of written) expect(rows.get(id)?.messages).toBe(messages?.total)
        expect(report.sessions.filter(({ result }) => result === 'failed').every(({ note }) => note !== null)).toBe(true)
        outcomes[written.length > 0 ? 'written' : 'failed']++
      } catch (error) {
        if (!(error instanceof OcvaultError)) throw error
        expect(contentOf(database)).toEqual(before)
        outcomes.unreadable++
      }
      expect(faultsOf(database)).toEqual([])
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
    }),
    { numRuns: 300, seed: Number(process.env.OCVAULT_SEED ?? 20261121) },
  )
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(2)
})

test('whatever is in a zip, it is read or refused', async () => {
  const folder = tempDir()
  const path = join(folder, 'in.zip')
  const zip = new ZipOutput(new GrowingFile(path))
  await zip.add('a.json', blocksOf([text]))
  await zip.add('b.json', blocksOf([text]))
  await zip.finish()
  const whole = readFileSync(path)
  const flips = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(flips, fc.nat(whole.length * 3), async (changes, length) => {
      const bytes = Buffer.from(whole)
      for (const [at, byte] of changes) bytes[at] = byte
      writeFileSync(path, bytes.subarray(0, length))
      try {
        const input = await openInput([path])
        for (const session of input.sessions) expect(Array.from((await session.load()).messages).length).toBeGreaterThan(0)
        input.close()
      } catch (error) {
        expect(error).toBeInstanceOf(OcvaultError)
      }
    }),
    { numRuns: 200, seed: Number(process.env.OCVAULT_SEED ?? 20261121) },
  )
})
