import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { killAtChanges } from '../src/testing/kills.ts'
import { times } from '../src/testing/thorough.ts'
import { type ModelServer, startModel } from './support/model-server.ts'
import { environment, fixture, main, output, run } from './support/ocvault.ts'
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
  const start = (env: Record<string, string> = {}): ChildProcess =>
    spawn(process.execPath, [main, 'compact', '--quiet'], {
      cwd: home,
      env: { ...environment({ home }), ...env },
      stdio: 'ignore',
    })
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
    model = await startModel({ hello: [{ say: 'Hello.' }], more: [{ say: 'And one thing more.' }] })
  })
  afterAll(() => model.close())

  test('is kept waiting for nothing, and after a compact lists, exports and continues what there was', async () => {
    const opencode = new OpenCode(model)
    const id = await opencode.prompt('#hello')
    const before = await opencode.exportText(id)
    const here = { home: opencode.home, cwd: opencode.project }
    const refused = await run(['compact'], here)
    expect(refused.code).toBe(4)
    expect(refused.stderr).toMatch(/ has .*opencode\.db open: end it first\n$/)
    await opencode.stop()
    await output(['compact', '--quiet'], here)
    const path = join(opencode.data, 'opencode.db')
    const { events, faults } = contentOf(path)
    expect([events, faults]).toEqual([0, []])
    expect(await opencode.exportText(id)).toBe(before)
    expect((await opencode.sessions()).map((each) => each.id)).toEqual([id])
    await opencode.prompt('#more', { session: id })
    expect((await opencode.export(id)).messages).toHaveLength(4)
    await opencode.stop()
    const db = new DatabaseSync(path)
    const sequence = db
      .prepare('SELECT min(seq) AS first, max(seq) AS last, count(*) AS n FROM event WHERE aggregate_id = ?')
      .get(id)!
    db.close()
    // It counts on from where it was.
    expect(Number(sequence.first)).toBeGreaterThan(0)
    expect(Number(sequence.last) - Number(sequence.first) + 1).toBe(Number(sequence.n))
  })
})
