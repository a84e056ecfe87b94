import * as v from 'valibot'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Dialogue, databaseOf } from '../testing/dialogue.ts'
import { tempDir } from '../testing/temp.ts'
import { fileHistory } from './file-history.ts'
import { Memory } from './memory.ts'
import { questions } from './questions.ts'

const start = Date.UTC(2026, 9, 1)

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', tempDir())
  return () => void vi.unstubAllEnvs()
})

function asking(...dialogues: readonly Dialogue[]) {
  const memory = new Memory({ roots: [databaseOf(...dialogues)] })
  onTestFinished(() => memory.close())
  return (path: string, more: object = {}) =>
    memory.ask({}, (recall) => fileHistory(recall, v.parse(questions.file_history.input, { path, ...more })))
}

describe('file history', () => {
  test('tells who read and who changed a file, by which calls, the last session first', async () => {
    const ask = asking(
      {
        id: 'ses_a',
        start,
        lines: [
          ['read', '/work/app/src/lexer.ts'],
          ['edit', '/work/app/src/lexer.ts'],
          ['bash', 'npx tsc src/lexer.ts && cat other.ts', 'ok'],
          ['edit', '/work/app/src/parser.ts'],
        ],
      },
      { id: 'ses_b', start: start + 90_000, lines: [['read', 'src/lexer.ts']] },
      { id: 'ses_listing', start: start + 99_000, lines: [['bash', 'ls src', 'lexer.ts\nsrc/lexer.ts']] },
      { id: 'ses_other', start: start + 99_000, lines: [['edit', '/work/app/src/lexer.tsx']] },
    )
    const expected = [
      { session: 'ses_b', changed: 0, read: 1, calls: [{ how: 'read', message: 'msg_b000000' }] },
      {
        session: 'ses_a',
        changed: 1,
        read: 1,
        calls: [
          { how: 'read', call: '[read] /work/app/src/lexer.ts' },
          { how: 'changed', call: '[edit] /work/app/src/lexer.ts', message: 'msg_a000001', when: '2026-10-01T00:00Z' },
          { how: 'ran', call: '[bash] npx tsc src/lexer.ts && cat other.ts' },
        ],
      },
    ]
    for (const path of ['src/lexer.ts', './src/lexer.ts', 'lexer.ts', '/work/app/src/lexer.ts', 'src\\lexer.ts']) {
      expect(await ask(path), path).toMatchObject({ total: 2, capped: false, hits: expected })
    }
    expect((await ask('/work/app/src/')).hits.map(({ session }) => session)).toContain('ses_other')
    expect((await ask('src/none.ts')).hits).toEqual([])
    await expect(ask('///')).rejects.toThrow(/no path/)
  })

  test('of many calls the last changes; of many sessions as many as were asked for, in 4 KB', async () => {
    const lines = Array.from(
      { length: 40 },
      (_, index) => [index % 2 ? 'edit' : 'read', `/work/${'deep/'.repeat(30)}a.ts`] as const,
    )
    const sessions = Array.from({ length: 12 }, (_, index) => ({ id: `ses_n${index}x`, start, lines, title: '"字'.repeat(200) }))
    const answer = await asking(...sessions)('a.ts', { limit: 10 })
    expect(answer).toMatchObject({ capped: true })
    expect(answer.hits[0]).toMatchObject({ changed: 20, read: 20 })
    expect(answer.hits[0]!.calls.every(({ how }) => how === 'changed')).toBe(true)
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(4096)
  })
})
