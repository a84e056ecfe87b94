import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Undelete, type UndeleteLooking, undelete } from '../../api/undelete.ts'
import { TestDatabase } from '../../testing/database.ts'
import { backup, fingerprint } from '../../testing/mirrors.ts'
import { plainSession, sessionFiles, sessionIn } from '../../testing/sessions.ts'
import { tempDir } from '../../testing/temp.ts'
import { importSessions } from '../../transfer/import/import.ts'
import { listChanges } from '../../transfer/undo/changes.ts'
import { takeBack } from '../../transfer/undo/take-back.ts'

const id = (kind: string, name: string) => `${kind}_${name.padStart(12, '0')}AbCdEfGhIjKlMn`

/** A session with ids as OpenCode makes them, whose answers are as it leaves them. */
function session(name: string, rounds = 2, more = {}) {
  const plain = plainSession(name, rounds)
  const sessionID = id('ses', name)
  let count = 0
  const messages = plain.messages.map(({ info, parts }, index) => {
    const messageID = id('msg', `${name}${index}`)
    const step = (type: string) => ({ type, reason: 'stop', cost: 0, tokens: info.tokens })
    const all = info.role === 'user' ? parts : [{ type: 'step-start' }, ...parts, step('step-finish')]
    return {
      info: {
        ...info,
        id: messageID,
        sessionID,
        ...(info.role === 'assistant' && { parentID: id('msg', `${name}${index - 1}`) }),
      },
      parts: all.map((part) => ({ ...part, id: id('prt', `${name}${count++}`), messageID, sessionID })),
    }
  })
  return { info: { ...plain.info, id: sessionID, ...more }, messages }
}

/** A database of sessions, of which some were deleted as OpenCode deletes: foreign keys take the rest along. */
async function databaseWithout(sessions: readonly { info: { id: string } }[], gone: readonly string[]): Promise<string> {
  const path = new TestDatabase('1.18.33', join(tempDir(), 'opencode.db')).done()
  await importSessions([sessionFiles(...sessions)], { root: path, keepProject: true, undo: tempDir() })
  forget(path, gone)
  return path
}

function forget(path: string, gone: readonly string[]): void {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF')
  for (const each of gone) db.prepare('DELETE FROM session WHERE id = ?').run(each)
  db.close()
}

async function look(options: UndeleteLooking): Promise<Undelete> {
  const found = await undelete(options)
  onTestFinished(() => found.close())
  return found
}

test('a session that nobody kept comes back from the pages of its database, as it was, and goes again by undo', async () => {
  const path = await databaseWithout([session('a'), session('b', 30)], [])
  const before = sessionIn(path, id('ses', 'b'))
  forget(path, [id('ses', 'b')])
  const before2 = fingerprint(join(path, '..'))
  const found = await look({ root: path })
  expect(fingerprint(join(path, '..'))).toEqual(before2)
  expect(found.sessions.map(({ session: { id: each }, from, whole }) => [each, from, whole])).toEqual([
    [id('ses', 'b'), 'pages', true],
  ])
  const notes = tempDir()
  expect(await found.bringBack(found.sessions, { dryRun: true, undo: notes })).toMatchObject({ change: null })
  expect(sessionIn(path, id('ses', 'b'))).toBeUndefined()
  const { change } = await found.bringBack(found.sessions, { dryRun: false, undo: notes })
  expect(sessionIn(path, id('ses', 'b'))).toEqual(before)
  expect(change).not.toBeNull()
  const [noted] = listChanges(notes, () => undefined)
  expect(noted?.id).toBe(change)
  takeBack(noted!)
  expect(sessionIn(path, id('ses', 'b'))).toBeUndefined()
})

test('with it come its subagents', async () => {
  const child = session('c', 1, { parentID: id('ses', 'b') })
  const path = await databaseWithout([session('a'), session('b'), child], [id('ses', 'c'), id('ses', 'b')])
  const found = await look({ root: path })
  const { sessions } = await found.bringBack(found.named(id('ses', 'b').slice(0, 20)), { dryRun: true, undo: tempDir() })
  expect(sessions.map((each) => each.id)).toEqual([id('ses', 'b'), id('ses', 'c')])
})

test('what is overwritten is said to be missing, and nothing is made up in its place', async () => {
  const path = await databaseWithout([session('a'), session('b', 40)], [id('ses', 'b')])
  await importSessions([sessionFiles(session('d', 6))], { root: path, keepProject: true, undo: tempDir() })
  const found = await look({ root: path })
  const [lost] = found.sessions
  if (!lost) return
  const known = new Set(session('b', 40).messages.flatMap(({ parts }) => parts.map((part) => part.id)))
  for (const message of lost.store.messages(id('ses', 'b')))
    for (const part of message.parts) expect(known.has(part.id)).toBe(true)
  if (lost.whole) expect([...lost.store.messages(id('ses', 'b'))]).toHaveLength(80)
  else expect(lost.missing).not.toEqual({ record: false, messages: 0, damaged: [], end: false })
})

test('of a database that OPENCODE_DB names elsewhere, nothing that it has is taken for deleted', async () => {
  const path = await databaseWithout([session('a'), session('b')], [id('ses', 'b')])
  const data = tempDir()
  mkdirSync(join(data, 'opencode'))
  vi.stubEnv('XDG_DATA_HOME', data)
  vi.stubEnv('OPENCODE_DB', path)
  onTestFinished(() => void vi.unstubAllEnvs())
  expect((await look({})).sessions.map((each) => each.session.id)).toEqual([id('ses', 'b')])
})

test('a session that is there again is not deleted', async () => {
  const path = await databaseWithout([session('a'), session('b')], [id('ses', 'b')])
  await importSessions([sessionFiles(session('b'))], { root: path, keepProject: true, undo: tempDir() })
  expect((await look({ root: path })).sessions).toEqual([])
})

test('what a mirror kept is taken from there, unless the pages have more', async () => {
  const path = await databaseWithout([session('a'), session('b')], [])
  const mirror = tempDir()
  await backup(path, mirror)
  forget(path, [id('ses', 'b')])
  const found = await look({ root: path, archives: [mirror] })
  expect(found.sessions.map(({ from, path: at }) => [from, at])).toEqual([['archive', mirror]])
  expect((await look({ root: path })).sessions.map(({ from }) => from)).toEqual(['pages'])
  await found.bringBack(found.sessions, { dryRun: false, undo: tempDir() })
  expect(sessionIn(path, id('ses', 'b'))?.messages).toHaveLength(4)
})

test('after VACUUM nothing is left to find', async () => {
  const path = await databaseWithout([session('a'), session('b')], [id('ses', 'b')])
  const db = new DatabaseSync(path)
  db.exec('VACUUM')
  db.close()
  expect((await look({ root: path })).sessions).toEqual([])
})

test('temporary files are gone when it is over', async () => {
  const path = await databaseWithout([session('a'), session('b')], [id('ses', 'b')])
  const found = await undelete({ root: path })
  const rows = found.sessions[0]!.store.path
  expect(existsSync(rows)).toBe(true)
  found.close()
  expect(existsSync(rows)).toBe(false)
})

test('a session comes back although OpenCode has the database open, or left its log behind', async () => {
  const open = await databaseWithout([session('a'), session('b')], [])
  const opencode = new DatabaseSync(open)
  onTestFinished(() => opencode.close())
  opencode.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON')
  opencode.prepare('DELETE FROM session WHERE id = ?').run(id('ses', 'b'))
  // In a place of their own: what this very process has open could be written in any case.
  const path = join(tempDir(), 'opencode.db')
  for (const end of ['', '-wal', '-shm']) copyFileSync(open + end, path + end)
  const found = await look({ root: path })
  await found.bringBack(found.sessions, { dryRun: true, undo: tempDir() })
  const { change } = await found.bringBack(found.sessions, { dryRun: false, undo: tempDir() })
  expect(change).not.toBeNull()
  expect(sessionIn(path, id('ses', 'b'))?.messages).toHaveLength(4)
})

test('what an import replaced comes back of its notes, as far as they go, when the session was deleted since', async () => {
  const path = await databaseWithout([session('a'), session('b')], [])
  const before = sessionIn(path, id('ses', 'b'))
  const undo = tempDir()
  const changed = session('b')
  const later = {
    ...changed,
    info: { ...changed.info, title: 'Another title', time: { ...changed.info.time, updated: Date.now() } },
  }
  for (const { parts } of later.messages) for (const part of parts) if ('text' in part) part.text = 'other words'
  await importSessions([sessionFiles(later)], { root: path, keepProject: true, update: true, undo })
  forget(path, [id('ses', 'b')])
  const db = new DatabaseSync(path)
  db.exec('VACUUM')
  db.close()
  expect((await look({ root: path, undo: tempDir() })).sessions).toEqual([])
  const found = await look({ root: path, undo, pages: false })
  expect(found.sessions.map(({ session: each, from, whole }) => [each.id, from, whole])).toEqual([
    [id('ses', 'b'), 'notes', true],
  ])
  await found.bringBack(found.sessions, { dryRun: false, undo: tempDir() })
  expect(sessionIn(path, id('ses', 'b'))).toEqual(before)
})
