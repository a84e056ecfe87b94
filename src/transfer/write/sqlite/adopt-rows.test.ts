import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { rowTexts } from '../../../testing/database.ts'
import { Importer, plans } from '../../../testing/importer.ts'
import { plainSession, sessionFiles } from '../../../testing/sessions.ts'

/** A database after somebody has edited it by hand: the sqlite3 shell does not look at foreign keys. */
async function edited(...statements: readonly string[]): Promise<Importer> {
  const importer = new Importer()
  await importer.run(sessionFiles(plainSession('a', 3), plainSession('keep')))
  edit(importer, 'PRAGMA foreign_keys = OFF', ...statements)
  return importer
}

function edit({ database }: Importer, ...statements: readonly string[]): void {
  const db = new DatabaseSync(database)
  for (const each of statements) db.exec(each)
  db.close()
}

const rowGone = "DELETE FROM session WHERE id = 'ses_a'"

test.each([
  ['all of its messages', []],
  ['some of its messages', ["DELETE FROM part WHERE message_id = 'msg_a1b'", "DELETE FROM message WHERE id = 'msg_a1b'"]],
  ['parts without their messages', ["DELETE FROM message WHERE id IN ('msg_a0a', 'msg_a2b')"]],
])('a session of which are left %s is whole again, and undo leaves what was left', async (_what, statements) => {
  const importer = await edited(...statements, rowGone)
  const before = rowTexts(importer.database)
  const report = await importer.run(sessionFiles(plainSession('a', 3)))
  expect(plans(report)).toEqual([['ses_a', 'new', 'written']])
  expect(importer.session('ses_a').messages).toEqual(plainSession('a', 3).messages)
  expect(importer.takeBack()).toMatchObject({ removed: ['ses_a'], restored: [] })
  expect(rowTexts(importer.database)).toEqual(before)
})

test('what is left of it stays as it is, though the file says otherwise', async () => {
  const importer = await edited(
    "UPDATE part SET data = json_set(data, '$.text', 'said here') WHERE message_id = 'msg_a0a'",
    rowGone,
  )
  await importer.run(sessionFiles(plainSession('a', 3)))
  expect(importer.session('ses_a').messages[0]!.parts[0]!.text).toBe('said here')
})

test('undo refuses when it has gone on since, and removes with force what was made alone', async () => {
  const importer = await edited(rowGone)
  await importer.run(sessionFiles(plainSession('a', 3)))
  edit(importer, "UPDATE session SET title = 'gone on' WHERE id = 'ses_a'")
  expect(() => importer.takeBack()).toThrow(/since then a session was changed: ses_a/)
  importer.takeBack({ force: true })
  expect(rowTexts(importer.database).filter((row) => row.startsWith('message ') && row.includes('ses_a'))).toHaveLength(6)
})

test('a session of the same change that was made goes with all that is its own', async () => {
  const importer = await edited(rowGone)
  const before = rowTexts(importer.database)
  await importer.run(sessionFiles(plainSession('a', 3), plainSession('b', 2)))
  importer.takeBack()
  expect(rowTexts(importer.database)).toEqual(before)
})

test('the log of events that knew a session before stays when an import of it is taken back', async () => {
  const importer = await edited(
    'DELETE FROM part',
    'DELETE FROM message',
    rowGone,
    "INSERT INTO event_sequence (aggregate_id, seq) VALUES ('ses_a', 1)",
    "INSERT INTO event (id, aggregate_id, seq, type, data) VALUES ('evt_1', 'ses_a', 1, 'session.created.1', '{}')",
  )
  const before = rowTexts(importer.database)
  await importer.run(sessionFiles(plainSession('a', 3)))
  importer.takeBack()
  expect(rowTexts(importer.database)).toEqual(before)
})
