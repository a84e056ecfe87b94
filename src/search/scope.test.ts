import { expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import type { SearchOptions } from './options.ts'
import { parseQuery } from './query.ts'
import { scopeOf } from './scope.ts'

const day = (n: number) => Date.UTC(2026, 0, n)

function store(): string {
  const db = new TestDatabase()
  db.session({ id: 'ses_old', project_id: 'p1', directory: '/one', time_updated: day(1) })
  db.session({ id: 'ses_new', project_id: 'p2', directory: '/two', time_updated: day(20) })
  db.session({ id: 'ses_put_away', project_id: 'p2', directory: '/two', time_updated: day(10), time_archived: day(11) })
  return db.done()
}

const p2 = { ids: new Set(['p2']), directories: [], except: new Set<string>() }

test.each<[string, SearchOptions, string[]]>([
  ['x', {}, ['ses_new', 'ses_put_away', 'ses_old']],
  ['x', { project: p2 }, ['ses_new', 'ses_put_away']],
  ['x', { archived: 'no' }, ['ses_new', 'ses_old']],
  ['x', { archived: 'only' }, ['ses_put_away']],
  ['x', { since: day(10) }, ['ses_new', 'ses_put_away']],
  ['x', { since: day(1), until: day(10) }, ['ses_old']],
  ['x since:2026-01-15', { since: day(1) }, ['ses_new']],
  ['x until:2026-01-05', {}, ['ses_old']],
  ['x session:ses_new', {}, ['ses_new']],
  ['x session:put', { project: p2 }, ['ses_put_away']],
  ['x session:none', {}, []],
  ['x', { except: new Set(['ses_new']) }, ['ses_put_away', 'ses_old']],
  ['x session:ses_new', { except: new Set(['ses_new']) }, ['ses_new']],
  ['x project:/one', { project: p2 }, ['ses_old']],
])('%j with %o searches %j', (text, options, expected) => {
  const catalog = openCatalog({ roots: [store()] })
  const { scope, everything } = scopeOf(catalog, parseQuery(text), options)
  const sessions = [...catalog.sessions()]
  expect(sessions.filter(scope).map(({ id }) => id)).toEqual(expected)
  // What spares asking each session must not be said too early.
  expect(everything).toBe(text === 'x' && Object.keys(options).length === 0)
  catalog.close()
})
