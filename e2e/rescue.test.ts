import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rowTexts } from '../src/testing/database.ts'
import { killAtChanges } from '../src/testing/kills.ts'
import { times } from '../src/testing/thorough.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { fixture, json, output, run, starting, type WhereJSON } from './support/ocvault.ts'
import { type Exported, haveOpenCode, OpenCode } from './support/opencode.ts'
import { execute } from './support/process.ts'
import { writeDatabase } from './support/store.ts'
import { tempDir } from './support/temp.ts'
import { emptyDatabase, faultsOf, killRounds, tornTrees, treeSpecs } from './support/whole.ts'

interface Report {
  readonly change: string | null
  readonly sessions: readonly { readonly id: string; readonly plan: string; readonly result: string }[]
  readonly sources: readonly { readonly path: string; readonly sessions: readonly string[] }[]
}

const said = ({ messages }: Exported) => messages.map(({ parts }) => parts.map(({ id, type, text }) => [id, type, text]))

let model: ModelServer

beforeAll(async () => {
  model = await startModel({ hello: [{ say: 'Hello.' }], more: [{ say: 'And one thing more.' }] })
})
afterAll(() => model.close())

describe.skipIf(!haveOpenCode)('the real OpenCode', () => {
  test('lists, exports and goes on with what it did not show, which was rescued while it had the database open', async () => {
    const opencode = new OpenCode(model)
    const ids = []
    for (let each = 0; each < 4; each++) ids.push(await opencode.prompt('#hello'))
    const [channel = '', rows = '', events = '', keep = ''] = ids
    const before = await Promise.all(ids.map((id) => opencode.export(id)))
    await opencode.stop()

    const database = join(opencode.data, 'opencode.db')
    const db = new DatabaseSync(database)
    db.exec(`VACUUM INTO '${join(opencode.data, 'opencode-dev.db')}'`)
    db.exec('PRAGMA foreign_keys = OFF')
    const gone = (id: string, ...tables: readonly string[]) => {
      for (const table of tables) db.exec(`DELETE FROM ${table} WHERE ${table === 'session' ? 'id' : 'session_id'} = '${id}'`)
    }
    gone(channel, 'part', 'message', 'session')
    db.exec(`DELETE FROM event_sequence WHERE aggregate_id = '${channel}'; DELETE FROM event WHERE aggregate_id = '${channel}'`)
    gone(events, 'part', 'message', 'session')
    gone(rows, 'session')
    db.close()
    const dev = new DatabaseSync(join(opencode.data, 'opencode-dev.db'))
    dev.exec(`PRAGMA foreign_keys = ON; DELETE FROM session WHERE id IN ('${rows}', '${events}', '${keep}')`)
    dev.exec('DELETE FROM event_sequence; DELETE FROM event')
    dev.close()
    cpSync(join(fixture('1.1.65'), 'opencode', 'storage'), join(opencode.data, 'storage'), { recursive: true })
    await execute('chmod', ['-R', 'u+w', join(opencode.data, 'storage')])

    const here = { home: opencode.home, cwd: opencode.project }
    expect((await opencode.sessions()).map(({ id }) => id)).toEqual([keep])
    const stranded = (await json<WhereJSON>(['where'], here)).stranded.map(({ id }) => id)
    expect(stranded).toEqual(expect.arrayContaining([channel, rows, events]))
    const report = await json<Report>(['rescue'], here)
    expect(report.sessions.map(({ id }) => id).sort()).toEqual(stranded.sort())
    expect(report.sessions.every(({ result }) => result === 'written')).toBe(true)
    expect((await json<WhereJSON>(['where'], here)).stranded).toEqual([])

    expect((await opencode.sessions()).map(({ id }) => id).sort()).toEqual([...ids].sort())
    expect((await opencode.list()).map(({ id }) => id).sort()).toEqual([...ids].sort())
    expect(await opencode.export(channel)).toEqual(before[0])
    for (const [at, id] of ids.entries()) expect(said(await opencode.export(id)), id).toEqual(said(before[at]!))
    for (const id of report.sources.find(({ path }) => path.endsWith('storage'))!.sessions)
      expect((await opencode.export(id)).messages.length, id).toBeGreaterThan(0)
    await opencode.run('-s', rows, '#more')
    await opencode.prompt('#more', { session: events })
    for (const [id, was] of [
      [rows, before[1]!],
      [events, before[2]!],
    ] as const)
      expect((await opencode.export(id)).messages.length, id).toBeGreaterThan(was.messages.length)
    expect(await run(['rescue'], here)).toMatchObject({ code: 0, stdout: '' })
  })
})

/** A home whose database has lost rows of sessions, beside one of another channel. */
function prepared(count: number, messages: number) {
  const home = tempDir('rescue')
  const data = join(home, '.local', 'share', 'opencode')
  const [database, other] = [join(data, 'opencode.db'), join(data, 'opencode-dev.db')]
  emptyDatabase(database)
  const sessions = treeSpecs(count, messages)
  writeDatabase(other, sessions)
  const lost = treeSpecs(4, 6).map((spec) => ({ ...spec, id: spec.id.replace('ses_0', 'ses_9'), parentID: '' }))
  const source = join(home, 'source.db')
  writeDatabase(
    source,
    lost.map(({ parentID, ...spec }) => spec),
  )
  const db = new DatabaseSync(database)
  db.exec(`PRAGMA foreign_keys = OFF; ATTACH '${source}' AS source`)
  for (const table of ['message', 'part']) db.exec(`INSERT INTO main.${table} SELECT * FROM source.${table}`)
  db.exec("DELETE FROM message WHERE session_id LIKE 'ses_9%0' AND id LIKE '%1'")
  db.close()
  return { home, data, database, other, count: count + lost.length }
}

/** Sessions that are there, and what is wrong with what is there. */
function wholeness(database: string, wanted: string): { sessions: number; broken: unknown[] } {
  const db = new DatabaseSync(database)
  db.exec(`ATTACH '${wanted}' AS wanted`)
  const sessions = Number(db.prepare('SELECT count(*) AS n FROM main.session').get()?.n)
  const left = db.prepare("SELECT 1 FROM main.part WHERE session_id LIKE 'ses_9%'").all().length
  const torn = tornTrees(db)
  const half = db
    .prepare(
      `SELECT id FROM main.session s JOIN wanted.session USING (id) WHERE
        (SELECT count(*) FROM main.part p WHERE p.session_id = s.id) <> (SELECT count(*) FROM wanted.part p WHERE p.session_id = s.id)`,
    )
    .all()
  db.close()
  return { sessions, broken: [...torn, ...half, ...(left === 48 ? [] : [`${left} parts are left`])] }
}

describe('whatever happens to a rescue', () => {
  test('killed at any moment, it leaves whole trees and what was left before, and goes on', async () => {
    const { home, database, other, count } = prepared(40, 8)
    const fresh = readFileSync(database)
    const before = rowTexts(database)
    const seen = new Set<number>()
    const start = starting(['rescue', '--quiet'], home)
    const prepare = () => {
      for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true })
      writeFileSync(database, fresh)
      rmSync(join(home, '.local', 'share', 'ocvault'), { recursive: true, force: true })
    }
    await killRounds(start, prepare, (when) => {
      const { sessions, broken } = wholeness(database, other)
      expect(broken, when).toEqual([])
      seen.add(sessions)
    })
    expect(seen.size, 'some kills came in the middle').toBeGreaterThan(3)
    await output(['rescue', '--quiet'], { home })
    expect(wholeness(database, other)).toEqual({ sessions: count, broken: [] })
    expect(faultsOf(database)).toEqual([])
    while ((await run(['undo'], { home })).code === 0);
    expect(rowTexts(database)).toEqual(before)
  })

  test('an undo that is killed has taken all of it back, or nothing', async () => {
    const { home, database } = prepared(6, 4)
    const before = rowTexts(database)
    await output(['rescue', '--quiet'], { home })
    const after = rowTexts(database)
    const kept = join(tempDir('kept'), 'share')
    cpSync(join(home, '.local', 'share'), kept, { recursive: true })
    const start = starting(['undo'], home)
    const prepare = () => {
      rmSync(join(home, '.local', 'share'), { recursive: true, force: true })
      cpSync(kept, join(home, '.local', 'share'), { recursive: true })
    }
    await killAtChanges(times(4, 40), start, prepare, async (when) => {
      const now = rowTexts(database)
      expect([before, after], when).toContainEqual(now)
      await run(['undo'], { home })
      expect(rowTexts(database), when).toEqual(before)
    })
  })

  test('a full disk is named in one line, and nothing is half there', async ({ skip }) => {
    const { home, data, other } = prepared(90, 40)
    const disk = tempDir('disk')
    const mounted = await execute('mount', ['-t', 'tmpfs', '-o', `size=${statSync(other).size + 3_000_000}`, 'tmpfs', disk])
    if (mounted.code !== 0) skip()
    try {
      cpSync(data, disk, { recursive: true })
      const { code, stderr } = await run(['rescue', '--root', disk], { home })
      expect(code).toBe(1)
      expect(stderr).toMatch(/cannot write .*opencode\.db: (no space is left on the disk|the disk fails, or is full)/)
      expect(wholeness(join(disk, 'opencode.db'), other).broken).toEqual([])
    } finally {
      await execute('umount', [disk])
    }
  })

  test('a database that may not be written is named in one line, and the plan is shown all the same', async () => {
    const { home, data, database } = prepared(3, 2)
    chmodSync(database, 0o444)
    chmodSync(data, 0o555)
    await execute('chown', ['-R', '65534', join(home)])
    const who = process.getuid?.() === 0 ? { uid: 65_534 } : {}
    const before = rowTexts(database)
    expect(await output(['rescue', '--dry-run'], { home, ...who })).toContain('would write 7 sessions')
    const { code, stderr } = await run(['rescue'], { home, ...who })
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^ocvault: cannot write .*opencode\.db: .*\n$/) })
    expect(rowTexts(database)).toEqual(before)
  })
})

test('ids and paths in a tree that nobody can trust lead nowhere', async () => {
  const home = tempDir('hostile')
  const data = join(home, '.local', 'share', 'opencode')
  emptyDatabase(join(data, 'opencode.db'))
  const put = (path: string, content: object | string) => {
    const at = join(data, 'storage', path)
    mkdirSync(join(at, '..'), { recursive: true })
    writeFileSync(at, typeof content === 'string' ? content : JSON.stringify(content))
  }
  const time = { created: 1_700_000_000_000, updated: 1_700_000_000_000 }
  const session = { id: 'ses_good', projectID: 'p', directory: '/w', title: 'Good', version: '1.0.0', time }
  put('session/p/ses_good.json', session)
  put('message/ses_good/msg_1.json', { id: 'msg_1', sessionID: 'ses_good', role: 'user', time })
  put('part/msg_1/prt_1.json', { id: 'prt_1', messageID: 'msg_1', sessionID: 'ses_good', type: 'text', text: 'fine' })
  put('part/msg_1/prt_2.json', { id: '../../../x', messageID: '../..', sessionID: 'ses_other', type: 'text', text: 'odd' })
  put('session/p/ses_up.json', { ...session, id: '../../../../escape', projectID: '../../..', parentID: 'ses_up' })
  put('message/ses_up/msg_2.json', { id: '../../msg', sessionID: '/etc', role: 'user', time: { created: 'never' } })
  put('session/p/ses_deep.json', `{"id":"ses_deep","time":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)
  put("session/p/ses_'); DROP TABLE session; --.json", { ...session, id: "ses_'); DROP TABLE session; --" })
  const { code, stdout, stderr } = await run(['rescue', '--json'], { home })
  expect([0, 5], stderr).toContain(code)
  const { sessions } = JSON.parse(stdout) as Report
  expect(sessions.find(({ id }) => id === 'ses_good')).toMatchObject({ plan: 'new', result: 'written' })
  expect(faultsOf(join(data, 'opencode.db'))).toEqual([])
  expect(await output(['show', 'ses_good', '--root', join(data, 'opencode.db')], { home })).toContain('fine')
})
