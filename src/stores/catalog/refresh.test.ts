import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { TestDatabase } from '../../testing/database.ts'
import { tempDir, writeTree } from '../../testing/temp.ts'
import type { Store } from '../store.ts'
import { type Catalog, openCatalog } from './catalog.ts'

const ids = (catalog: Catalog) => [...catalog.sessions({ sort: 'title' })].map(({ id }) => id)

const session = (title: string, more: object = {}) => ({ title, directory: '/work', time: { created: 1, updated: 1 }, ...more })

function write(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, JSON.stringify(content))
}

/** Makes everything below a folder look as if nobody had touched it for a minute. */
function settle(path: string): void {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) settle(join(path, name))
  const then = new Date(Date.now() - 60_000)
  utimesSync(path, then, then)
}

function database(path: string, ...sessions: string[]): void {
  const made = new TestDatabase('1.18.33', path)
  for (const id of sessions) made.session({ id, title: id })
  made.done()
}

describe('a catalog that lives on', () => {
  test('sees a session file that is new in a JSON tree, one that changed, and one that is gone', () => {
    const data = writeTree({ 'storage/session/p/ses_1.json': session('one'), 'storage/session/p/ses_2.json': session('two') })
    const catalog = openCatalog({ roots: [data] })
    expect(ids(catalog)).toEqual(['ses_1', 'ses_2'])
    write(join(data, 'storage/session/q/ses_3.json'), session('three', { parentID: 'ses_1' }))
    write(join(data, 'storage/session/p/ses_2.json'), session('a new name'))
    expect(ids(catalog)).toEqual(['ses_1', 'ses_2'])
    expect(catalog.refresh()).toBe(true)
    expect(ids(catalog)).toEqual(['ses_2', 'ses_1', 'ses_3'])
    expect(catalog.session('ses_1')?.subagents).toBe(1)
    rmSync(join(data, 'storage/session/p/ses_1.json'))
    catalog.refresh()
    expect(ids(catalog)).toEqual(['ses_2', 'ses_3'])
  })

  test('sees what the record of a project says by now', () => {
    const data = writeTree({ 'storage/session/p/ses_1.json': { title: 'x', time: { created: 1, updated: 1 } } })
    const catalog = openCatalog({ roots: [data] })
    expect(catalog.session('ses_1')?.directory).toBeNull()
    write(join(data, 'storage/project/p.json'), { id: 'p', worktree: '/work' })
    catalog.refresh()
    expect(catalog.session('ses_1')?.directory).toBe('/work')
  })

  test('sees a database that appears, grows, gets the tables of 2.x, and goes', () => {
    const data = writeTree({ 'storage/session/p/ses_1.json': session('one') })
    const path = join(data, 'opencode.db')
    const catalog = openCatalog({ roots: [data] })
    expect([...catalog.stranded()]).toEqual([])
    database(path, 'ses_2')
    expect(catalog.refresh()).toBe(true)
    expect(ids(catalog)).toEqual(['ses_1', 'ses_2'])
    expect([...catalog.stranded()].map((item) => item.session.id)).toEqual(['ses_1'])
    const db = new DatabaseSync(path)
    db.exec("CREATE TABLE session_v2 (id TEXT PRIMARY KEY, title, time_updated); INSERT INTO session_v2 VALUES ('ses_3', 'x', 3)")
    db.close()
    catalog.refresh()
    expect(catalog.stores.map(({ store }) => store.kind)).toEqual(['sqlite-v2', 'sqlite-v1', 'json-tree'])
    expect(catalog.session('ses_3')?.copies).toMatchObject([{ store: 'sqlite-v2' }])
    rmSync(path)
    catalog.refresh()
    expect(ids(catalog)).toEqual(['ses_1'])
    expect(catalog.problems()).toEqual([])
  })

  test('sees another database under the same name, and an empty one that is filled', () => {
    const data = tempDir()
    const path = join(data, 'opencode.db')
    new DatabaseSync(path).close()
    database(join(data, 'opencode-dev.db'), 'ses_dev')
    const catalog = openCatalog({ roots: [data] })
    expect(catalog.problems()).toMatchObject([{ path }])
    database(join(data, 'other'), 'ses_other')
    renameSync(join(data, 'other'), path)
    catalog.refresh()
    expect(ids(catalog)).toEqual(['ses_dev', 'ses_other'])
    expect(catalog.problems()).toEqual([])
  })

  test('names a root that is gone, and finds it again', () => {
    const data = writeTree({ 'x.json': { info: { id: 'ses_1', title: 'x', time: {} }, messages: [] } })
    const root = join(data, 'x.json')
    const catalog = openCatalog({ roots: [root] })
    renameSync(root, join(data, 'y.json'))
    catalog.refresh()
    expect(ids(catalog)).toEqual([])
    expect(catalog.problems()).toMatchObject([{ path: root, reason: expect.stringContaining('no such file') }])
    renameSync(join(data, 'y.json'), root)
    catalog.refresh()
    expect(ids(catalog)).toEqual(['ses_1'])
  })

  test('leaves alone what did not move', () => {
    const data = writeTree({ 'storage/session/p/ses_1.json': session('one'), 'storage/session/p/ses_2.json': session('two') })
    database(join(data, 'opencode.db'), 'ses_3')
    settle(data)
    const catalog = openCatalog({ roots: [data] })
    catalog.refresh()
    expect(ids(catalog)).toHaveLength(3)
    const [generation, stores] = [catalog.generation(), catalog.stores]
    expect(catalog.generation()).toBe(generation)
    expect(catalog.refresh()).toBe(false)
    expect(catalog.stores).toBe(stores)

    // Of a tree in which one file moved, only that file is read: the other could not be any more.
    const untouched = join(data, 'storage/session/p/ses_1.json')
    const { mtime } = statSync(untouched)
    writeFileSync(untouched, JSON.stringify(session('uno')))
    utimesSync(untouched, mtime, mtime)
    write(join(data, 'storage/session/p/ses_2.json'), session('second'))
    expect(catalog.refresh()).toBe(true)
    expect([...catalog.sessions()].map(({ title }) => title).sort()).toEqual(['one', 'second', 'ses_3'])
    expect(catalog.stores.map(({ store }) => store === stores.find(({ store: old }) => old.kind === store.kind)?.store)).toEqual(
      catalog.stores.map(({ store }) => store.kind === 'sqlite-v1'),
    )
  })
})

test('a layout that only its caller knows is opened like the others', () => {
  const root = writeTree({ 'kept.zip': 'not for us', 'opencode/storage/session/p/ses_1.json': session('one') })
  const asked: string[] = []
  const inside = openCatalog({ roots: [join(root, 'opencode')] }).stores[0]!.store
  const opener = (path: string): Store | undefined => {
    asked.push(path)
    return path.endsWith('.zip') ? inside : undefined
  }
  const catalog = openCatalog({ roots: [join(root, 'kept.zip')], openers: [opener] })
  expect(ids(catalog)).toEqual(['ses_1'])
  expect(asked).toEqual([join(root, 'kept.zip')])
  expect(() => openCatalog({ roots: [join(root, 'kept.zip')] })).toThrow('is not JSON')
})

test('nothing is read to say that nothing can be stranded', () => {
  const data = tempDir()
  database(join(data, 'opencode.db'), 'ses_1')
  const catalog = openCatalog({ roots: [data] })
  const { store } = catalog.stores[0]!
  store.sessions = () => {
    throw new Error('the sessions were read')
  }
  expect([...catalog.stranded()]).toEqual([])
})
