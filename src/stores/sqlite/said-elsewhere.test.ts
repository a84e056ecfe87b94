import { expect, test } from 'vitest'
import { toV1 } from '../../convert/exported.ts'
import { TestDatabase } from '../../testing/database.ts'
import { openCatalog } from '../catalog/catalog.ts'

const project = { id: 'p', worktree: '/work/tree', sandboxes: '[]', time_created: 1, time_updated: 1 }

function opened(change: (db: TestDatabase) => void) {
  const db = new TestDatabase().insert('project', project)
  db.insert('project', { ...project, id: 'global', worktree: '/' })
  change(db)
  return openCatalog({ roots: [db.done()] })
}

test('a session without a directory is in the work tree of its project', () => {
  const catalog = opened((db) => {
    db.session({ id: 'ses_1', project_id: 'p', directory: '' }).session({ id: 'ses_2', project_id: 'p', directory: '/else' })
    // The project of everything that is in none says nothing, and of one that is not there nobody knows.
    db.session({ id: 'ses_3', project_id: 'global', directory: '' }).session({ id: 'ses_4', project_id: 'gone', directory: '' })
  })
  const directories = Object.fromEntries([...catalog.sessions()].map(({ id, directory }) => [id, directory]))
  expect(directories).toEqual({ ses_1: '/work/tree', ses_2: '/else', ses_3: null, ses_4: null })
  expect(catalog.stored('ses_1')!.info).toMatchObject({ directory: '/work/tree' })
  expect(catalog.stored('ses_3')!.info).toMatchObject({ directory: '' })
  const scope = { ids: new Set<string>(), directories: ['/work'], except: new Set<string>() }
  expect([...catalog.sessions({ project: scope })].map(({ id }) => id)).toEqual(['ses_1'])
  catalog.close()
})

test('a message that does not say when it was made was made when its row was; so with a session', () => {
  const catalog = opened((db) => {
    db.session({ id: 'ses_1', time_created: 7000 }).message('ses_1', 'msg_1', '{"role":"user"}', 8000)
    db.message('ses_1', 'msg_2', '{"role":"assistant","time":{"completed":9500}}', 9000)
    db.message('ses_1', 'msg_3', '{"role":"user","time":{"created":1}}', 9700)
  })
  const messages = [...toV1(catalog.stored('ses_1')!).messages]
  expect(messages.map(({ info }) => info.time)).toEqual([{ created: 8000 }, { created: 9000, completed: 9500 }, { created: 1 }])
  catalog.close()
})
