import fc from 'fast-check'
import { expect, test } from 'vitest'
import { discover } from '../../stores/catalog/discover.ts'
import type { Store } from '../../stores/store.ts'
import { TestDatabase } from '../../testing/database.ts'
import { tempDir } from '../../testing/temp.ts'
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

/** What an index that was added to says, what one made anew says, and how many messages were read for the former. */
async function both(path: string, folder: string): Promise<{ read: number }> {
  const store = storeAt(path)
  let read = 0
  const counting: Store = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const result: Iterable<unknown> = Reflect.apply(value, target, args)
        if (name !== 'messages' || (args[1] as { parts?: boolean })?.parts === false) return result
        const all = [...result]
        read += all.length
        return all
      }
    },
  })
  const updated = await refresh(counting, { folder })
  const anew = await refresh(storeAt(path), { folder: tempDir() })
  expect(told(updated.index)).toEqual(told(anew.index))
  updated.index.close()
  anew.index.close()
  return { read }
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

test('whatever is done to a long session, the index is as if it were made anew', async () => {
  const step = fc.record({
    act: fc.constantFrom('add', 'add many', 'edit', 'delete message', 'delete part', 'title', 'archive'),
    at: fc.nat(59),
    word: fc.constantFrom(...words),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      const db = database(60)
      const folder = tempDir()
      await both(db.path, folder)
      let next = 60
      for (const [n, { act, at, word }] of steps.entries()) {
        const id = nameOf(at)
        if (act === 'add') add(db, next++, word)
        else if (act === 'add many') for (let more = 0; more < 30; more++) add(db, next++, word)
        else if (act === 'edit')
          db.db.exec(
            `UPDATE part SET time_updated = ${n + 2}, data = '{"type":"text","text":"${word}"}' WHERE message_id = 'msg_${id}'`,
          )
        else if (act === 'delete message')
          db.db.exec(`DELETE FROM part WHERE message_id = 'msg_${id}'; DELETE FROM message WHERE id = 'msg_${id}'`)
        else if (act === 'delete part') db.db.exec(`DELETE FROM part WHERE id = 'prt_${id}_1'`)
        else if (act === 'title') db.db.exec(`UPDATE session SET title = '${n % 2 ? '' : 'other'}' WHERE id = 'ses_long'`)
        else db.db.exec(`UPDATE session SET time_archived = ${n + 1} WHERE id = 'ses_long'`)
        await both(db.path, folder)
      }
      db.done()
    }),
    { numRuns: 12 },
  )
})
