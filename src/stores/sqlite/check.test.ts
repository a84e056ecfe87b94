import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore } from '../../testing/temp.ts'
import { openCatalog } from '../catalog/catalog.ts'

/** The pages of an index, leaves and all, by number from 1. */
function pagesOf(path: string, index: string): { size: number; pages: number[] } {
  const db = new DatabaseSync(path)
  const size = Number(db.prepare('PRAGMA page_size').get()!.page_size)
  const pages = db.prepare('SELECT pageno FROM dbstat WHERE name = ?').all(index)
  db.close()
  return { size, pages: pages.map(({ pageno }) => Number(pageno)) }
}

/** Flips a bit of a text where it stands in an index. */
function flip(path: string, index: string, text: string): void {
  const { size, pages } = pagesOf(path, index)
  const bytes = readFileSync(path)
  for (const page of pages) {
    const at = bytes.subarray((page - 1) * size, page * size).indexOf(text)
    if (at < 0) continue
    bytes[(page - 1) * size + at + text.length - 1]! ^= 1
    writeFileSync(path, bytes)
    return
  }
  throw new Error(`${text} is not in ${index}`)
}

const indexes = ['sqlite_autoindex_session_1', 'session_parent_idx', 'session_project_idx']

test.each(indexes)('one flipped bit in %s hides no session', (index) => {
  const data = copyStore('1.18.33')
  const path = join(data, 'opencode.db')
  const whole = openCatalog({ roots: [path] })
  const before = [...whole.sessions()].map(({ id }) => id)
  const roots = [...whole.sessions({ roots: true })].map(({ id }) => id)
  const [child] = [...whole.sessions()].filter(({ parentID }) => parentID !== null)
  whole.close()
  flip(
    path,
    index,
    index === 'session_parent_idx' ? child!.parentID! : index === 'session_project_idx' ? child!.projectID! : child!.id,
  )
  const catalog = openCatalog({ roots: [path] })
  expect([...catalog.sessions()].map(({ id }) => id)).toEqual(before)
  expect([...catalog.sessions({ roots: true })].map(({ id }) => id)).toEqual(roots)
  expect(catalog.check().map(({ reason }) => reason)).toEqual(
    expect.arrayContaining([expect.stringMatching(`table session: the index ${index} hides`)]),
  )
  expect(catalog.problems().length).toBeGreaterThan(0)
})

test.each([
  ['message', 'message_session_time_created_id_idx'],
  ['part', 'part_message_id_id_idx'],
])('a %s that an index hides is told', (table, index) => {
  const path = join(copyStore('1.18.33'), 'opencode.db')
  const catalog = openCatalog({ roots: [path] })
  expect(catalog.check()).toEqual([])
  const { id } = [...catalog.sessions({ sort: 'title' })].find((session) => session.subagents > 0)!
  const [message] = catalog.messages(id)
  catalog.close()
  flip(path, index, table === 'message' ? id : message!.id)
  const damaged = openCatalog({ roots: [path] })
  expect(damaged.check().map(({ reason }) => reason)).toEqual(
    expect.arrayContaining([expect.stringMatching(`table ${table}: the index ${index} hides 1`)]),
  )
})

test('pages that no row leads to are told, too', () => {
  const made = new TestDatabase().session({ id: 'ses_1' })
  made.insert('todo', {
    session_id: 'ses_1',
    content: 'x',
    status: 's',
    priority: 'p',
    position: 0,
    time_created: 1,
    time_updated: 1,
  })
  const path = made.done()
  const { size, pages } = pagesOf(path, 'todo')
  const bytes = readFileSync(path)
  bytes.fill(0xff, (pages[0]! - 1) * size + 8, (pages[0]! - 1) * size + 100)
  writeFileSync(path, bytes)
  const catalog = openCatalog({ roots: [path] })
  expect(catalog.check().map(({ reason }) => reason)).toEqual(expect.arrayContaining([expect.stringContaining('quick_check: ')]))
})
