import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Catalog, openCatalog } from '../../stores/catalog/catalog.ts'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore, storeOf, tempDir, writeTree } from '../../testing/temp.ts'
import type { Cell } from '../figures.ts'
import { countedSessions } from '../sessions.ts'
import { fromStores, type Source } from '../source.ts'
import { cachedIn } from './cached.ts'

let folder = ''
beforeEach(() => {
  folder = join(tempDir(), 'search')
})

const plain = ({ slot, agent, model, sums, uncosted, tools, files, firstTokens }: Cell) => ({
  ...{ slot, agent, model, sums: { ...sums }, uncosted: [...uncosted], tools: [...tools], files: [...files], firstTokens },
})

/** Figures by session, and which sessions were read from their stores for them. */
function figuresIn(catalog: Catalog, source: Source) {
  const read: string[] = []
  for (const { store } of catalog.stores) {
    const { messages, transcripts } = store
    const note = (id: string) => read.push(id)
    store.messages = (id, query) => {
      note(id)
      return messages.call(store, id, query)
    }
    store.transcripts = (ids, query) => {
      ids.forEach(note)
      return transcripts.call(store, ids, query)
    }
  }
  const found = [...source(countedSessions(catalog, {}))].map(([{ id }, figures]) => [
    id,
    {
      cells: figures.cells.map(plain),
      history: figures.history.map(({ print, time, cell }) => [print, time, plain(cell)]),
      prints: figures.prints,
      oddities: figures.oddities,
    },
  ])
  catalog.close()
  return { figures: Object.fromEntries(found) as Record<string, { cells: readonly { sums: { messages: number } }[] }>, read }
}

const at = (path: string) => openCatalog({ roots: [path] })

describe.each(readdirSync(join(import.meta.dirname, '../../../fixtures/stores')))('the store of %s', (release) => {
  test('has the same figures read and kept', () => {
    const expected = figuresIn(at(storeOf(release)), fromStores).figures
    expect(figuresIn(at(storeOf(release)), cachedIn(folder)).figures).toEqual(expected)
    expect(figuresIn(at(storeOf(release)), cachedIn(folder))).toEqual({ figures: expected, read: [] })
  })
})

describe('a session', () => {
  const answer = { role: 'assistant', tokens: { input: 1, output: 1 } }
  const change = (path: string, sql: string) => {
    const db = new DatabaseSync(path)
    db.exec(sql)
    db.close()
  }

  test('that changed is read again, and no other', () => {
    const path = new TestDatabase()
      .session({ id: 'ses_1' })
      .message('ses_1', 'msg_1', answer)
      .session({ id: 'ses_2' })
      .message('ses_2', 'msg_2', answer)
      .session({ id: 'ses_3' })
      .done()
    figuresIn(at(path), cachedIn(folder))
    change(path, `INSERT INTO message SELECT 'msg_3', 'ses_2', 5, 5, data FROM message WHERE id = 'msg_1'`)
    change(path, `DELETE FROM session WHERE id = 'ses_3'`)
    const { figures, read } = figuresIn(at(path), cachedIn(folder))
    expect([Object.keys(figures).sort(), read]).toEqual([['ses_1', 'ses_2'], ['ses_2']])
    expect(figures.ses_2!.cells[0]!.sums.messages).toBe(2)
  })

  test('with a copy elsewhere is read again when the copy changed', () => {
    const message = { id: 'msg_9', sessionID: 'ses_1', time: { created: 1001 }, ...answer }
    const data = writeTree({
      'opencode/storage/session/p/ses_1.json': { id: 'ses_1', projectID: 'p', time: { created: 1, updated: 1 } },
      'opencode/storage/message/ses_1/msg_9.json': message,
    })
    const path = join(data, 'opencode')
    new TestDatabase('1.18.33', join(path, 'opencode.db')).session({ id: 'ses_1' }).message('ses_1', 'msg_1', answer).done()
    const counted = () => {
      const { cells } = figuresIn(at(path), cachedIn(folder)).figures.ses_1!
      return cells.reduce((sum, cell) => sum + cell.sums.messages, 0)
    }
    expect([counted(), counted()]).toEqual([2, 2])
    writeFileSync(join(path, 'storage/message/ses_1/msg_8.json'), JSON.stringify({ ...message, id: 'msg_8' }))
    expect(counted()).toBe(3)
  })

  test('of which something could not be read is named each time', () => {
    const path = new TestDatabase().session({ id: 'ses_1' }).message('ses_1', 'msg_1', '{"role":').done()
    for (let time = 0; time < 2; time++) {
      const catalog = at(path)
      figuresIn(catalog, cachedIn(folder))
      expect(catalog.problems()).toEqual([expect.objectContaining({ reason: expect.stringContaining('msg_1') })])
    }
  })
})

test('what was written of no session costs no look at the marks of all, what was written of one does', () => {
  const database = new TestDatabase()
  for (let no = 0; no < 201; no++) database.session({ id: `ses_${no}` })
  const path = database.done()
  const write = (file: string, sql: string) => {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }
  const looks = () => {
    const catalog = at(path)
    let count = 0
    for (const { store } of catalog.stores) {
      const marks = store.marks.bind(store)
      store.marks = (quick, ids) => {
        count += ids ? 0 : 1
        return marks(quick, ids)
      }
    }
    figuresIn(catalog, cachedIn(folder))
    return count
  }
  expect(looks()).toBe(1)
  const [name] = readdirSync(folder)
  // As of a store of which all marks take long.
  write(join(folder, name!), `UPDATE meta SET value = '[${Date.now()},1000]' WHERE key = 'checked'`)
  write(path, 'CREATE TABLE other (id TEXT)')
  expect(looks()).toBe(0)
  write(path, `UPDATE session SET time_updated = time_updated + 1 WHERE id = 'ses_7'`)
  expect(looks()).toBe(1)
})

test('figures that cannot be kept, or are damaged, are read', () => {
  const path = join(copyStore('1.18.33'), 'opencode.db')
  const expected = figuresIn(at(path), fromStores).figures
  writeFileSync(join(tempDir(), 'file'), '')
  expect(figuresIn(at(path), cachedIn('/dev/null/search')).figures).toEqual(expected)
  figuresIn(at(path), cachedIn(folder))
  const [name] = readdirSync(folder)
  for (const damage of ['no database', Buffer.alloc(8192, 7)]) {
    writeFileSync(join(folder, name!), damage)
    expect(figuresIn(at(path), cachedIn(folder)).figures).toEqual(expected)
  }
})
