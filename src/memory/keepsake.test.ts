import * as v from 'valibot'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { databaseOf, type Line } from '../testing/dialogue.ts'
import { tempDir } from '../testing/temp.ts'
import { keepsake } from './keepsake.ts'
import { Memory } from './memory.ts'
import { questions } from './questions.ts'
import { sessionStats } from './session-stats.ts'

const start = Date.UTC(2026, 9, 1)

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', tempDir())
  return () => void vi.unstubAllEnvs()
})

function memoryOf(...lines: readonly Line[]): Memory {
  const memory = new Memory({ roots: [databaseOf({ id: 'ses_a', start, lines })] })
  onTestFinished(() => memory.close())
  return memory
}

describe('what a summary should not forget', () => {
  const kept = (...lines: readonly Line[]) => memoryOf(...lines).ask({}, (recall) => keepsake(recall, 'ses_a'))

  test('is what was asked, decided, run and changed', async () => {
    const text = await kept(
      ['you', 'Make it fast.'],
      ['agent', 'I looked around. We decided to keep one buffer, because copies cost.'],
      ['bash', 'ls', 'a.ts'],
      ['bash', 'npm run bench', 'slow', 1],
      ['edit', '/work/a.ts'],
      ['bash', 'npm run bench', 'fast'],
      ['bash', 'npm run bench', 'fast'],
    )
    expect(text).toMatch(/^From the earlier turns/)
    expect(text).toContain('The user asked:\n- Make it fast.')
    expect(text).toContain('Decided:\n- We decided to keep one buffer, because copies cost.')
    expect(text).toContain('Commands that worked:\n- npm run bench\n\nFiles changed:\n- edit /work/a.ts')
  })

  test('has at most 2 KB, and of too much the last', async () => {
    const lines = Array.from({ length: 200 }, (_, index): Line[] => [
      ['you', `Wish ${index} ${'字'.repeat(100)}`],
      ['agent', `We decided on ${index}, because of ${'"'.repeat(200)}.`],
      ['bash', `npm run step${index}`, 'ok'],
      ['edit', `/work/${index}.ts`],
    ]).flat()
    const text = await kept(...lines)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048)
    expect(text).toContain('Wish 199')
    expect(text).toContain('step199')
    expect(text).not.toContain('Wish 1 ')
  })

  test('is nothing in a session of nothing', async () => {
    expect(await kept()).toBe('')
  })
})

describe('statistics', () => {
  test('count in all and by rows, in 4 KB', async () => {
    const memory = memoryOf(...Array.from({ length: 60 }, (_, index): Line => ['bash', `tool${index}`, 'x', index % 2]), [
      'edit',
      '/a',
    ])
    const asked = (more: object) => memory.ask({}, (recall) => sessionStats(recall, v.parse(questions.session_stats.input, more)))
    const byTool = await asked({ by: 'tool' })
    expect(byTool).toMatchObject({ total: { sessions: 1, calls: 61, failures: 30 }, capped: false })
    expect(byTool.rows.slice(0, 2)).toMatchObject([
      { key: 'bash', calls: 60 },
      { key: 'edit', calls: 1 },
    ])
    expect((await asked({})).rows).toEqual([])
    expect((await asked({ until: '2020-01-01' })).total.sessions).toBe(0)
    await expect(asked({ since: 'nonsense' })).rejects.toThrow(/not a time/)
    expect(Buffer.byteLength(JSON.stringify(byTool))).toBeLessThanOrEqual(4096)
  })
})
