import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { killAtChanges } from '../src/testing/kills.ts'
import { times } from '../src/testing/thorough.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { fixture, json, output, run, starting } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { tempDir } from './support/temp.ts'

/** Every row of every table but events, as text, and how many events there are. */
function contentOf(path: string): { rows: string[]; events: number; faults: unknown[] } {
  const db = new DatabaseSync(path)
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'event'").all()
  const rows = tables.flatMap(({ name }) =>
    db
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map((row) => `${name} ${JSON.stringify(row)}`),
  )
  const events = Number(db.prepare('SELECT count(*) AS n FROM event').get()!.n)
  const faults = [
    ...db
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => row.integrity_check),
    ...db.prepare('PRAGMA foreign_key_check').all(),
  ]
  db.close()
  return { rows: rows.sort(), events, faults: faults.filter((line) => line !== 'ok') }
}

test('a compact that is killed leaves the old database or the new one, and nothing else once it was repeated or taken back', async () => {
  const home = tempDir('killed')
  const data = join(home, '.local/share/opencode')
  const database = join(data, 'opencode.db')
  const prepare = () => {
    for (const path of [data, join(home, '.local/share/ocvault')]) rmSync(path, { recursive: true, force: true })
    mkdirSync(data, { recursive: true })
    cpSync(join(fixture('1.18.33'), 'opencode', 'opencode.db'), database)
  }
  prepare()
  const old = contentOf(database)
  expect(old.events).toBe(257)
  const start = starting(['compact', '--quiet'], home)
  const seen = new Set<number>()
  await killAtChanges(times(10, 100), start, prepare, async (when) => {
    const { events, ...rest } = contentOf(database)
    expect(rest, when).toEqual({ rows: old.rows, faults: [] })
    expect([0, 257], when).toContain(events)
    seen.add(events)
    await output(['compact', '--quiet'], { home })
    expect(contentOf(database), when).toEqual({ ...old, events: 0 })
    await run(['compact', '--forget'], { home })
    expect(readdirSync(data), when).toEqual(['opencode.db'])
    expect((await run(['undo', '--list', '--quiet'], { home })).stdout, when).toBe('')
  })
  expect(seen.has(257)).toBe(true)
})

describe.skipIf(!haveOpenCode)('the real OpenCode', () => {
  let model: ModelServer
  beforeAll(async () => {
    model = await startModel({
      hello: [{ say: 'Hello.' }],
      ask: [
        { say: 'I ask.', call: ['task', { description: 'Look', prompt: 'look #look', subagent_type: 'general' }] },
        { say: 'Done.' },
      ],
      look: [{ say: 'I have looked.' }],
      more: [{ say: 'And one thing more.' }],
    })
  })
  afterAll(() => model.close())

  test('of a log of nine tenths gets back what doctor promised, and then lists, exports, continues and streams', async () => {
    const opencode = new OpenCode(model)
    const ids = [await opencode.prompt('#hello'), await opencode.prompt('#ask')]
    const here = { home: opencode.home, cwd: opencode.project }
    const refused = await run(['compact'], here)
    expect(refused.code).toBe(4)
    expect(refused.stderr).toMatch(/ has .*opencode\.db open: end it first\n$/)
    const exported = async () => {
      const all: string[] = []
      for (const id of ids) all.push(await opencode.exportText(id), await output(['export', id, '--no-tree'], here))
      return all
    }
    const before = await exported()
    await opencode.stop()
    const path = join(opencode.data, 'opencode.db')
    multiplyEvents(path, 70_000_000)
    const { databases, findings } = await json<DoctorJSON>(['doctor'], here)
    const promised = findings.find(({ kind }) => kind === 'event-log')!.gain!
    expect(promised).toBeGreaterThan(0.9 * databases[0]!.bytes)
    const { bytes } = await json<{ bytes: { before: number; after: number } }>(['compact', '--quiet'], here)
    expect(bytes.before - bytes.after).toBeGreaterThan(0.95 * promised)
    const { events, faults } = contentOf(path)
    expect([events, faults]).toEqual([0, []])

    expect(await exported()).toEqual(before)
    expect((await opencode.list()).map((each) => each.id).sort()).toEqual([...ids].sort())
    const stream = await (await opencode.server()).listen()
    await opencode.prompt('#more', { session: ids[0]! })
    expect((await opencode.export(ids[0]!)).messages).toHaveLength(4)
    expect(stream.types).toEqual(expect.arrayContaining(['message.updated', 'message.part.updated', 'session.idle']))
    stream.stop()
    await opencode.stop()
    const db = new DatabaseSync(path)
    const sequence = db
      .prepare('SELECT min(seq) AS first, max(seq) AS last, count(*) AS n FROM event WHERE aggregate_id = ?')
      .get(ids[0]!)!
    db.close()
    // It counts on from where it was.
    expect(Number(sequence.first)).toBeGreaterThan(1_000_000)
    expect(Number(sequence.last) - Number(sequence.first) + 1).toBe(Number(sequence.n))
  })
})

interface DoctorJSON {
  readonly databases: readonly { readonly bytes: number }[]
  readonly findings: readonly { readonly kind: string; readonly gain: number | null }[]
}

/** Lets a log of events tell everything again and again, as OpenCode's does in time, until it has so many bytes. */
function multiplyEvents(path: string, bytes: number): void {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA synchronous = OFF')
  const size = Number(db.prepare('SELECT sum(octet_length(data)) AS n FROM event').get()!.n)
  db.prepare(
    `WITH RECURSIVE times(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM times WHERE k < ?)
    INSERT INTO event SELECT e.id || k, e.aggregate_id, e.seq + 1000000 * k, e.type, e.data FROM event AS e, times`,
  ).run(Math.ceil(bytes / size))
  db.exec('UPDATE event_sequence AS s SET seq = (SELECT max(seq) FROM event AS e WHERE e.aggregate_id = s.aggregate_id)')
  db.close()
}
