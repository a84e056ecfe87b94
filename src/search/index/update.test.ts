import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { discover } from '../../stores/catalog/discover.ts'
import type { Store } from '../../stores/store.ts'
import { TestDatabase } from '../../testing/database.ts'
import { tempDir } from '../../testing/temp.ts'
import { indexPath } from './cache-dir.ts'
import { refresh } from './refresh.ts'

const storeAt = (path: string): Store => discover({ roots: [path] }).stores[0]!.store

/** A store, and an index that has it when all rows were compared last. */
async function indexed(checkedAt: number) {
  const db = new TestDatabase()
  for (const [n, word] of ['alpha', 'beta'].entries()) {
    db.session({ id: `ses_${n}`, time_updated: 1000 + n }).message(`ses_${n}`, `msg_${n}`, { role: 'user' })
    db.part(`ses_${n}`, `msg_${n}`, `prt_${n}`, { type: 'text', text: word })
    db.insert('event_sequence', { aggregate_id: `ses_${n}`, seq: 1 })
  }
  const folder = tempDir()
  const { index } = await refresh(storeAt(db.path), { folder })
  index.close()
  const other = new DatabaseSync(indexPath(folder, storeAt(db.path)))
  other.prepare("UPDATE meta SET value = ? WHERE key = 'checked'").run(checkedAt)
  other.close()
  return { db, folder }
}

/** What an index of a store that it takes to be large asks of it, and which words it has then. */
async function refreshed(path: string, folder: string, thorough = false) {
  const asked: string[] = []
  const store = storeAt(path)
  const large = new DatabaseSync(indexPath(folder, store))
  large.exec("UPDATE meta SET value = 100000 WHERE key = 'size'")
  large.close()
  const told: Store = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (name === 'marks' && args[1] === undefined) asked.push(args[0] === true ? 'headers' : 'all rows')
        return Reflect.apply(value, target, args)
      }
    },
  })
  const { index, isCheckDue } = await refresh(told, { folder, thorough })
  const words = ['alpha', 'omega', 'gamma'].filter((word) => index.count(`"${word}"`, null, 1) > 0)
  index.close()
  return { asked, words, isCheckDue }
}

describe('of a large store', () => {
  test('nothing is compared when OpenCode wrote, and changed no session', async () => {
    const { db, folder } = await indexed(Date.now())
    db.insert('project', { id: 'p', worktree: '/p', time_created: 1, time_updated: 1, sandboxes: '[]' })
    expect(await refreshed(db.path, folder)).toMatchObject({ asked: [], isCheckDue: false })
    db.part('ses_0', 'msg_0', 'prt_new', { type: 'text', text: 'omega' })
    expect(await refreshed(db.path, folder)).toMatchObject({ asked: [], words: ['alpha', 'omega'] })
    db.db.exec(
      "UPDATE part SET time_updated = 9, data = replace(data, 'alpha', 'gamma'); UPDATE event_sequence SET seq = seq + 1",
    )
    expect(await refreshed(db.path, folder)).toMatchObject({ asked: ['headers'], words: ['omega', 'gamma'] })
    // What no event and no new row names is found all the same, by what it adds to the whole.
    db.db.exec(
      "DELETE FROM part WHERE session_id = 'ses_0'; DELETE FROM message WHERE session_id = 'ses_0'; DELETE FROM session WHERE id = 'ses_0'",
    )
    expect(await refreshed(db.path, folder)).toMatchObject({ asked: ['headers'], words: [] })
    db.done()
  })

  test('all rows are compared now and then, but not while somebody waits', async () => {
    const { db, folder } = await indexed(0)
    db.db.exec("UPDATE part SET time_updated = 9, data = replace(data, 'alpha', 'gamma')")
    expect(await refreshed(db.path, folder)).toMatchObject({ asked: [], words: ['alpha'], isCheckDue: true })
    expect(await refreshed(db.path, folder, true)).toMatchObject({ asked: ['all rows'], words: ['gamma'], isCheckDue: false })
    db.done()
  })

  test('without a log of events, rows are compared before the answer', async () => {
    const { db, folder } = await indexed(0)
    db.db.exec("DROP TABLE event_sequence; UPDATE part SET time_updated = 9, data = replace(data, 'alpha', 'gamma')")
    expect((await refreshed(db.path, folder)).words).toEqual(['gamma'])
    db.done()
  })
})
