import * as v from 'valibot'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { databaseOf, type Line } from '../../testing/dialogue.ts'
import { type PlantedError, plantedErrors } from '../../testing/planted-errors.ts'
import { drawn } from '../../testing/secrets.ts'
import { tempDir } from '../../testing/temp.ts'
import { Memory } from '../memory.ts'
import { type Answer, questions } from '../questions.ts'
import { errorHistory } from './error-history.ts'

const start = Date.UTC(2026, 9, 1)

beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', tempDir())
  return () => void vi.unstubAllEnvs()
})

function memoryOf(path: string): Memory {
  const memory = new Memory({ roots: [path] })
  onTestFinished(() => memory.close())
  return memory
}

const asked = (memory: Memory, text: string): Promise<Answer<'error_history'>> =>
  memory.ask({}, (recall) => errorHistory(recall, v.parse(questions.error_history.input, { text })))

/** A session around an error, as work goes: looking, failing, trying in vain, failing again, curing, and something else. */
const around = ({ run, printed, cure }: PlantedError): Line[] => [
  ['you', 'Get on with the task.'],
  ['read', '/work/app/README.md'],
  ['bash', 'ls -la', 'total 8'],
  ['bash', run, printed, 1],
  ['agent', 'That failed. Let me look.'],
  ['bash', 'git log --oneline -3', 'a1b2c3d Start'],
  ['bash', run, printed, 1],
  ...cure,
  ['agent', 'It works now.'],
  ['edit', '/work/app/CHANGELOG.md'],
  ['bash', 'echo bye', 'bye'],
]

/** The same error where nobody cured it: it must not come first. */
const givenUp = ({ run, printed }: PlantedError): Line[] => [
  ['you', 'Try this.'],
  ['bash', run, printed, 1],
  ['agent', 'It does not work, and I leave it.'],
]

describe('error history', () => {
  test('gives the cure in first place, of errors of npm, tsc, pytest, cargo, go, docker, git and the network', async () => {
    const dialogues = plantedErrors.flatMap((each, index) => [
      { id: `ses_cured${index}x`, start: start + index * 100_000, lines: around(each) },
      { id: `ses_left${index}x`, start: start + 50_000_000 + index * 100_000, lines: givenUp(each) },
    ])
    const memory = memoryOf(databaseOf(...dialogues))
    const missed: string[] = []
    for (const { name, again, key } of plantedErrors) {
      const [first] = (await asked(memory, again)).hits
      if (!first?.fix?.steps.some((step) => step.includes(key))) missed.push(name)
    }
    expect(plantedErrors.length).toBeGreaterThanOrEqual(60)
    expect(missed.length, missed.join(', ')).toBeLessThanOrEqual(plantedErrors.length * 0.05)
    // What nobody met has no cure, and an error of the same name is another error.
    expect((await asked(memory, "TypeError: Cannot read properties of undefined (reading 'lanterns')")).hits).toEqual([])
    expect((await asked(memory, 'error[E0999]: the moon is not assignable to a lamp')).hits).toEqual([])
  })

  const failing = ['bash', 'make', 'make: *** [Makefile:9: gizmo] Error 1: cannot find gizmo.h', 2] as const

  test('tells the call, the changes before the success, and what was said then', async () => {
    const lines: Line[] = [
      failing,
      ['bash', 'cat Makefile', 'gizmo:'],
      ['bash', 'apt install gizmo-dev', 'ok'],
      ['edit', '/work/app/Makefile', 'oldString not found'],
      ['edit', '/work/app/Makefile'],
      ['bash', 'make && ./run', 'built'],
      ['agent', 'The header was missing.'],
    ]
    const { hits } = await asked(memoryOf(databaseOf({ id: 'ses_a', start, lines })), 'fatal: cannot find gizmo.h')
    expect(hits).toMatchObject([
      {
        session: 'ses_a',
        message: 'msg_a000000',
        call: '[bash] make → exit 2, 1 line',
        error: 'make: *** [Makefile:9: gizmo] Error 1: cannot find gizmo.h',
        fix: {
          message: 'msg_a000005',
          steps: ['[bash] apt install gizmo-dev → 1 line', '[edit] /work/app/Makefile → 1 line'],
          call: '[bash] make && ./run → 1 line',
          said: 'The header was missing.',
        },
      },
    ])
  })

  test('an error that never went away is told without a cure, after those that did', async () => {
    const path = databaseOf(
      { id: 'ses_left', start: start + 1_000_000, lines: [failing, ['agent', 'I give up.']] },
      { id: 'ses_still', start: start + 2_000_000, lines: [failing, ['edit', '/a'], failing] },
      { id: 'ses_cured', start, lines: [failing, ['edit', '/b'], ['bash', 'make', 'built']] },
    )
    const { hits } = await asked(memoryOf(path), 'cannot find gizmo.h')
    expect(hits.map(({ session, fix }) => [session, fix?.steps ?? null])).toEqual([
      ['ses_cured', ['[edit] /b → 1 line']],
      ['ses_still', null],
      ['ses_left', null],
    ])
  })

  test('a failed edit is cured by the next of the same file', async () => {
    const lines: Line[] = [
      ['edit', '/work/a.ts', 'oldString not found in content: gizmo'],
      ['edit', '/work/b.ts'],
      ['read', '/work/a.ts'],
      ['edit', '/work/a.ts'],
    ]
    const { hits } = await asked(memoryOf(databaseOf({ id: 'ses_a', start, lines })), 'oldString not found in content: gizmo')
    expect(hits).toMatchObject([{ fix: { message: 'msg_a000003', steps: ['[edit] /work/b.ts → 1 line'] } }])
  })

  test('an answer has at most 4 KB, and neither secrets nor control characters, however long errors are', async () => {
    const token = `ghp_${drawn('error', 36)}`
    const printed = `error: gizmo ${token} \u001b[31m\u0007 ${'"long" '.repeat(20_000)}\n`.repeat(20)
    const lines: Line[] = [
      ['bash', `deploy ${token}`, printed, 1],
      ...Array.from({ length: 30 }, (_, index): Line => ['edit', `/work/${'deep/'.repeat(40)}${index}.ts`]),
      ['bash', 'deploy', 'ok'],
    ]
    const sessions = Array.from({ length: 10 }, (_, index) => ({ id: `ses_n${index}`, start, lines, title: '"'.repeat(300) }))
    const answer = await asked(memoryOf(databaseOf(...sessions)), printed)
    const told = JSON.stringify(answer)
    expect(Buffer.byteLength(told)).toBeLessThanOrEqual(4096)
    expect(answer.hits.length).toBeGreaterThan(0)
    expect(told).not.toContain(token.slice(6, 16))
    expect(told).not.toMatch(/\\u00/)
  })

  test('what says nothing is like nothing', async () => {
    const memory = memoryOf(databaseOf({ id: 'ses_a', start, lines: [failing] }))
    for (const text of ['', '   ', '???', '1 2 3', '\0']) expect((await asked(memory, text)).hits).toEqual([])
  })
})
