import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { omit } from '../../base/omit.ts'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { emptyDatabase, faultsOf } from '../../testing/sessions.ts'
import { storeOf, tempDir } from '../../testing/temp.ts'
import { messageSchema, sessionSchema } from '../../testing/v2-schema.ts'
import { importSessions } from './import.ts'

const stores = join(import.meta.dirname, '../../../fixtures/stores')

function rowsOf(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path, { readOnly: true })
  const rows = db
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }))
  db.close()
  return rows
}

async function imported(release: string): Promise<string> {
  const database = emptyDatabase('2.0-constructed')
  const report = await importSessions([storeOf(release)], { root: database, undo: tempDir(), keepProject: true })
  expect(report.generation).toBe('v2')
  expect(report.sessions.length).toBeGreaterThan(1)
  expect(report.sessions.every(({ result }) => result === 'written')).toBe(true)
  expect(faultsOf(database)).toEqual([])
  return database
}

describe.each(readdirSync(stores))('sessions of %s, in the tables of 2.x', (release) => {
  test('are rows that keep its schema', async () => {
    const database = await imported(release)
    const catalog = openCatalog({ roots: [database] })
    for (const { id } of catalog.sessions()) {
      expect(v.safeParse(sessionSchema, catalog.stored(id)?.info).issues).toBeUndefined()
    }
    catalog.close()
    const messages = rowsOf(database, 'SELECT * FROM session_message ORDER BY session_id, seq')
    expect(messages.length).toBeGreaterThan(2)
    for (const { id, type, data } of messages) {
      expect(
        v.safeParse(messageSchema, { ...JSON.parse(String(data)), id, type }).issues,
        String(data).slice(0, 300),
      ).toBeUndefined()
    }
    const places = rowsOf(
      database,
      'SELECT session_id, count(*) AS n, min(seq) AS first, max(seq) AS last, (SELECT seq FROM event_sequence WHERE aggregate_id = session_id) AS events FROM session_message GROUP BY session_id',
    )
    for (const { n, first, last, events } of places) expect([first, last, events]).toEqual([1, n, n])
  })
})

test('sessions of 2.x go from one database to the other row by row', async () => {
  const database = await imported('2.0-constructed')
  const source = join(storeOf('2.0-constructed'), 'opencode.db')
  const catalog = openCatalog({ roots: [source] })
  const ids = [...catalog.sessions()].flatMap(({ id, copies }) => (copies[0]?.store.startsWith('sqlite-v2') ? [`'${id}'`] : []))
  catalog.close()
  expect(ids.length).toBeGreaterThan(2)
  const those = ids.join(', ')
  const messages = `SELECT id, session_id, type, time_created, data FROM session_message WHERE session_id IN (${those}) ORDER BY session_id, seq`
  const parsed = (rows: Record<string, unknown>[]) => rows.map((row) => ({ ...row, data: JSON.parse(String(row.data)) }))
  expect(parsed(rowsOf(database, messages))).toEqual(parsed(rowsOf(source, messages)))
  const sessions = `SELECT * FROM session_v2 WHERE id IN (${those}) ORDER BY id`
  const columns = (rows: Record<string, unknown>[]) =>
    rows.map((row) => {
      const json = Object.entries(omit(row, ['time_suspended', 'resume_attempts'])).map(([key, value]) => [
        key,
        typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value,
      ])
      return Object.fromEntries(json)
    })
  expect(columns(rowsOf(database, sessions))).toEqual(columns(rowsOf(source, sessions)))
})
