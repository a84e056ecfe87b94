import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { unarchiveSession } from '../api/unarchive.ts'
import { TestDatabase } from '../testing/database.ts'
import { copyStore, tempDir } from '../testing/temp.ts'
import { listChanges } from '../transfer/undo/changes.ts'
import { takeBack } from '../transfer/undo/take-back.ts'

/** A session with a child and a grandchild, all archived, and another one that is, too. */
const archived = () =>
  new TestDatabase()
    .session({ id: 'ses_a', time_archived: 5000 })
    .session({ id: 'ses_b', parent_id: 'ses_a', time_archived: 5001 })
    .session({ id: 'ses_c', parent_id: 'ses_b', time_archived: 5002 })
    .session({ id: 'ses_d', time_archived: 6000 })
    .session({ id: 'ses_e' })
    .done()

const rows = (path: string) => {
  const db = new DatabaseSync(path)
  try {
    return db.prepare('SELECT * FROM session ORDER BY id').all() as { id: string; time_archived: number | null }[]
  } finally {
    db.close()
  }
}
const marks = (path: string) => rows(path).map(({ time_archived }) => time_archived)

test('the mark goes from a session and all below it, and comes back by undo; nothing else changes', () => {
  const [root, undo] = [archived(), tempDir()]
  const before = rows(root)
  const report = unarchiveSession({ session: 'ses_a', root, undo })
  expect(report).toMatchObject({ dryRun: false, sessions: [{ id: 'ses_a', archived: 5000 }, { id: 'ses_b' }, { id: 'ses_c' }] })
  expect(rows(root)).toEqual(before.map((row) => (/_[abc]$/.test(row.id) ? { ...row, time_archived: null } : row)))
  const [change] = listChanges(undo, () => undefined)
  takeBack(change!, { force: false, dryRun: false })
  expect(rows(root)).toEqual(before)
})

test('a dry run says what would be done, and changes nothing', () => {
  const [root, undo] = [archived(), tempDir()]
  expect(unarchiveSession({ session: 'ses_d', root, undo, dryRun: true })).toMatchObject({
    change: null,
    sessions: [{ id: 'ses_d' }],
  })
  expect(marks(root)).toEqual([5000, 5001, 5002, 6000, null])
  expect(listChanges(undo, () => undefined)).toEqual([])
})

test('what is not archived is left as it is, and a session that is not there is said', () => {
  const [root, undo] = [archived(), tempDir()]
  expect(unarchiveSession({ session: 'ses_e', root, undo })).toMatchObject({ change: null, sessions: [] })
  expect(() => unarchiveSession({ session: 'ses_x', root, undo })).toThrow(expect.objectContaining({ code: 'not-found' }))
})

test('of a database that 2.x has, the mark is that of 2.x', () => {
  const root = copyStore('2.0-constructed')
  const path = join(root, 'opencode.db')
  const write = new DatabaseSync(path)
  write.exec('UPDATE session_v2 SET time_archived = 7000')
  write.close()
  const db = new DatabaseSync(path)
  onTestFinished(() => db.close())
  const id = String(db.prepare('SELECT id FROM session_v2 WHERE parent_id IS NULL LIMIT 1').get()!.id)
  expect(unarchiveSession({ session: id, root, undo: tempDir() }).sessions[0]).toMatchObject({ id, archived: 7000 })
  expect(db.prepare('SELECT time_archived FROM session_v2 WHERE id = ?').get(id)).toMatchObject({ time_archived: null })
})
