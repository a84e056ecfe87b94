import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { TestDatabase } from '../../testing/database.ts'
import { backup, fingerprint } from '../../testing/mirrors.ts'
import { TestServer } from '../../testing/server.ts'
import { plainSession, sessionFiles, sessionIn } from '../../testing/sessions.ts'
import { tempDir } from '../../testing/temp.ts'
import { importSessions } from '../../transfer/import/import.ts'
import { listChanges } from '../../transfer/undo/changes.ts'
import { undoFolder } from '../../transfer/undo/folder.ts'
import { takeBack } from '../../transfer/undo/take-back.ts'

const title = 'gone <script>alert(1)</script>'

/** A database that had two sessions, one with a subagent, and a mirror of it from before two of them were deleted. */
async function withDeleted(): Promise<{ path: string; mirror: string; id: string; child: string; before: unknown }> {
  vi.stubEnv('XDG_DATA_HOME', tempDir())
  onTestFinished(() => void vi.unstubAllEnvs())
  const path = new TestDatabase('1.18.33', join(tempDir(), 'opencode.db')).done()
  const [kept, gone, child] = [plainSession('kept', 1), plainSession('gone', 2), plainSession('child', 1)]
  Object.assign(gone.info, { title })
  Object.assign(child.info, { parentID: gone.info.id })
  await importSessions([sessionFiles(kept, gone, child)], { root: path, keepProject: true, undo: tempDir() })
  const mirror = tempDir()
  await backup(path, mirror)
  const { id } = gone.info
  const before = sessionIn(path, id)
  const db = new DatabaseSync(path)
  db.exec('PRAGMA foreign_keys = ON')
  for (const each of [id, child.info.id]) db.prepare('DELETE FROM session WHERE id = ?').run(each)
  db.close()
  return { path, mirror, id, child: child.info.id, before }
}

const field = (page: string, name: string) => RegExp(`name="${name}" value="([^"]+)"`).exec(page)![1]!

describe('a deleted session', () => {
  test('is listed, planned, brought back with its subagent by the form, and goes again by undo', async () => {
    const { path, mirror, id, child, before } = await withDeleted()
    const server = await TestServer.entered({ roots: [path, mirror] })
    const untouched = fingerprint(join(path, '..'))
    expect((await server.ask('/health/view')).body).toContain('href="/undelete"')
    const list = (await server.ask('/undelete/view')).body
    expect(list).toContain(`href="/undelete/${id}"`)
    expect(list).not.toContain('<script>')
    expect(list).not.toContain(`href="/undelete/${child}"`)
    const plan = (await server.ask(`/undelete/${id}/view`)).body
    expect(plan).toContain('with 1 subagent')
    expect(plan).toContain(child)
    expect(plan).not.toContain('<script>')
    expect(fingerprint(join(path, '..'))).toEqual(untouched)
    const form = { token: field(plan, 'token'), plan: field(plan, 'plan') }
    const done = await server.post(`/undelete/${id}`, form)
    expect(done.status).toBe(200)
    expect(done.body).toContain('2 sessions brought back')
    expect(sessionIn(path, id)).toEqual(before)
    expect((await server.ask(`/s/${id}`)).status).toBe(200)
    const [noted] = listChanges(undoFolder(), () => undefined)
    expect(done.body).toContain(`ocvault undo ${noted!.id}`)
    // Once more there is nothing to do.
    expect((await server.post(`/undelete/${id}`, form)).status).toBe(404)
    expect((await server.ask('/undelete/view')).body).toContain('Nothing that was deleted can be had back')
    await server.server.close()
    takeBack(noted!)
    expect(sessionIn(path, id)).toBeUndefined()
  })

  test('comes back by no form but that of this browser, for this session, with the plan that it showed', async () => {
    const { path, mirror, id, child } = await withDeleted()
    const server = await TestServer.entered({ roots: [path, mirror] })
    const untouched = fingerprint(join(path, '..'))
    const page = (await server.ask(`/undelete/${id}/view`)).body
    const [token, plan] = [field(page, 'token'), field(page, 'plan')]
    const post = async (form: Record<string, string>, headers = {}) =>
      (await server.post(`/undelete/${id}`, form, headers)).status
    expect(await post({ plan })).toBe(409)
    expect(await post({ token: 'guessed', plan })).toBe(409)
    expect(await post({ token: field((await server.ask(`/undelete/${child}/view`)).body, 'token'), plan })).toBe(409)
    expect(await post({ token })).toBe(409)
    expect(await post({ token, plan: 'another' })).toBe(409)
    expect(await post({ token, plan }, { Origin: 'https://evil.example' })).toBe(403)
    expect(await post({ token, plan }, { Cookie: '' })).toBe(401)
    const query = new URLSearchParams({ token, plan })
    await server.ask(`/undelete/${id}?${query}`)
    for (const method of ['PUT', 'DELETE']) expect((await server.ask(`/undelete/${id}?${query}`, { method })).status).toBe(405)
    expect((await server.ask('/undelete/ses_nothing/view')).status).toBe(404)
    expect(fingerprint(join(path, '..'))).toEqual(untouched)
  })

  test('is left alone where things can only be read', async () => {
    const { path, mirror, id } = await withDeleted()
    const server = await TestServer.entered({ roots: [path, mirror], isReadOnly: true })
    expect((await server.ask('/health/view')).body).not.toContain('/undelete')
    for (const address of ['/undelete', '/undelete/view', `/undelete/${id}`]) expect((await server.ask(address)).status).toBe(404)
    expect((await server.post(`/undelete/${id}`, { token: '' })).status).toBe(405)
  })

  test('has nowhere to go where only an archive is shown', async () => {
    const { mirror } = await withDeleted()
    const server = await TestServer.entered({ roots: [mirror] })
    expect(await server.ask('/undelete/view')).toMatchObject({ status: 404, body: expect.stringContaining('archive') })
  })
})
