import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { omit } from '../src/base/omit.ts'
import { some } from '../src/testing/thorough.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { fixture, json, output, run, type SessionJSON, starting } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { execute } from './support/process.ts'
import { writeDatabase } from './support/store.ts'
import { tempDir } from './support/temp.ts'
import { emptyDatabase, faultsOf, killRounds, tornTrees, treeSpecs } from './support/whole.ts'

const dataOf = (release: string) => join(fixture(release), 'opencode')

interface Report {
  readonly change: string | null
  readonly files: number
  readonly sessions: readonly {
    readonly id: string
    readonly parentID: string | null
    readonly result: string
    readonly proof: string | null
    readonly messages: { readonly total: number } | null
  }[]
}

/** Backs a store up. */
async function backup(...args: string[]): Promise<string> {
  const path = join(tempDir('archive'), 'all.zip')
  expect(await run(['backup', '--all', '-o', path, '--quiet', ...args])).toMatchObject({ code: 0, stderr: '' })
  return path
}

let model: ModelServer

beforeAll(async () => {
  model = await startModel({ hello: [{ say: 'Hello.' }], more: [{ say: 'And one thing more.' }] })
})
afterAll(() => model.close())

describe.skipIf(!haveOpenCode)('the real OpenCode has back what it had', () => {
  test('after everything was lost: the same list, the same exports byte for byte, and it goes on', async () => {
    const opencode = new OpenCode(model)
    await opencode.prompt('#hello')
    const sessions = await opencode.sessions()
    expect(sessions).toHaveLength(1)
    const exports = () => Promise.all(sessions.map(({ id }) => opencode.exportText(id)))
    const before = await exports()
    const archive = await backup('--root', opencode.home)
    await opencode.stop()
    rmSync(opencode.data, { recursive: true })
    expect(await opencode.sessions().catch(() => [])).toEqual([])
    const here = { home: opencode.home, cwd: opencode.project }
    const report = await json<Report>(['restore', archive], here)
    expect(report.sessions.map(({ proof }) => proof)).toEqual(['exact'])
    expect(await opencode.sessions()).toEqual(sessions)
    expect(await exports()).toEqual(before)
    await opencode.prompt('#more', { session: sessions[0]!.id })
    expect(faultsOf(join(opencode.data, 'opencode.db'))).toEqual([])
  })

  // One store of each schema that there was; scripts/release-drill.ts tries all, each with the release that wrote it.
  const schemas = some(['1.2.1', '1.3.2', '1.14.34', '1.15.13', '1.17.0', '1.18.33'], 2)

  test('of the databases of all times: what it lists and says of each session is as it was', async () => {
    const restored = new OpenCode(model)
    emptyDatabase(join(restored.data, 'opencode.db'))
    for (const release of schemas) {
      const report = await json<Report>(['restore', await backup('--root', dataOf(release))], { home: restored.home })
      expect(report.sessions.map(({ proof }) => proof)).toEqual(report.sessions.map(() => 'exact'))
    }
    const all = await told(restored)
    const waiting = [...schemas]
    const compare = async () => {
      for (let release = waiting.shift(); release !== undefined; release = waiting.shift()) {
        const original = new OpenCode(model)
        copyStore(release, original)
        const { list, sessions } = await told(original)
        expect(sessions.size, release).toBeGreaterThan(8)
        for (const [id, text] of sessions) expect(all.sessions.get(id), release).toBe(text)
        expect(all.list.filter(({ id }) => sessions.has(id)).map(plainly)).toEqual(list.map(plainly))
      }
    }
    await Promise.all([compare(), compare()])
    expect(all.sessions.size).toBe(schemas.length * 9)
    expect(faultsOf(join(restored.data, 'opencode.db'))).toEqual([])
  })

  test('and reads the sessions of a JSON tree and of the 2.0 preview', async () => {
    const opencode = new OpenCode(model)
    emptyDatabase(join(opencode.data, 'opencode.db'))
    for (const release of ['1.1.65', '2.0-preview']) {
      const report = await json<Report>(['restore', await backup('--root', dataOf(release))], { home: opencode.home })
      expect(report.sessions.every(({ proof }) => proof === 'exact' || proof === 'same')).toBe(true)
      const { id } = report.sessions.toSorted((a, b) => (b.messages?.total ?? 0) - (a.messages?.total ?? 0))[0]!
      const ours: object = JSON.parse(await output(['export', id, '--no-tree', '--root', dataOf(release)]))
      expect(JSON.parse(await opencode.exported(id)), release).toMatchObject(ours)
    }
    expect(faultsOf(join(opencode.data, 'opencode.db'))).toEqual([])
  })
})

/** Copies the store of a release to where an OpenCode has its own. */
function copyStore(release: string, { data }: OpenCode): void {
  mkdirSync(data, { recursive: true })
  for (const name of readdirSync(dataOf(release)).filter((each) => each.startsWith('opencode.db'))) {
    copyFileSync(join(dataOf(release), name), join(data, name))
    chmodSync(join(data, name), 0o644)
  }
}

interface Listed {
  readonly id: string
  readonly project: unknown
}

/** The project of a session is told along, with the time of its last start. */
const plainly = (session: Listed) => omit(session, ['project'])

/** What a real OpenCode tells of all its sessions: its list, and each with its messages, which is what it exports. */
async function told(opencode: OpenCode): Promise<{ list: readonly Listed[]; sessions: ReadonlyMap<string, string> }> {
  const server = await opencode.server()
  const list = await server.ask<Listed[]>('/experimental/session?archived=true&limit=1000')
  const ids = new DatabaseSync(join(opencode.data, 'opencode.db'), { readOnly: true })
  const sessions = new Map<string, string>()
  for (const { id } of ids.prepare('SELECT id FROM session').all()) {
    sessions.set(String(id), `${await server.text(`/session/${id}`)}\n${await server.text(`/session/${id}/message`)}`)
  }
  ids.close()
  await opencode.stop()
  return { list, sessions }
}

/** A home with a database of 1.18 that has no sessions, and an archive of trees with several messages each. */
async function prepared(
  count: number,
  messages: number,
): Promise<{ home: string; database: string; archive: string; source: string }> {
  const home = tempDir('restore')
  const database = join(home, '.local', 'share', 'opencode', 'opencode.db')
  emptyDatabase(database)
  const source = join(tempDir('source'), 'source.db')
  writeDatabase(source, treeSpecs(count, messages))
  return { home, database, source, archive: await backup('--root', source) }
}

/** Sessions that are there; rows that are not those of the source, and trees that are not whole. */
function wholeness(database: string, wanted: string): { sessions: number; broken: unknown[] } {
  const db = new DatabaseSync(database)
  db.exec(`ATTACH '${wanted}' AS wanted`)
  const there = 'SELECT id FROM main.session'
  const other = (table: string, key: string, columns: string) =>
    db
      .prepare(
        `SELECT ${columns} FROM wanted.${table} WHERE ${key} IN (${there}) EXCEPT SELECT ${columns} FROM main.${table}
          UNION ALL SELECT ${columns} FROM main.${table} EXCEPT SELECT ${columns} FROM wanted.${table}`,
      )
      .all()
  const broken = [
    ...other('session', 'id', 'id, title, parent_id, project_id, directory, time_updated'),
    ...other('message', 'session_id', 'id, session_id, time_created, time_updated, data'),
    ...other('part', 'session_id', 'id, message_id, session_id, time_created, time_updated, data'),
  ]
  const torn = tornTrees(db)
  const sessions = db.prepare(there).all().length
  db.close()
  return { sessions, broken: [...broken, ...torn, ...faultsOf(database)] }
}

describe('whatever happens to a restore', () => {
  test('killed at any moment, it leaves whole trees only, and goes on where it was', async () => {
    const { home, database, source, archive } = await prepared(60, 16)
    const fresh = readFileSync(database)
    const seen = new Set<number>()
    const start = starting(['restore', archive, '--quiet'], home)
    const prepare = () => {
      for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true })
      writeFileSync(database, fresh)
    }
    await once(start(), 'close')
    expect(wholeness(database, source)).toEqual({ sessions: 60, broken: [] })
    await killRounds(start, prepare, (when) => {
      const { sessions, broken } = wholeness(database, source)
      expect(broken, when).toEqual([])
      seen.add(sessions)
    })
    expect(seen.size, 'some kills came in the middle').toBeGreaterThan(3)
    await output(['restore', archive, '--quiet'], { home })
    expect(wholeness(database, source)).toEqual({ sessions: 60, broken: [] })
    expect(await run(['undo'], { home })).toMatchObject({ code: 0, stderr: '' })
  })

  test('killed while it writes a JSON tree, it leaves whole sessions only', async () => {
    const [sessions, messages] = [12, 6]
    const { home, archive } = await prepared(sessions, messages)
    const root = join(home, 'tree', 'storage')
    const args = ['restore', archive, '--quiet', '--into', 'json', '--root', root]
    const start = starting(args, home)
    const seen = new Set<number>()
    await killRounds(
      start,
      () => rmSync(root, { recursive: true, force: true }),
      (when) => {
        const there = treeOf(root)
        for (const [id, found] of there) expect([id, found], when).toEqual([id, { messages, parts: 2 * messages }])
        seen.add(there.size)
      },
    )
    expect(seen.size, 'some kills came in the middle').toBeGreaterThan(3)
    await output(args, { home })
    expect(treeOf(root).size).toBe(sessions)
  })

  test('a full disk is named in one line, and nothing is half there', async ({ skip }) => {
    const { home, database, source, archive } = await prepared(120, 40)
    const disk = tempDir('disk')
    const mounted = await execute('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk])
    if (mounted.code !== 0) skip()
    try {
      copyFileSync(database, join(disk, 'opencode.db'))
      const { code, stderr } = await run(['restore', archive, '--root', join(disk, 'opencode.db')], { home })
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^ocvault: cannot write .*opencode\.db: (no space is left on the disk|the disk fails, or is full).*\n$/,
      )
      const { sessions, broken } = wholeness(join(disk, 'opencode.db'), source)
      expect(broken).toEqual([])
      expect(sessions).toBeGreaterThan(0)
      const tree = await run(['restore', archive, '--into', 'json', '--root', join(disk, 'tree')], { home })
      expect(tree.code).toBe(1)
      for (const [, { messages, parts }] of treeOf(join(disk, 'tree', 'storage'))) expect([messages, parts]).toEqual([40, 80])
    } finally {
      await execute('umount', [disk])
    }
  })

  test('a target that may not be written is named in one line', async ({ skip }) => {
    const { home, database, archive } = await prepared(3, 2)
    const folder = tempDir('read-only')
    copyFileSync(database, join(folder, 'opencode.db'))
    chmodSync(join(folder, 'opencode.db'), 0o444)
    chmodSync(folder, 0o555)
    chmodSync(archive, 0o644)
    if (process.getuid?.() !== 0) skip()
    chmodSync(join(archive, '..'), 0o755)
    const undo = tempDir('undo')
    chmodSync(undo, 0o777)
    const env = { XDG_DATA_HOME: undo }
    const before = readFileSync(join(folder, 'opencode.db'))
    for (const into of ['v1', 'json']) {
      const result = await run(['restore', archive, '--into', into, '--root', folder], { home, env, uid: 65534 })
      expect(result.code).toBe(1)
      expect(result.stderr.split('\n').every((line) => line === '' || line.startsWith('ocvault: '))).toBe(true)
    }
    expect(readFileSync(join(folder, 'opencode.db')).equals(before)).toBe(true)
    expect(readdirSync(folder)).toEqual(['opencode.db'])
  })
})

/** The sessions that a tree makes known, and how many messages and parts each has. */
function treeOf(root: string): Map<string, { messages: number; parts: number }> {
  const names = (...path: string[]) => (existsSync(join(root, ...path)) ? readdirSync(join(root, ...path)) : [])
  const sessions = names('session').flatMap((project) => names('session', project))
  const known = sessions.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length))
  return new Map(
    known.map((id) => {
      const messages = names('message', id).filter((name) => name.endsWith('.json'))
      const parts = messages.reduce((sum, name) => sum + names('part', name.slice(0, -'.json'.length)).length, 0)
      return [id, { messages: messages.length, parts }]
    }),
  )
}

describe('the command line', () => {
  test('brings a deleted session back with its subagents, and takes that back', async () => {
    const { home, database, source, archive } = await prepared(6, 2)
    await output(['restore', archive, '--quiet'], { home })
    const gone = `ses_${'1'.padStart(26, '0')}`
    const db = new DatabaseSync(database)
    db.exec(`PRAGMA foreign_keys = ON; DELETE FROM session WHERE id = '${gone}' OR parent_id = '${gone}'`)
    db.close()
    expect(wholeness(database, source).sessions).toBe(4)
    const planned = await output(['restore', archive, gone, '--dry-run'], { home })
    expect(planned).toMatch(/^new {2}ses_0+1 .*\nnew {2}ses_0+2 .*\nwould write 2 sessions: .*\n$/)
    expect(wholeness(database, source).sessions).toBe(4)
    const { stdout } = await run(['restore', archive, gone.slice(0, 30)], { home })
    expect(stdout).toContain('read back: 2 sessions byte for byte')
    expect(wholeness(database, source)).toEqual({ sessions: 6, broken: [] })
    await output(['undo'], { home })
    expect(wholeness(database, source).sessions).toBe(4)
    expect(await run(['restore', archive, 'ses_nobody'], { home })).toMatchObject({ code: 3 })
    expect(await run(['restore', archive, 'ses_'], { home })).toMatchObject({ code: 2 })
  })

  test('a drill proves it, and touches nothing', async () => {
    const { home, database, archive } = await prepared(3, 2)
    const before = readFileSync(database)
    const stdout = await output(['restore', archive, '--drill'], { home })
    expect(stdout).toMatch(/^tried .*all\.zip: 3 sessions, 6 messages into throw-away stores, which are gone again.*\n/)
    expect(stdout.split('\n').slice(1)).toEqual(['  3 sessions came back byte for byte', ''])
    expect(readFileSync(database).equals(before)).toBe(true)
    expect(existsSync(join(home, '.local', 'share', 'ocvault'))).toBe(false)
    expect(await run(['restore', archive, '--drill', '--update'], { home })).toMatchObject({ code: 2 })
  })

  test('of a damaged archive what is whole comes back, the rest is named', async () => {
    const { home, database, source, archive } = await prepared(6, 2)
    const folder = join(home, 'unpacked')
    expect(await execute('unzip', ['-q', archive, '-d', folder])).toMatchObject({ code: 0 })
    // A parent: its subagent comes back as a session of its own.
    const parent = `ses_${'1'.padStart(26, '0')}`
    const entry = join(folder, 'sessions', `${parent}.json`)
    writeFileSync(entry, readFileSync(entry, 'utf8').replace('text 0', 'text 1'))
    const partly = await run(['restore', folder], { home })
    expect(partly.code).toBe(5)
    expect(partly.stderr).toContain(`could not restore sessions/${parent}.json`)
    expect(partly.stderr).toContain(`its parent ${parent} cannot be read`)
    expect(wholeness(database, source).sessions).toBe(5)
    expect(await run(['restore', folder, '--drill'], { home })).toMatchObject({ code: 1 })
    for (const name of readdirSync(join(folder, 'sessions'))) writeFileSync(join(folder, 'sessions', name), '{}')
    expect(await run(['restore', folder], { home: tempDir('none') })).toMatchObject({ code: 3 })
    expect(await run(['restore', folder], { home })).toMatchObject({ code: 1 })
  })

  test('goes into another project, from where it can be taken back', async () => {
    const { home, archive } = await prepared(3, 2)
    const project = tempDir('project')
    const report = await json<Report>(['restore', archive, '--project', project], { home })
    expect(report.sessions.map(({ proof }) => proof)).toEqual(['same', 'same', 'same'])
    const [first] = await json<SessionJSON[]>(['list', '--root', home])
    expect(first!.directory).toBe(project)
    await output(['undo'], { home })
    expect(await run(['list', '--root', home])).toMatchObject({ code: 3, stdout: '' })
    await output(['restore', archive, '--map', '/nowhere=/somewhere', '--quiet'], { home })
    expect((await json<SessionJSON[]>(['list', '--root', home]))[0]!.directory).toBe('/somewhere')
  })
})
