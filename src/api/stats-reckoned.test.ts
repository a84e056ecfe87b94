import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { StatsFigures } from '../stats/rows.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { storeOf, tempDir } from '../testing/temp.ts'
import { stats } from './stats.ts'

/** What was used, against a reckoning in Python that shares nothing with this project: scripts/reckon.py. */

const repository = join(import.meta.dirname, '../..')
const releases = readdirSync(join(repository, 'fixtures/stores'))

function python(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('python3', args, { encoding: 'utf8' })
  } catch {
    return undefined
  }
}
const havePython = python('--version') !== undefined
if (!havePython) console.warn('python3 is not here: figures are not compared with an independent reckoning')

beforeEach(() => void vi.stubEnv('XDG_CACHE_HOME', tempDir()))

type Sums = Readonly<Record<string, number>>
const keys = ['session', 'model', 'day', 'agent', 'tool'] as const
type Reckoned = Readonly<Record<(typeof keys)[number], [key: string | null, sums: Sums][]>> & { readonly total: Sums }

/** The figures that both have, without those that are 0. */
function figures({ messages, answers, calls, failures, bytes, tokens, cost, time }: StatsFigures): Sums {
  const all = {
    messages,
    answers,
    calls,
    failures,
    bytes,
    ...tokens,
    stored: Math.round(cost.stored * 1e9),
    toolTime: time.tools,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 0))
}

const byKey = (rows: readonly (readonly [unknown, Sums])[]) =>
  Object.fromEntries(rows.filter(([, sums]) => Object.keys(sums).length > 0))

async function compare(roots: readonly string[]): Promise<void> {
  const reckoned: Reckoned = JSON.parse(python(join(repository, 'scripts/reckon.py'), ...roots)!)
  expect(reckoned.total.messages).toBeGreaterThan(0)
  const catalog = openCatalog({ roots: [...roots] })
  for (const key of keys) {
    const { total, rows } = await stats(catalog, { by: [key], tz: 'UTC' })
    expect({ sessions: total.sessions, ...figures(total) }).toEqual(reckoned.total)
    expect(byKey(rows.map((row) => [row.key, figures(row)]))).toEqual(byKey(reckoned[key]))
  }
  catalog.close()
}

describe.skipIf(!havePython)('figures are those of an independent reckoning', () => {
  test.each(releases)('of the store of %s', (release) => compare([storeOf(release)]))

  test('of many stores together, in whichever order', async () => {
    const roots = ['1.18.33', '2.0-constructed', 'upgraded-1.1.65-1.2.1-1.18.33', '1.1.65'].map(storeOf)
    await compare(roots)
    await compare(roots.reverse())
  })
})
