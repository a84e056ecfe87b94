import { expect, onTestFinished, test, vi } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { searchSessions } from './search.ts'

const tool = (status: string, command: string, start = Date.now()) => ({
  type: 'tool',
  tool: 'bash',
  state: { status, input: { command }, time: { start } },
})

async function found(query: string, more: object = {}): Promise<string[]> {
  const db = new TestDatabase()
  const say = (id: string, parent: string | null, part: object) =>
    db
      .session({ id: `ses_${id}`, parent_id: parent })
      .message(`ses_${id}`, `msg_${id}`, { role: 'assistant' })
      .part(`ses_${id}`, `msg_${id}`, `prt_${id}`, { type: 'text', text: `about tapirs, ${id}` })
      .part(`ses_${id}`, `msg_${id}`, `prt_${id}2`, part)
  say('asks', null, { type: 'text', text: 'look for tapirs' })
  say('child', 'ses_asks', tool('running', 'ocvault search --json tapirs'))
  say('over', null, tool('completed', 'ocvault search --json tapirs'))
  say('dead', null, tool('running', 'ocvault search --json tapirs', 1))
  say('other', null, tool('running', 'sleep 9'))
  const catalog = openCatalog({ roots: [db.done()] })
  onTestFinished(() => catalog.close())
  const ids: string[] = []
  for await (const { session } of (await searchSessions(catalog, { query, index: false, ...more })).results) ids.push(session.id)
  return ids.sort()
}

test('a search that OpenCode runs leaves out the session that asks, and those above it, unless it is named', async () => {
  // What a subagent holds is found in its root.
  const all = ['ses_asks', 'ses_dead', 'ses_other', 'ses_over']
  vi.stubEnv('OPENCODE', '')
  expect(await found('tapirs')).toEqual(all)
  vi.stubEnv('OPENCODE', '1')
  onTestFinished(() => {
    vi.unstubAllEnvs()
  })
  expect(await found('tapirs')).toEqual(['ses_dead', 'ses_other', 'ses_over'])
  expect(await found('tapirs', { session: 'ses_child' })).toEqual(['ses_asks'])
})
