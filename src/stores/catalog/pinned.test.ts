import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Machine } from '../../opencode/data-dirs.ts'
import { tempDir, writeTree } from '../../testing/temp.ts'
import type { Catalog } from './catalog.ts'
import { pinnedSessions } from './pinned.ts'

const catalogOf = (...paths: string[]) => ({ stores: paths.map((path) => ({ store: { path } })) }) as unknown as Catalog
const machine: Machine = { platform: 'linux', env: {}, home: '/nobody' }
const state = '.local/state/opencode/session.json'

test('pins of the home that a store is in', () => {
  const home = writeTree({ [state]: { pinned: ['ses_a', 'ses_b', 7], other: 1 } })
  const database = join(home, '.local/share/opencode/opencode.db')
  expect([...pinnedSessions(catalogOf(database), machine)]).toEqual(['ses_a', 'ses_b'])
  expect(pinnedSessions(catalogOf(join(home, 'elsewhere/opencode.db')), machine).size).toBe(0)
})

test('pins where XDG_STATE_HOME says', () => {
  const folder = writeTree({ 'opencode/session.json': { pinned: ['ses_c'] } })
  const own = { ...machine, env: { XDG_DATA_HOME: '/data', XDG_STATE_HOME: folder } }
  expect([...pinnedSessions(catalogOf('/data/opencode/opencode.db'), own)]).toEqual(['ses_c'])
})

test.each([
  ['no object', '[]'],
  ['a list that is none', '{"pinned":"ses_a"}'],
  ['half a file', '{"pinned":["ses_a"'],
])('%s pins nothing', (_what, content) => {
  const home = writeTree({ [state]: content })
  expect(pinnedSessions(catalogOf(join(home, '.local/share/opencode/opencode.db')), machine).size).toBe(0)
  expect(pinnedSessions(catalogOf(join(tempDir(), '.local/share/opencode/opencode.db')), machine).size).toBe(0)
})
