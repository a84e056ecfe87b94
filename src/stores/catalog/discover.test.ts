import { copyFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { OcvaultError } from '../../base/errors.ts'
import type { Machine } from '../../opencode/data-dirs.ts'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore, storeOf, tempDir, writeTree } from '../../testing/temp.ts'
import { openCatalog } from './catalog.ts'
import { discover, type FoundStore } from './discover.ts'

const outline = (stores: readonly FoundStore[]) =>
  stores.map(({ store, visible, hidden }) => [store.kind, visible.join(), hidden === null])
const kinds = (root: string) => discover({ roots: [root] }).stores.map(({ store }) => store.kind)

describe('a root may be', () => {
  test('a data directory, the folder that holds it, or a home', () => {
    const home = tempDir()
    mkdirSync(join(home, '.local/share'), { recursive: true })
    renameSync(copyStore('1.18.33'), join(home, '.local/share/opencode'))
    for (const root of [join(home, '.local/share/opencode'), join(home, '.local/share'), home])
      expect(kinds(root)).toEqual(['sqlite-v1'])
  })

  test('a database, whatever it is called', () => {
    const path = join(tempDir(), 'backup.sqlite')
    copyFileSync(join(storeOf('2.0-constructed'), 'opencode.db'), path)
    expect(kinds(path)).toEqual(['sqlite-v2', 'sqlite-v1'])
  })

  test('a JSON tree, a slug project, its storage, or a home folder', () => {
    expect(kinds(join(storeOf('1.1.65'), 'storage'))).toEqual(['json-tree'])
    expect(kinds(join(storeOf('0.5.29'), 'project/global'))).toEqual(['json-slug'])
    expect(kinds(join(storeOf('0.1.174'), 'project/global/storage'))).toEqual(['json-slug'])
    expect(kinds(storeOf('0.5.29'))).toEqual(['json-slug', 'json-slug'])
    expect(kinds(writeTree({ 'sessions/ses_1.json': {}, 'messages/x': '' }))).toEqual(['home-folder'])
    expect(kinds(writeTree({ '.opencode/sessions/ses_1.json': {} }))).toEqual(['home-folder'])
  })

  test('an exported session', () => {
    const root = writeTree({ 'x.json': { info: { id: 'ses_1', time: {} }, messages: [] } })
    expect(kinds(join(root, 'x.json'))).toEqual(['export-file'])
  })

  test('several, each read once', () => {
    const data = copyStore('1.18.33')
    expect(outline(discover({ roots: [data, data, join(data, 'opencode.db')] }).stores)).toEqual([['sqlite-v1', 'v1', true]])
  })

  test('nothing that is not there or holds no sessions', () => {
    expect(() => discover({ roots: ['/no/such/place'] })).toThrow(OcvaultError)
    expect(() => discover({ roots: [tempDir()] })).toThrow('no OpenCode sessions in')
  })
})

describe('who shows a store', () => {
  test('1.x a database, and a JSON tree that has none beside it', () => {
    expect(outline(discover({ roots: [storeOf('1.18.33')] }).stores)).toEqual([['sqlite-v1', 'v1', true]])
    expect(outline(discover({ roots: [storeOf('1.1.65')] }).stores)).toEqual([['json-tree', 'v1', true]])
    expect(outline(discover({ roots: [storeOf('upgraded-1.1.65-1.2.1-1.18.33')] }).stores)).toEqual([
      ['sqlite-v1', 'v1', true],
      ['json-tree', '', false],
    ])
    expect(outline(discover({ roots: [join(storeOf('0.5.29'), 'project/global')] }).stores)).toEqual([['json-slug', '', false]])
  })

  test('both generations an upgraded database, of which the older half is frozen', () => {
    const { stores } = discover({ roots: [storeOf('2.0-constructed')] })
    expect(outline(stores)).toEqual([
      ['sqlite-v2', 'v2', true],
      ['sqlite-v1', 'v1', true],
    ])
    expect(stores.map(({ frozen }) => frozen)).toEqual([false, true])
  })

  test('nobody the database of another channel', () => {
    const data = copyStore('1.18.33')
    copyFileSync(join(data, 'opencode.db'), join(data, 'opencode-nightly.db'))
    const { stores } = discover({ roots: [data] })
    expect(outline(stores)).toEqual([
      ['sqlite-v1', 'v1', true],
      ['sqlite-v1', '', false],
    ])
    expect(stores[1]!.hidden).toContain('nightly')
  })
})

describe('on a machine', () => {
  const machine = (home: string, env: Machine['env'] = {}): Machine => ({ platform: 'linux', env, home })

  function home(): string {
    const root = tempDir()
    mkdirSync(join(root, '.local/share'), { recursive: true })
    renameSync(copyStore('1.18.33'), join(root, '.local/share/opencode'))
    return root
  }

  test('XDG_DATA_HOME decides what is in use; the usual place is read too', () => {
    const root = home()
    const other = tempDir()
    renameSync(copyStore('1.14.34'), join(other, 'opencode'))
    const { stores } = discover({ machine: machine(root, { XDG_DATA_HOME: other }), cwd: '/' })
    expect(stores.map(({ store, hidden }) => [store.path, hidden])).toEqual([
      [join(other, 'opencode/opencode.db'), null],
      [join(root, '.local/share/opencode/opencode.db'), `OpenCode looks in ${join(other, 'opencode')} here`],
    ])
  })

  test('OPENCODE_DB decides which database is in use', () => {
    const root = home()
    const mine = join(tempDir(), 'mine.db')
    copyFileSync(join(storeOf('1.2.1'), 'opencode.db'), mine)
    const { stores } = discover({ machine: machine(root, { OPENCODE_DB: mine }), cwd: '/' })
    expect(stores.map(({ store, visible }) => [store.path, visible.join()])).toEqual([
      [mine, 'v1'],
      [join(root, '.local/share/opencode/opencode.db'), ''],
    ])
  })

  test('nothing at all is an answer', () =>
    expect(discover({ machine: machine(tempDir()), cwd: '/' })).toMatchObject({ stores: [], problems: [] }))

  test('the project database of the old Go program is named, and is not ours', () => {
    const project = tempDir()
    mkdirSync(join(project, '.opencode'))
    const path = join(project, '.opencode/opencode.db')
    const db = new DatabaseSync(path)
    db.exec(
      'CREATE TABLE sessions(id TEXT PRIMARY KEY); CREATE TABLE messages(id TEXT); CREATE TABLE files(id TEXT); CREATE TABLE goose_db_version(id)',
    )
    db.close()
    mkdirSync(join(project, 'src'))
    const { stores, problems } = discover({ machine: machine(tempDir()), cwd: join(project, 'src') })
    expect(stores).toEqual([])
    expect(problems).toMatchObject([{ path, kind: 'foreign' }])
    expect(problems[0]!.reason).toContain('Go')
  })

  test('a database that cannot be read is a problem, and everything else is read', () => {
    const root = home()
    const data = join(root, '.local/share/opencode')
    writeFileSync(join(data, 'opencode-broken.db'), 'this is no database at all'.repeat(100))
    writeFileSync(join(data, 'opencode-empty.db'), '')
    const { stores, problems } = discover({ machine: machine(root), cwd: '/' })
    expect(stores).toHaveLength(1)
    expect(problems.map(({ path, kind }) => [path, kind])).toEqual([
      [join(data, 'opencode-broken.db'), 'unreadable'],
      [join(data, 'opencode-empty.db'), 'unreadable'],
    ])
  })
})

describe('databases under other names', () => {
  const names = [
    'opencode.sync-conflict-20260901-101112-ABCDEFG.db',
    "opencode (laptop's conflicted copy 2026-09-01).db",
    'opencode (1).db',
    'opencode.db.backup',
    'opencode.db.bak-20260901',
    'opencode.db~',
    'before the upgrade',
  ]

  test('are read, each as a copy that no OpenCode opens', () => {
    const data = tempDir()
    for (const name of ['opencode.db', ...names]) {
      new TestDatabase('1.18.33', join(data, name))
        .session({ id: `ses_in ${name}` })
        .session({ id: 'ses_all' })
        .done()
    }
    const { stores, problems } = discover({ roots: [data] })
    expect(problems).toEqual([])
    expect(stores.map(({ store }) => store.path.slice(data.length + 1)).sort()).toEqual(['opencode.db', ...names].sort())
    for (const { store, visible, hidden } of stores) {
      const inUse = store.path === join(data, 'opencode.db')
      expect([visible, hidden === null]).toEqual(inUse ? [['v1'], true] : [[], false])
    }
    const catalog = openCatalog({ roots: [data] })
    expect(catalog.session('ses_all')?.copies).toHaveLength(1 + names.length)
    expect([...catalog.stranded()]).toHaveLength(names.length)
  })

  test('of other programs, and what is no database, are left alone', () => {
    const data = writeTree({ 'auth.json': {}, 'notes.db.txt': 'not SQLite', short: 'SQL' })
    new TestDatabase('1.18.33', join(data, 'opencode.db')).session({ id: 'ses_1' }).done()
    const other = new DatabaseSync(join(data, 'cache.sqlite'))
    other.exec('CREATE TABLE cache (key, value)')
    other.close()
    const { stores, problems } = discover({ roots: [data] })
    expect(stores).toHaveLength(1)
    expect(problems).toMatchObject([{ path: join(data, 'cache.sqlite'), kind: 'foreign' }])
  })
})
