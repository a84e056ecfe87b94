import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../../stores/catalog/catalog.ts'
import { emptyDatabase, plainSession, sessionFiles } from '../../../testing/sessions.ts'
import { tempDir } from '../../../testing/temp.ts'
import { importSessions } from '../../import/import.ts'

const workspace = 'wrk_elsewhere'
const undo = () => join(tempDir(), 'undo')

function rowIn(database: string): { workspace_id: unknown; metadata: unknown } {
  const db = new DatabaseSync(database)
  const { workspace_id, metadata = undefined } = db.prepare('SELECT * FROM session').get() as Record<string, unknown>
  db.close()
  return { workspace_id, metadata: typeof metadata === 'string' ? JSON.parse(metadata) : metadata }
}

/** A database in which that workspace is. */
function withWorkspace(): string {
  const database = emptyDatabase()
  const db = new DatabaseSync(database)
  db.exec("INSERT INTO project (id, worktree, sandboxes, time_created, time_updated) VALUES ('abc', '/old/place', '[]', 1, 1)")
  db.exec(`INSERT INTO workspace (id, type, name, project_id, time_used) VALUES ('${workspace}', 'worktree', 'w', 'abc', 1)`)
  db.close()
  return database
}

describe('a session of a workspace', () => {
  test.each([
    ['nothing else', undefined, { ocvault: { workspace } }],
    ['an empty object', {}, { ocvault: { workspace, empty: true } }],
    ['something', { a: 1, ocvault: { v2: 2 } }, { a: 1, ocvault: { v2: 2, workspace } }],
  ])('that is not here comes without it, and keeps it beside %s in its metadata', async (_what, metadata, kept) => {
    const files = sessionFiles(plainSession('a', 1, { workspaceID: workspace, ...(metadata && { metadata }) }))
    const database = emptyDatabase()
    const report = await importSessions([files], { root: database, undo: undo(), keepProject: true })
    expect(rowIn(database)).toEqual({ workspace_id: null, metadata: kept })
    expect(report.notes).toEqual([
      'a session belongs to a workspace that is not here; OpenCode opens such sessions only without it',
    ])
    const again = await importSessions([files], { root: database, undo: undo(), keepProject: true })
    expect(again.sessions).toMatchObject([{ plan: 'identical' }])
  })

  test('that is here keeps it', async () => {
    const database = withWorkspace()
    const files = sessionFiles(plainSession('a', 1, { workspaceID: workspace }))
    const report = await importSessions([files], { root: database, undo: undo(), keepProject: true })
    expect(rowIn(database)).toEqual({ workspace_id: workspace, metadata: null })
    expect(report.notes).toEqual([])
  })

  test.each([undefined, {}, { a: 1 }])('gets it back where it is, with metadata %j as it was', async (metadata) => {
    const elsewhere = emptyDatabase()
    const files = sessionFiles(plainSession('a', 1, { workspaceID: workspace, ...(metadata && { metadata }) }))
    await importSessions([files], { root: elsewhere, undo: undo(), keepProject: true })
    const database = withWorkspace()
    await importSessions([elsewhere], { root: database, undo: undo(), keepProject: true })
    expect(rowIn(database)).toEqual({ workspace_id: workspace, metadata: metadata ?? null })
  })

  test('comes without it where a release has no metadata', async () => {
    const database = emptyDatabase('1.14.48')
    const files = sessionFiles(plainSession('a', 1, { workspaceID: workspace }))
    await importSessions([files], { root: database, undo: undo(), keepProject: true })
    expect(rowIn(database)).toEqual({ workspace_id: null, metadata: undefined })
  })

  test('comes into 2.x without it, too', async () => {
    const database = emptyDatabase('2.0-constructed')
    const files = sessionFiles(plainSession('a', 1, { workspaceID: workspace }))
    await importSessions([files], { root: database, into: 'v2', undo: undo(), keepProject: true })
    const catalog = openCatalog({ roots: [database] })
    const info = catalog.stored('ses_a')!.info as { location: object; metadata: { ocvault: object } }
    catalog.close()
    expect(info.location).toEqual({ directory: '/old/place/src' })
    expect(info.metadata.ocvault).toMatchObject({ workspace })
  })
})
