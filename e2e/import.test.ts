import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { omit } from '../src/base/omit.ts'
import { some, times } from '../src/testing/thorough.ts'
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
  readonly sessions: readonly {
    readonly id: string
    readonly plan: string | null
    readonly result: string
    readonly parentID: string | null
  }[]
  readonly problems: readonly { readonly path: string; readonly reason: string }[]
}

interface Document {
  readonly info: Record<string, unknown>
  readonly messages: readonly { readonly info: Record<string, unknown>; readonly parts: readonly Record<string, unknown>[] }[]
}

/** A session but for the place where it is. */
function placeless({ info, messages }: Document): unknown {
  const rest = omit(info, ['projectID', 'directory', 'path'])
  return { info: rest, messages }
}

/** The same, with noughts where old releases did not count. */
function counted(document: Document): unknown {
  const { info, messages } = placeless(document) as Document
  return { info: { cost: 0, tokens: { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } }, ...info }, messages }
}

let model: ModelServer

beforeAll(async () => {
  model = await startModel({ hello: [{ say: 'Hello.' }], more: [{ say: 'And one thing more.' }] })
})
afterAll(() => model.close())

describe.skipIf(!haveOpenCode)('the real OpenCode works with what we import', () => {
  let opencode: OpenCode
  const importInto = (...args: string[]) => json<Report>(['import', ...args], { home: opencode.home, cwd: opencode.project })

  beforeAll(async () => {
    opencode = new OpenCode(model)
    await opencode.prompt('#hello')
  })

  test('it lists the sessions of a store, exports them as they were, and goes on with them', async () => {
    const report = await importInto(dataOf('1.18.33'))
    expect(report.sessions.every(({ plan, result }) => plan === 'new' && result === 'written')).toBe(true)
    const listed = (await opencode.sessions()).map(({ id }) => id)
    const roots = report.sessions.filter(({ parentID }) => parentID === null)
    expect(listed).toEqual(expect.arrayContaining(roots.map(({ id }) => id)))
    const parent = report.sessions.find(({ id }) => report.sessions.some(({ parentID }) => parentID === id))!
    const child = report.sessions.find(({ parentID }) => parentID === parent.id)!
    for (const { id } of [parent, child, report.sessions.at(-1)!]) {
      const there: Document = JSON.parse(await opencode.exportText(id))
      expect(placeless(there), id).toEqual(
        placeless(JSON.parse(await output(['export', id, '--no-tree', '--root', dataOf('1.18.33')]))),
      )
      expect(there.info.directory).toBe(opencode.project)
    }
    const before = (await opencode.export(parent.id)).messages.length
    await opencode.prompt('#more', { session: parent.id })
    const after = await opencode.export(parent.id)
    expect(after.messages.length).toBeGreaterThan(before)
    expect(after.messages.at(-1)!.parts.find(({ type }) => type === 'text')?.text).toBe('And one thing more.')
    // Since then it is ahead of the store, and its import cannot be taken back without a word.
    expect((await importInto(dataOf('1.18.33'))).sessions.find(({ id }) => id === parent.id)).toMatchObject({
      plan: 'behind',
      result: 'skipped',
    })
    const refused = await run(['undo'], { home: opencode.home })
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining(parent.id) })
    expect(faultsOf(join(opencode.data, 'opencode.db'))).toEqual([])
  })

  test.each(some(['0.5.29', '1.0.0', '1.1.65', '2.0-preview'], 2))('also those of %s', async (release) => {
    const report = await importInto(dataOf(release), '--as-copy')
    expect(report.sessions.every(({ result }) => result !== 'failed' && result !== 'refused')).toBe(true)
    const { id } = report.sessions.findLast(({ parentID, result }) => parentID === null && result === 'written')!
    const before = await opencode.export(id)
    await opencode.prompt('#more', { session: id })
    const after = await opencode.export(id)
    expect(after.messages.slice(0, before.messages.length).map(({ info }) => info.id)).toEqual(
      before.messages.map(({ info }) => info.id),
    )
    expect(after.messages.at(-1)!.parts.find(({ type }) => type === 'text')?.text).toBe('And one thing more.')
  })

  test('rows are those that opencode import writes', async () => {
    const there = new OpenCode(model)
    await there.prompt('#hello')
    const here = new OpenCode(model)
    await here.prompt('#hello')
    const folder = tempDir('rows')
    await output(['export', '--all', '-o', folder, '--root', dataOf('1.18.33')])
    const files = readdirSync(folder).filter((name) => name !== 'index.json')
    rmSync(join(folder, 'index.json'))
    // A start of OpenCode for each: when all is tried, enough of them to have every column filled.
    for (const name of files.splice(times(3, 5))) rmSync(join(folder, name))
    for (const name of files) expect(await there.import(join(folder, name))).toMatchObject({ code: 0 })
    await output(['import', folder, '--quiet'], { home: here.home, cwd: here.project })
    const rows = ({ data, project }: OpenCode) => {
      const db = new DatabaseSync(join(data, 'opencode.db'))
      const own = (table: string, key: string) =>
        db
          .prepare(
            `SELECT * FROM ${table} WHERE ${key} IN (SELECT id FROM session WHERE title NOT LIKE 'New session%'
              AND title NOT LIKE '%hello%' AND slug IS NOT NULL AND time_created < ?) ORDER BY id`,
          )
          .all(Date.UTC(2026, 10, 21, 6))
          .map((row) => {
            const { data: text, ...rest } = omit(row, ['project_id'])
            if (table !== 'session') {
              // Both are the time of the import.
              delete rest.time_updated
              if (table === 'part') delete rest.time_created
            } else rest.directory = String(rest.directory).replace(project, '')
            return { ...rest, ...(text !== undefined && { data: JSON.parse(String(text)) }) }
          })
      const all = { session: own('session', 'id'), message: own('message', 'session_id'), part: own('part', 'session_id') }
      db.close()
      return all
    }
    const [theirs, ours] = [rows(there), rows(here)]
    expect(theirs.session.length).toBeGreaterThan(times(1, 3))
    expect(ours).toEqual(theirs)
    const projects = ({ data }: OpenCode) => {
      const db = new DatabaseSync(join(data, 'opencode.db'))
      const found = db
        .prepare(
          `SELECT vcs, name, sandboxes, commands, (SELECT count(*) FROM session s WHERE s.project_id = p.id) AS n
            FROM project p ORDER BY n`,
        )
        .all()
      db.close()
      return found
    }
    expect(projects(here)).toEqual(projects(there))
  })

  test('beside a running OpenCode nobody is in the way of the other', async () => {
    const busy = opencode.run('#more')
    const report = await importInto(dataOf('1.15.13'), '--as-copy')
    expect(report.sessions.every(({ result }) => result !== 'failed')).toBe(true)
    await busy
    expect(faultsOf(join(opencode.data, 'opencode.db'))).toEqual([])
  })

  test('a session of a workspace that is not here is opened, which OpenCode refuses where the workspace is named', async () => {
    const folder = tempDir('workspace')
    const [session] = await opencode.sessions()
    const document: Document = JSON.parse(await opencode.exportText(session!.id))
    document.info.workspaceID = 'wrk_01kelsewhere000000000000000'
    const path = join(folder, 'session.json')
    writeFileSync(path, JSON.stringify(document))
    const fresh = new OpenCode(model)
    emptyDatabase(join(fresh.data, 'opencode.db'))
    const { code, stderr } = await run(['import', path, '--quiet'], { home: fresh.home, cwd: fresh.project })
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('a workspace that is not here') })
    const there = await fresh.export(session!.id)
    expect(there.messages).toHaveLength(document.messages.length)
    expect(there.info).toMatchObject({ metadata: { ocvault: { workspace: document.info.workspaceID } } })
    await fresh.prompt('#more', { session: session!.id })
    await fresh.stop()
    const db = new DatabaseSync(join(fresh.data, 'opencode.db'))
    db.prepare('UPDATE session SET workspace_id = ?').run(String(document.info.workspaceID))
    db.close()
    await expect(fresh.export(session!.id)).rejects.toThrow(/500|[Ww]orkspace/)
  })

  test('in a project that it has never seen, the project is the one that it finds', async () => {
    const fresh = new OpenCode(model)
    const other = join(fresh.home, 'elsewhere')
    mkdirSync(other)
    emptyDatabase(join(fresh.data, 'opencode.db'))
    await output(['import', dataOf('1.18.33'), '--quiet'], { home: fresh.home, cwd: fresh.project })
    const sessions = await fresh.sessions()
    expect(sessions.length).toBeGreaterThan(5)
    const db = new DatabaseSync(join(fresh.data, 'opencode.db'))
    expect(db.prepare('SELECT count(DISTINCT project_id) AS n FROM session').get()).toMatchObject({ n: 1 })
    db.close()
  })
})

/** A home with a database of 1.18, and a store with many sessions of several messages to import. */
function prepared(count: number, messages: number): { home: string; database: string; source: string; undo: string } {
  const home = tempDir('import')
  const database = join(home, '.local', 'share', 'opencode', 'opencode.db')
  mkdirSync(join(home, '.local', 'share', 'opencode'), { recursive: true })
  copyFileSync(join(dataOf('1.18.33'), 'opencode.db'), database)
  const source = join(home, 'source.db')
  writeDatabase(source, treeSpecs(count, messages))
  return { home, database, source, undo: join(home, '.local', 'share', 'ocvault', 'undo') }
}

/** Sessions that are there, each with its rows; and trees that are not whole. */
function wholeness(database: string, wanted: string): { sessions: number; broken: unknown[] } {
  const db = new DatabaseSync(database)
  db.exec(`ATTACH '${wanted}' AS wanted`)
  const there = 'SELECT id FROM main.session WHERE id IN (SELECT id FROM wanted.session)'
  const counts = (table: string) =>
    db
      .prepare(
        `SELECT s.id FROM wanted.session s WHERE s.id IN (${there}) AND
          (SELECT count(*) FROM main.${table} m WHERE m.session_id = s.id) <>
          (SELECT count(*) FROM wanted.${table} w WHERE w.session_id = s.id)`,
      )
      .all()
  const sessions = db.prepare(there).all().length
  const broken = [...counts('message'), ...counts('part'), ...tornTrees(db)]
  db.close()
  return { sessions, broken: [...broken, ...faultsOf(database)] }
}

describe('whatever happens to an import', () => {
  test('killed at any moment, it leaves whole trees only', async () => {
    const { home, database, source } = prepared(60, 20)
    const fresh = readFileSync(database)
    const seen = new Set<number>()
    const start = starting(['import', source, '--keep-project', '--quiet'], home)
    const prepare = () => {
      for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true })
      writeFileSync(database, fresh)
    }
    await killRounds(start, prepare, (when) => {
      const { sessions, broken } = wholeness(database, source)
      expect(broken, when).toEqual([])
      seen.add(sessions)
    })
    expect(seen.size, 'some kills came in the middle').toBeGreaterThan(3)
    // What was noted can be taken back, and the rest of the import still goes.
    await output(['import', source, '--keep-project', '--quiet'], { home })
    expect(wholeness(database, source)).toEqual({ sessions: 60, broken: [] })
    const undone = await run(['undo'], { home })
    expect(undone).toMatchObject({ code: 0, stderr: '' })
  })

  test('a program that writes for long is waited for, and then named in one line', async () => {
    const { home, database, source } = prepared(3, 2)
    const db = new DatabaseSync(database)
    db.exec('BEGIN IMMEDIATE')
    const { code, stderr } = await run(['import', source, '--keep-project'], { home })
    const reason = 'another program has been writing to it for 5 seconds; end it, or try again (database is locked)'
    expect({ code, stderr }).toEqual({ code: 1, stderr: `ocvault: cannot write ${database}: ${reason}\n` })
    db.exec('ROLLBACK')
    db.close()
    expect(wholeness(database, source)).toEqual({ sessions: 0, broken: [] })
  })

  test('a full disk is named in one line, and nothing is half there', async ({ skip }) => {
    const { home, database, source } = prepared(120, 40)
    const disk = tempDir('disk')
    const mounted = await execute('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk])
    if (mounted.code !== 0) skip()
    try {
      copyFileSync(database, join(disk, 'opencode.db'))
      const { code, stderr } = await run(['import', source, '--keep-project', '--root', join(disk, 'opencode.db')], { home })
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^ocvault: cannot write .*opencode\.db: (no space is left on the disk|the disk fails, or is full).*\n$/,
      )
      const { sessions, broken } = wholeness(join(disk, 'opencode.db'), source)
      expect(broken).toEqual([])
      expect(sessions).toBeGreaterThan(0)
      expect(stderr).toContain(`${sessions} sessions were imported before`)
    } finally {
      await execute('umount', [disk])
    }
  })

  test('notes that cannot be written keep it from being made', async ({ skip }) => {
    const { home, database, source } = prepared(3, 2)
    const disk = tempDir('notes')
    const mounted = await execute('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', disk])
    if (mounted.code !== 0) skip()
    try {
      const env = { XDG_DATA_HOME: disk }
      const { code, stderr } = await run(['import', source, '--keep-project', '--root', database], { home, env })
      expect(code).toBe(1)
      expect(stderr.split('\n')).toHaveLength(2)
      expect(wholeness(database, source)).toEqual({ sessions: 0, broken: [] })
    } finally {
      await execute('umount', [disk])
    }
  })
})

describe('the command line', () => {
  test('shows the plan, does it, and takes it back', async () => {
    const { home, database, source } = prepared(3, 2)
    const args = ['import', source, '--keep-project', '--root', database]
    const planned = await output([...args, '--dry-run'], { home })
    expect(planned).toMatch(/^new {2}ses_0+ {2}2 messages {2}Session 0 {3}.*\n(new.*\n){2}would write 3 sessions: /)
    expect(wholeness(database, source).sessions).toBe(0)
    expect(await output(args, { home })).toContain('wrote 3 sessions')
    expect(await output(['undo', '--list'], { home })).toMatch(/^\d{4}-\d\d-\d\dT\S+ {2}3 sessions {2}Session \d/)
    expect(await output(['undo'], { home })).toMatch(/^took back \S+: 3 sessions removed, 0 as they were before\n$/)
    expect(wholeness(database, source).sessions).toBe(0)
    expect(await run(['undo'], { home })).toMatchObject({ code: 3, stderr: 'ocvault: there is nothing to take back\n' })
  })

  test('says with exit code 4 what is there with other content, with 5 what could not be read', async () => {
    const { home, database } = prepared(1, 1)
    const folder = tempDir('files')
    const list = await json<SessionJSON[]>(['list', '--root', dataOf('1.18.33')])
    const id = list[0]!.id
    const document: Document = JSON.parse(await output(['export', id, '--no-tree', '--root', dataOf('1.18.33')]))
    writeFileSync(join(folder, 'a.json'), JSON.stringify({ ...document, info: { ...document.info, title: 'Other' } }))
    const refused = await run(['import', folder, '--root', database], { home })
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/is here with other content; different: its title, here ".*" and there "Other" \(--update/),
    })
    writeFileSync(join(folder, 'a.json'), JSON.stringify(document))
    writeFileSync(join(folder, 'b.json'), JSON.stringify(document).slice(0, 300))
    const partly = await run(['import', folder, '--root', database], { home })
    expect(partly).toMatchObject({ code: 5, stderr: expect.stringContaining('ends in the middle, after 300 bytes') })
    expect(await run(['import', join(folder, 'b.json'), '--root', database], { home })).toMatchObject({ code: 1 })
    expect(await run(['import', folder, '--root', home, '--map', 'x'], { home })).toMatchObject({ code: 2 })
    expect(await run(['import', folder], { home: tempDir('empty') })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('start opencode once'),
    })
  })

  test('brings an export of everything back into another home', async () => {
    const { home, database } = prepared(1, 1)
    const zip = join(tempDir('zip'), 'all.zip')
    await output(['export', '--all', '-o', zip, '--quiet', '--root', dataOf('1.17.19')])
    await output(['import', zip, '--keep-project', '--root', database], { home })
    for (const { id } of await json<SessionJSON[]>(['list', '--subagents', '--root', dataOf('1.17.19')])) {
      const [here, there] = [database, dataOf('1.17.19')].map((root) => output(['export', id, '--no-tree', '--root', root]))
      expect(counted(JSON.parse(await here!))).toEqual(counted(JSON.parse(await there!)))
    }
  })
})
