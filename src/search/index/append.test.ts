import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { discover } from '../../stores/catalog/discover.ts'
import type { Store } from '../../stores/store.ts'
import { TestDatabase } from '../../testing/database.ts'
import { tempDir } from '../../testing/temp.ts'
import { times } from '../../testing/thorough.ts'
import { indexPath } from './cache-dir.ts'
import type { IndexFile } from './index-file.ts'
import { refresh } from './refresh.ts'

const storeAt = (path: string): Store => discover({ roots: [path] }).stores[0]!.store

const words = ['alpha', 'beta', 'gamma', 'delta', 'omega']

/** A long session between two short ones. */
function database(messages: number): TestDatabase {
  const db = new TestDatabase()
  for (const id of ['ses_a', 'ses_long', 'ses_z']) db.session({ id, title: 'first words' })
  for (const id of ['ses_a', 'ses_z'])
    db.message(id, `msg_${id}`, { role: 'user' }).part(id, `msg_${id}`, `prt_${id}`, { type: 'text', text: 'alpha' })
  db.db.exec('BEGIN')
  for (let n = 0; n < messages; n++) add(db, n, words[n % 3]!)
  db.db.exec('COMMIT')
  return db
}

const nameOf = (n: number) => String(n).padStart(5, '0')

function add(db: TestDatabase, n: number, word: string): void {
  const id = `msg_${nameOf(n)}`
  db.message('ses_long', id, { role: n % 2 ? 'assistant' : 'user' }, 1000 + n)
  for (const p of [0, 1]) db.part('ses_long', id, `prt_${nameOf(n)}_${p}`, { type: 'text', text: `${word} p${p}` })
}

/** Has OpenCode's log say what was done, as 1.18 does. */
function log(db: TestDatabase, ...events: readonly (readonly [type: string, data: object])[]): void {
  db.db.exec("INSERT OR IGNORE INTO event_sequence (aggregate_id, seq) VALUES ('ses_long', 0)")
  for (const [type, data] of events) {
    db.db.exec("UPDATE event_sequence SET seq = seq + 1 WHERE aggregate_id = 'ses_long'")
    const { seq } = db.db.prepare("SELECT seq FROM event_sequence WHERE aggregate_id = 'ses_long'").get()!
    db.insert('event', { id: `evt_${seq}`, aggregate_id: 'ses_long', seq: seq!, type, data: JSON.stringify(data) })
  }
}

const logAdded = (db: TestDatabase, n: number) => {
  const [messageID, sessionID] = [`msg_${nameOf(n)}`, 'ses_long']
  log(db, ['message.updated.1', { sessionID, info: { id: messageID } }])
  for (const p of [0, 1]) log(db, ['message.part.updated.1', { sessionID, part: { id: `prt_${nameOf(n)}_${p}`, messageID } }])
  log(db, ['session.updated.1', { sessionID, info: { id: sessionID } }])
}

/** Everything that an index says: where each word stands, and what is noted of each session. */
function told(index: IndexFile): unknown {
  const directory = index.directory()
  const { first, units, messages } = directory
  const here = Array.from({ length: directory.count }, (_item, at) => at).filter((at) => directory.isHere(at))
  const columns = index.units()
  const places = (word: string) =>
    [...index.rows(`"${word}"`, 0, Number.MAX_SAFE_INTEGER)].map((row) => {
      const unit = Math.floor(row / 8)
      const at = here.find((n) => unit >= first[n]! && unit < first[n]! + units[n]!)!
      return `${directory.id(at)} ${unit - first[at]!} ${row % 8} of ${columns.firstOfMessage(unit) - first[at]!}`
    })
  const sessions = here.map((at) => {
    const id = directory.id(at)
    const ofUnits = Array.from({ length: units[at]! }, (_item, unit) => {
      const number = first[at]! + unit
      return [index.combinations().all[columns.combination(number)], columns.size(number)]
    })
    const about = { messages: messages[at], updated: directory.updated[at], state: directory.states[at] }
    return { id, ...about, ofUnits, outline: index.outline(id), ids: index.messageIDs(id) }
  })
  return {
    words: Object.fromEntries([...words, 'first', 'other'].map((word) => [word, places(word).sort()])),
    sessions: sessions.sort((a, b) => (a.id < b.id ? -1 : 1)),
  }
}

/**
 * What an index that was added to says, what one made anew says, and how many messages were read for the former.
 * @param isLarge has the index take the store to be large, so that OpenCode's own records are believed
 */
async function both(path: string, folder: string, isLarge = false): Promise<{ read: number; headers: number; all: number }> {
  const store = storeAt(path)
  let read = 0
  let headers = 0
  let all = 0
  if (isLarge && existsSync(indexPath(folder, store))) {
    const large = new DatabaseSync(indexPath(folder, store))
    large.exec("UPDATE meta SET value = 100000 WHERE key = 'size'")
    large.close()
  }
  const counting: Store = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const result: Iterable<unknown> = Reflect.apply(value, target, args)
        if (name === 'marks' && args[1] === undefined) all++
        if (name !== 'messages') return result
        const messages = [...result]
        if ((args[1] as { parts?: boolean })?.parts === false) headers += messages.length
        else read += messages.length
        return messages
      }
    },
  })
  const updated = await refresh(counting, { folder })
  const anew = await refresh(storeAt(path), { folder: tempDir() })
  expect(told(updated.index)).toEqual(told(anew.index))
  updated.index.close()
  anew.index.close()
  return { read, headers, all }
}

test('of a long session only what comes after the last message that is as it was is read again', async () => {
  const db = database(60)
  const folder = tempDir()
  await both(db.path, folder)
  add(db, 60, 'omega')
  expect((await both(db.path, folder)).read).toBe(1)
  db.db.exec(`UPDATE part SET time_updated = 5, data = '{"type":"text","text":"delta"}' WHERE id = 'prt_00058_1'`)
  expect((await both(db.path, folder)).read).toBe(3)
  db.db.exec("UPDATE session SET title = 'other words', time_updated = 2000 WHERE id = 'ses_long'")
  await both(db.path, folder)
  db.done()
})

test('of a long session in a large store nothing is looked at but what OpenCode says that it changed', async () => {
  const db = database(600)
  log(db, ['session.updated.1', { sessionID: 'ses_long', info: { id: 'ses_long' } }])
  const folder = tempDir()
  await both(db.path, folder, true)
  add(db, 600, 'omega')
  logAdded(db, 600)
  expect(await both(db.path, folder, true)).toEqual({ read: 1, headers: 2, all: 0 })
  db.db.exec(`UPDATE part SET time_updated = 5, data = '{"type":"text","text":"delta"}' WHERE id = 'prt_00598_1'`)
  log(db, ['message.part.updated.1', { sessionID: 'ses_long', part: { id: 'prt_00598_1', messageID: 'msg_00598' } }])
  expect(await both(db.path, folder, true)).toEqual({ read: 3, headers: 4, all: 0 })
  // A step that no event is left of: all of it is looked at.
  db.db.exec(`UPDATE part SET time_updated = 6, data = '{"type":"text","text":"gamma"}' WHERE id = 'prt_00300_1'`)
  log(db, ['message.part.updated.1', { sessionID: 'ses_long', part: { id: 'prt_00300_1', messageID: 'msg_00300' } }])
  db.db.exec('DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)')
  expect(await both(db.path, folder, true)).toMatchObject({ read: 301, headers: 601 })
  // A message that stands among those that are known, as a clock that was set back leaves it.
  db.message('ses_long', 'msg_between', { role: 'user' }, 1300).part('ses_long', 'msg_between', 'prt_between', {
    type: 'text',
    text: 'beta',
  })
  log(db, ['message.updated.1', { sessionID: 'ses_long', info: { id: 'msg_between' } }])
  expect(await both(db.path, folder, true)).toMatchObject({ headers: 2 + 1 + 602, all: 0 })
  db.done()
})

test('whatever is done to a long session, the index is as if it were made anew', async () => {
  const step = fc.record({
    act: fc.constantFrom('add', 'add many', 'edit', 'delete message', 'delete part', 'title', 'archive'),
    at: fc.nat(59),
    word: fc.constantFrom(...words),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), fc.boolean(), async (steps, isLogged) => {
      const db = database(60)
      const sessionID = 'ses_long'
      const told = (type: string, data: object) => (isLogged ? log(db, [type, { sessionID, ...data }]) : undefined)
      told('session.updated.1', { info: { id: sessionID } })
      const folder = tempDir()
      await both(db.path, folder, isLogged)
      let next = 60
      for (const [n, { act, at, word }] of steps.entries()) {
        const id = nameOf(at)
        const messageID = `msg_${id}`
        const adding = () => {
          add(db, next, word)
          if (isLogged) logAdded(db, next)
          next++
        }
        if (act === 'add') adding()
        else if (act === 'add many') for (let more = 0; more < 30; more++) adding()
        else if (act === 'edit') {
          db.db.exec(
            `UPDATE part SET time_updated = ${n + 2}, data = '{"type":"text","text":"${word}"}' WHERE message_id = '${messageID}'`,
          )
          for (const p of [0, 1]) told('message.part.updated.1', { part: { id: `prt_${id}_${p}`, messageID } })
        } else if (act === 'delete message') {
          db.db.exec(`DELETE FROM part WHERE message_id = '${messageID}'; DELETE FROM message WHERE id = '${messageID}'`)
          told('message.removed.1', { messageID })
        } else if (act === 'delete part') {
          db.db.exec(`DELETE FROM part WHERE id = 'prt_${id}_1'`)
          told('message.part.removed.1', { messageID, partID: `prt_${id}_1` })
        } else {
          const set = act === 'title' ? `title = '${n % 2 ? '' : 'other'}'` : `time_archived = ${n + 1}`
          db.db.exec(`UPDATE session SET ${set}, time_updated = time_updated + 7 WHERE id = 'ses_long'`)
          told('session.updated.1', { info: { id: sessionID } })
        }
        await both(db.path, folder, isLogged)
      }
      db.done()
    }),
    { numRuns: times(16, 200) },
  )
})
