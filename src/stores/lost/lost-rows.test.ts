import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { Database } from '../../sqlite/database.ts'
import { hostileSchema, TestDatabase } from '../../testing/database.ts'
import { LostRows } from './lost-rows.ts'
import { findLost } from './lost-sessions.ts'
import { tablesOf } from './tables.ts'

test('what a stranger has written behind the statement of a table is not run', () => {
  const path = new TestDatabase().session({ id: 'ses_a' }).done()
  const intruder = hostileSchema(path, 'part')
  findLost(path, { there: new Set(), pages: true, known: [] })?.close()
  expect(existsSync(intruder)).toBe(false)
})

test('what is found is where its owner alone can read it, and is gone in the end', () => {
  const db = new Database(new TestDatabase().done())
  const rows = new LostRows(tablesOf(db))
  db.close()
  if (process.platform !== 'win32') expect(statSync(rows.path).mode & 0o777).toBe(0o600)
  rows.finish()
  rows.remove()
  expect(existsSync(rows.path)).toBe(false)
  expect(existsSync(join(dirname(rows.path), `${rows.path}-journal`))).toBe(false)
})
