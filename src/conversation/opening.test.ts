import { expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { titled } from './opening.ts'

/** How a session with this title is called, whose messages hold these parts, one message after another. */
function called(title: string, ...parts: object[]): string | null {
  const db = new TestDatabase().session({ id: 'ses_1', title })
  for (const [n, part] of parts.entries())
    db.message('ses_1', `msg_${n}`, { role: 'user' }, 1000 + n).part('ses_1', `msg_${n}`, `prt_${n}`, part)
  const catalog = openCatalog({ roots: [db.done()] })
  try {
    return titled(catalog, catalog.session('ses_1')!).title
  } finally {
    catalog.close()
  }
}

const prompt = { type: 'text', text: '\n  Mend the\n\tparser  ' }

test.each<[string, object[], string]>([
  ['A title', [prompt], 'A title'],
  ['', [prompt], 'Mend the parser'],
  ['  ', [prompt], 'Mend the parser'],
  ['New session - 2026-11-21T05:52:03.123Z', [prompt], 'Mend the parser'],
  ['Child session - 2026-11-21T05:52:03.123Z', [prompt], 'Mend the parser'],
  ['New session - about the parser', [prompt], 'New session - about the parser'],
  ['', [{ type: 'text', text: 'put in', synthetic: true }, prompt], 'Mend the parser'],
  ['', [{ type: 'subtask', agent: 'plan', prompt: 'look for it' }], 'look for it'],
  ['', [{}, { type: 'text', text: ' ' }, prompt], 'Mend the parser'],
  ['', [], ''],
  ['New session - 2026-11-21T05:52:03.123Z', [], 'New session - 2026-11-21T05:52:03.123Z'],
])('a session that is called %j, with %j, is shown as %j', (title, parts, shown) =>
  expect(called(title, ...parts) ?? '').toBe(shown),
)

test('a long prompt is cut, and no pair of surrogates in two', () => {
  const shown = called('', { type: 'text', text: '🎉'.repeat(5000) })!
  expect(shown.length).toBeLessThan(210)
  expect(shown.isWellFormed()).toBe(true)
  expect(shown).toMatch(/…$/)
})
