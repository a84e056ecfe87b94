import { mkdirSync, realpathSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OcvaultError } from '../../base/errors.ts'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore, storeOf, tempDir, writeTree } from '../../testing/temp.ts'
import { type Catalog, type CatalogFilter, openCatalog } from './catalog.ts'
import { projectScope } from './project-scope.ts'

const ids = (catalog: Catalog, filter: CatalogFilter = {}) => [...catalog.sessions(filter)].map(({ id }) => id)

/** A database, and beside it the JSON tree that it was imported from. */
function twoStores(database: (db: TestDatabase) => void, tree: Readonly<Record<string, object>>): Catalog {
  const data = writeTree(Object.fromEntries(Object.entries(tree).map(([path, content]) => [`opencode/storage/${path}`, content])))
  const made = new TestDatabase('1.18.33', join(data, 'opencode/opencode.db'))
  database(made)
  made.done()
  return openCatalog({ roots: [join(data, 'opencode')] })
}

const inTree = (id: string, updated: number, more: object = {}) => ({
  id,
  title: `${id} in the tree`,
  projectID: 'p',
  directory: '/work',
  time: { created: 1, updated },
  ...more,
})

describe('a session with several copies', () => {
  test('is listed once, by the copy that was updated last', () => {
    const catalog = twoStores((db) => db.session({ id: 'ses_1', title: 'in the database', time_updated: 5 }), {
      'session/p/ses_1.json': inTree('ses_1', 9),
      'session/p/ses_2.json': inTree('ses_2', 7),
    })
    expect(
      [...catalog.sessions()].map(({ id, title, copies }) => [
        id,
        title,
        copies.map(({ store, visible }) => `${store} ${visible}`),
      ]),
    ).toEqual([
      ['ses_1', 'ses_1 in the tree', ['json-tree ', 'sqlite-v1 v1']],
      ['ses_2', 'ses_2 in the tree', ['json-tree ']],
    ])
  })

  test('is read from the database when both are of the same time', () => {
    const catalog = twoStores((db) => db.session({ id: 'ses_1', title: 'in the database', time_updated: 5 }), {
      'session/p/ses_1.json': inTree('ses_1', 5),
    })
    expect(catalog.session('ses_1')).toMatchObject({
      title: 'in the database',
      copies: [{ store: 'sqlite-v1' }, { store: 'json-tree' }],
    })
  })

  test('is judged by its leading copy, in every order', () => {
    const catalog = twoStores(
      (db) =>
        db.session({ id: 'ses_1', title: 'renamed', time_updated: 9 }).session({ id: 'ses_2', title: 'aaa', time_updated: 8 }),
      {
        'session/p/ses_1.json': inTree('ses_1', 5, { title: 'aardvark' }),
      },
    )
    expect(ids(catalog, { title: 'aardvark' })).toEqual([])
    expect(ids(catalog, { title: 'renamed' })).toEqual(['ses_1'])
    expect(ids(catalog, { until: 6 })).toEqual([])
    expect(ids(catalog, { sort: 'title' })).toEqual(['ses_2', 'ses_1'])
  })
})

describe('a subagent', () => {
  const call = (state: object) => ({
    type: 'tool',
    tool: 'task',
    callID: 'c',
    state: { status: 'completed', input: { description: 'explore parser' }, ...state },
  })

  function orphaned(state: object): Catalog {
    const made = new TestDatabase()
      .session({ id: 'ses_parent', time_created: 10, time_updated: 50 })
      .session({ id: 'ses_other', time_created: 12, time_updated: 60 })
      .session({ id: 'ses_child', title: 'explore parser (@explore subagent)', time_created: 20, time_updated: 30 })
      .message('ses_other', 'msg_0', { role: 'assistant' }, 15)
      .message('ses_parent', 'msg_1', { role: 'assistant' }, 20)
      .part('ses_parent', 'msg_1', 'prt_1', call(state))
    return openCatalog({ roots: [made.done()] })
  }

  test('belongs to its parentID', () => {
    const catalog = openCatalog({ roots: [storeOf('1.18.33')] })
    const [child] = catalog.children('ses_e0357cce2ffe66y22yqwafqA4x')
    expect(child).toMatchObject({ id: 'ses_e0357bd83ffefNEAejjNTUb2x9', parentID: 'ses_e0357cce2ffe66y22yqwafqA4x' })
    expect(ids(catalog, { roots: true })).not.toContain(child!.id)
    expect(ids(catalog)).toContain(child!.id)
  })

  test.each([
    ['whose task call names it', { metadata: { sessionId: 'ses_child' } }],
    ['whose task call has the description in its title', {}],
  ])('that lost its parentID belongs to the session %s', (_label, state) => {
    const catalog = orphaned(state)
    expect(ids(catalog, { roots: true }).sort()).toEqual(['ses_other', 'ses_parent'])
    expect(catalog.session('ses_child')?.parentID).toBe('ses_parent')
    expect(catalog.session('ses_parent')?.subagents).toBe(1)
    expect(catalog.children('ses_parent').map(({ id }) => id)).toEqual(['ses_child'])
    expect(ids(catalog, { parentIDs: ['ses_parent'] })).toEqual(['ses_child'])
  })

  test('whose parent is nowhere to be found stays in the list', () => {
    expect(ids(orphaned({ metadata: { sessionId: 'ses_somebody_else' }, input: {} }), { roots: true })).toContain('ses_child')
  })

  test('that is its own ancestor ends the tree', () => {
    const made = new TestDatabase().session({ id: 'ses_a', parent_id: 'ses_b' }).session({ id: 'ses_b', parent_id: 'ses_a' })
    const catalog = openCatalog({ roots: [made.done()] })
    const [root] = catalog.sessions({ roots: true })
    expect([...catalog.tree(root!)].map(([{ id }, depth]) => [id, depth])).toEqual([
      ['ses_b', 0],
      ['ses_a', 1],
    ])
  })
})

describe('a name', () => {
  const catalog = openCatalog({ roots: [storeOf('1.18.33')] })

  test('is an id, the beginning of one, or latest', () => {
    const id = 'ses_e0357cce2ffe66y22yqwafqA4x'
    for (const name of [id, 'ses_e0357cce', 'e0357cce', id.slice(4)]) expect(catalog.resolve(name)).toBe(id)
    expect(catalog.resolve('latest')).toBe(ids(catalog, { roots: true })[0])
  })

  test('that means more than one session, or none, is refused', () => {
    expect(() => catalog.resolve('ses_e0')).toThrow('begins more than one session id')
    for (const name of ['ses_nope', '', "' OR 1=1 --", '%']) expect(() => catalog.resolve(name)).toThrow(OcvaultError)
  })

  test('that is the beginning of a longer id still means itself', () => {
    const made = new TestDatabase().session({ id: 'ses_a' }).session({ id: 'ses_ab' })
    expect(openCatalog({ roots: [made.done()] }).resolve('ses_a')).toBe('ses_a')
  })
})

test('agents and models are found in messages where the session does not say', () => {
  const catalog = openCatalog({ roots: [storeOf('1.2.1')] })
  expect([...catalog.sessions()].every(({ agent, model }) => agent === null && model === null)).toBe(true)
  expect(ids(catalog, { model: 'FAKE/m' })).toHaveLength(9)
  expect(ids(catalog, { model: 'gpt' })).toEqual([])
  expect(ids(catalog, { agent: 'Build', roots: true }).length).toBeGreaterThan(5)
  expect(ids(catalog, { agent: 'explore' })).toHaveLength(1)
})

describe('a stranded session', () => {
  const reasons = (catalog: Catalog) => [...catalog.stranded()].map(({ session, reason }) => [session.id, reason])

  test('is one that was never imported', () => {
    const catalog = twoStores((db) => db.session({ id: 'ses_1', time_updated: 5 }), {
      'session/p/ses_1.json': inTree('ses_1', 4),
      'session/p/ses_2.json': inTree('ses_2', 3),
    })
    expect(reasons(catalog)).toEqual([['ses_2', expect.stringContaining('never imported')]])
  })

  test('is one that 2.x did not take over', () => {
    const catalog = openCatalog({ roots: [storeOf('2.0-constructed')] })
    const stranded = reasons(catalog)
    expect(stranded).toHaveLength(7)
    expect(stranded[0]![1]).toContain('only OpenCode 1.x shows it')
  })

  test('is none where one release reads everything', () => {
    for (const release of ['1.18.33', '1.1.65', 'upgraded-1.1.65-1.2.1-1.18.33'])
      expect(reasons(openCatalog({ roots: [storeOf(release)] }))).toEqual([])
  })
})

describe('the sessions of a directory', () => {
  const made = (rows: readonly (readonly [string, string, string])[], projects: readonly (readonly [string, string])[]) => {
    const db = new TestDatabase()
    for (const [id, worktree] of projects)
      db.insert('project', { id, worktree, sandboxes: '[]', time_created: 1, time_updated: 1 })
    for (const [id, project_id, directory] of rows) db.session({ id, project_id, directory })
    return openCatalog({ roots: [db.done()] })
  }

  test('are found under every id that its project had, and under none', () => {
    const root = tempDir()
    mkdirSync(join(root, '.git'))
    const catalog = made(
      [
        ['ses_old', 'oldid', '/moved/away'],
        ['ses_sub', 'global', join(root, 'src')],
        ['ses_else', 'other', '/elsewhere'],
        ['ses_nested', 'nested', join(root, 'vendor/lib')],
      ],
      [
        ['oldid', root],
        ['other', '/elsewhere'],
        ['nested', join(root, 'vendor/lib')],
      ],
    )
    const project = projectScope(catalog.stores, join(root, 'src'))
    expect(ids(catalog, { project }).sort()).toEqual(['ses_old', 'ses_sub'])
  })

  test('outside of git are those started there or below, whatever else is in the project global', () => {
    const root = tempDir()
    const catalog = made(
      [
        ['ses_here', 'global', root],
        ['ses_below', 'global', join(root, 'deep/er')],
        ['ses_beside', 'global', `${root}-other`],
      ],
      [['global', '/']],
    )
    expect(ids(catalog, { project: projectScope(catalog.stores, root) }).sort()).toEqual(['ses_below', 'ses_here'])
  })

  describe.each([false, true])('with links (in git: %s)', (git) => {
    const linked = () => {
      const root = realpathSync(tempDir())
      const [real, link] = [join(root, 'disk/code/app'), join(root, 'code/app')]
      mkdirSync(real, { recursive: true })
      if (git) mkdirSync(join(real, '.git'))
      symlinkSync(join(root, 'disk/code'), join(root, 'code'))
      return { root, real, link }
    }
    const sessions = (catalog: Catalog, directory: string) =>
      ids(catalog, { project: projectScope(catalog.stores, directory) }).sort()

    test('are the same by every name, also where their folder is gone; not those of neighbours', () => {
      const { root, real, link } = linked()
      const rows: readonly (readonly [string, string, string])[] = [
        ['ses_below', 'global', `${link}/src/`],
        ['ses_link', 'global', link],
        ['ses_real', 'global', real],
        ['ses_x1', 'global', `${link}-2`],
        ['ses_x2', 'global', join(root, 'code')],
      ]
      const catalog = made(rows, [['global', '/']])
      for (const directory of [real, link, `${link}/`])
        expect(sessions(catalog, directory)).toEqual(['ses_below', 'ses_link', 'ses_real'])
    })

    test('are found by the id of a project that is known by its link', () => {
      const { real, link } = linked()
      const catalog = made([['ses_moved', 'bylink', '/moved/away']], [['bylink', link]])
      expect(sessions(catalog, real)).toEqual(['ses_moved'])
    })

    test('are not those of a project below that is known by its link', () => {
      const { real, link } = linked()
      const rows: readonly (readonly [string, string, string])[] = [
        ['ses_here', 'global', real],
        ['ses_nested', 'nested', join(real, 'vendor/lib')],
      ]
      const catalog = made(rows, [['nested', join(link, 'vendor/lib')]])
      expect(sessions(catalog, real)).toEqual(['ses_here'])
    })
  })

  test('of Windows are found in every spelling, also from Linux', () => {
    const names = ['C:\\me\\proj', 'c:/me/Proj/', '/mnt/c/me/proj/src', 'C:\\me\\proj2', 'D:\\me\\proj', 'C:\\me']
    const catalog = made(
      names.map((name, at) => [`ses_${at}`, 'global', name] as const),
      [['global', '/']],
    )
    for (const asked of ['C:\\me\\proj', 'c:/ME/proj/', '/mnt/c/me/proj'])
      expect(ids(catalog, { project: projectScope(catalog.stores, asked) }).sort()).toEqual(['ses_0', 'ses_1', 'ses_2'])
  })

  test('of an old slug tree are found by directory', () => {
    const data = copyStore('0.5.29')
    const home = tempDir()
    renameSync(data, join(home, 'opencode'))
    const catalog = openCatalog({ roots: [home] })
    const project = projectScope(catalog.stores, '/home/dev/v0.5.29/work/parser')
    expect(ids(catalog, { project })).toHaveLength(6)
  })
})
