import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { StoreChanged } from '../../base/errors.ts'
import { TestDatabase } from '../../testing/database.ts'
import { tempDir } from '../../testing/temp.ts'
import type { Store } from '../store.ts'
import { openCatalog } from './catalog.ts'
import { ContainedStore } from './contained-store.ts'
import { projectScope } from './project-scope.ts'

/** A data directory with a sound release database and, as another channel's, one that lacks a column or more. */
function damaged(release: string, drop: readonly [table: string, column: string][]): string {
  const data = tempDir()
  const sound = new TestDatabase('1.18.33', join(data, 'opencode.db'))
  sound.session({ id: 'ses_sound', time_updated: 5 }).message('ses_sound', 'msg_s', { role: 'user' })
  sound.done()
  const odd = new TestDatabase(release, join(data, 'opencode-odd.db'))
  odd.insert('project', { id: 'p', worktree: '/work', sandboxes: '[]', time_created: 1, time_updated: 1 })
  odd.session({ id: 'ses_odd', project_id: 'p', time_updated: 9 }).session({ id: 'ses_child', parent_id: 'ses_odd' })
  odd.message('ses_odd', 'msg_2', { role: 'assistant' }, 20).message('ses_odd', 'msg_1', { role: 'user' }, 10)
  odd.part('ses_odd', 'msg_1', 'prt_1', { type: 'text', text: 'said' })
  for (const { name } of odd.db.prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").all()) {
    odd.db.exec(`DROP INDEX "${name}"`)
  }
  for (const [table, column] of drop) dropColumn(odd, table, column)
  odd.done()
  return data
}

/** Makes the table anew without a column: SQLite's own way refuses for keys. */
function dropColumn({ db }: TestDatabase, table: string, column: string): void {
  const names = db.prepare('SELECT name FROM pragma_table_info(?)').all(table)
  const left = names.map(({ name }) => `"${name}"`).filter((name) => name !== `"${column}"`)
  db.exec(
    `CREATE TABLE made AS SELECT ${left.join(', ')} FROM ${table}; DROP TABLE ${table}; ALTER TABLE made RENAME TO ${table}`,
  )
}

/** Asks a store everything that it can be asked. */
function askEverything(store: Store): void {
  const project = { ids: new Set(['p']), directories: ['/work'], except: new Set<string>() }
  const filters = [
    ...[{}, { roots: true }, { unlinked: true }, { parentIDs: ['ses_odd'] }, { project }, { title: 'a' }, { text: ['work'] }],
    ...([{ since: 1 }, { until: 99 }, { archived: 'no' }, { archived: 'only' }] as const),
    ...(['updated', 'created', 'title'] as const).map((sort) => ({ sort })),
  ]
  for (const filter of filters) expect([...store.sessions(filter)].length).toBeLessThan(4)
  const ids = ['ses_odd', 'ses_child', 'ses_sound']
  for (const id of ids) {
    store.session(id)
    store.info(id)
    for (const query of [{}, { last: 1 }, { parts: false }, { ids: ['msg_1'] }, { json: true, wanted: () => false }]) {
      Array.from(store.messages(id, query))
      for (const [, messages] of store.transcripts(ids, query)) Array.from(messages)
    }
    Array.from(store.records(id))
    Array.from(store.recordsBut(() => true, id))
  }
  store.headers(ids)
  store.updated(ids)
  store.idsStartingWith('ses', 4)
  Array.from(store.children(ids))
  Array.from(store.projects())
  Array.from(store.projectRecords('p'))
  store.hold()()
  store.size()
  store.stamp()
  for (const quick of [true, false]) for (const some of [undefined, ids]) store.marks(quick, some)
  store.added(store.added(null).cursor)
}

/** Gives one session, and then fails at whatever it is asked. */
const failing = new Proxy({} as Store, {
  get: (_target, name) => {
    if (name === 'kind') return 'sqlite-v1'
    if (name === 'path') return '/store'
    if (name === 'problems') return () => []
    if (name === 'sessions')
      return function* () {
        yield { id: 'ses_1' }
        throw new TypeError('no such luck')
      }
    return () => {
      throw new TypeError('no such luck')
    }
  },
})

const tables = ['session', 'message', 'part', 'project']

/** Every column of those tables in a release, as [table, column]. */
function columnsOf(release: string): [string, string][] {
  const { db } = new TestDatabase(release)
  const rows = db.prepare('SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c').all()
  db.close()
  return rows.map(({ t, c }): [string, string] => [String(t), String(c)]).filter(([table]) => tables.includes(table))
}

test.each(['1.18.33', '1.15.13', '1.2.1'])('a database of %s that lacks any one column answers with the rest', (release) => {
  for (const [table, column] of columnsOf(release)) {
    const missing = `${table}.${column}`
    const catalog = openCatalog({ roots: [damaged(release, [[table, column]])] })
    for (const { store } of catalog.stores) askEverything(store)
    // What is missing is said in our words: nothing came out as an exception of SQLite.
    const other = catalog.problems().filter(({ reason }) => !reason.includes(`table ${table} has no column ${column}`))
    expect(other, missing).toEqual([])
    const found = [...catalog.sessions()].map(({ id }) => id).sort()
    expect(found, missing).toEqual(missing === 'session.id' ? ['ses_sound'] : ['ses_child', 'ses_odd', 'ses_sound'])
    const scope = projectScope(catalog.stores, '/work')
    expect(scope.ids.has('p'), missing).toBe(!['session.id', 'project.id', 'project.worktree'].includes(missing))
    const messages = [...catalog.messages('ses_odd')].map(({ id }) => id)
    const needed = ['session.id', 'message.id', 'message.session_id', 'message.data'].includes(missing)
    expect(messages, missing).toEqual(needed ? [] : ['msg_1', 'msg_2'])
    expect(catalog.stored('ses_odd') === undefined, missing).toBe(missing === 'session.id')
    catalog.close()
  }
})

test('a table of sessions that another program made keeps nothing else from being read', () => {
  const data = damaged('1.18.33', [])
  const odd = new DatabaseSync(join(data, 'opencode-old.db'))
  odd.exec('CREATE TABLE session (id, directory, time_created, time_updated); CREATE TABLE message (id); CREATE TABLE part (x)')
  odd.exec("INSERT INTO session VALUES ('ses_theirs', '/work', 1, 2), (NULL, NULL, NULL, NULL), (7, 8, 'x', x'00')")
  odd.close()
  const catalog = openCatalog({ roots: [data] })
  for (const { store } of catalog.stores) askEverything(store)
  expect([...catalog.sessions({ roots: true })].map(({ id }) => id)).toEqual(
    expect.arrayContaining(['ses_sound', 'ses_odd', 'ses_theirs']),
  )
  expect(catalog.problems().map(({ reason }) => reason)).toEqual([
    'table message has no column session_id, data: its messages cannot be read',
    'table part has no column message_id, data: the parts of messages cannot be read',
  ])
})

test('whatever a store throws is a problem of that store, and what it gave before counts', () => {
  const store = new ContainedStore(failing)
  askEverything(store)
  expect([...store.sessions()].map(({ id }) => id)).toEqual(['ses_1'])
  expect(store.problems()).toEqual([{ path: '/store', reason: 'no such luck', kind: 'unreadable' }])
})

test('a store that changed while one state of it was to be read says so', () => {
  const changed = () => {
    throw new StoreChanged('/store')
  }
  const store = new ContainedStore(new Proxy(failing, { get: () => changed }))
  expect(() => store.hold()).toThrow(StoreChanged)
  expect(() => [...store.messages('ses_1')]).toThrow(StoreChanged)
})
