import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ModelServer, startModel } from './support/model-server.ts'
import { json, output, run } from './support/ocvault.ts'
import { haveOpenCode, OpenCode } from './support/opencode.ts'
import { writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'

const session = (name: string) => ({
  id: `ses_${name}`,
  title: `Session ${name}`,
  messages: [{ role: 'user' as const, parts: [{ type: 'text' as const, text: `said in ${name}` }] }],
})

test('what is deleted after a backup that is remembered is listed, found, shown, exported, and comes back', async () => {
  const home = tempDir('home')
  const path = writeHome(home, [session('keep'), session('gone')])
  const mirror = join(home, 'mirror')
  const here = { home }
  await output(['backup', '--all', '--to', mirror, '--remember'], here)
  expect(await output(['config', 'get', 'archives'], here)).toBe(`${mirror}\n`)
  expect(await output(['list', '--all'], here)).not.toContain('kept in')

  const db = new DatabaseSync(path)
  db.exec("DELETE FROM part WHERE session_id = 'ses_gone'; DELETE FROM message WHERE session_id = 'ses_gone'")
  db.exec("DELETE FROM session WHERE id = 'ses_gone'; VACUUM")
  db.close()
  expect(await output(['list', '--all'], here)).toMatch(/ses_gone .*deleted here, kept in ~\/mirror/)
  expect(await json<{ id: string; kept?: string }[]>(['list', '--all'], here)).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ id: 'ses_gone', kept: mirror })]),
  )
  expect(await output(['search', '--all', 'said in gone'], here)).toContain('ses_gone')
  expect(await output(['show', 'ses_gone'], here)).toMatch(/deleted here, kept in ~\/mirror[\s\S]*said in gone/)
  expect(await output(['export', 'ses_gone'], here)).toContain('said in gone')
  expect(await output(['list', '--all', '--no-archives'], here)).not.toContain('ses_gone')
  expect(await output(['list', '--root', path], here)).not.toContain('ses_gone')
  expect(await output(['undelete'], here)).toMatch(/ses_gone .*~\/mirror/)

  renameSync(mirror, `${mirror}.unplugged`)
  const without = await run(['list', '--all'], here)
  expect(without).toMatchObject({ code: 0, stderr: `ocvault: the archive ${mirror} is left out: it is not there\n` })
  expect(without.stdout).toContain('ses_keep')
  renameSync(`${mirror}.unplugged`, mirror)

  await output(['undelete', 'ses_gone'], here)
  expect(await output(['list', '--all', '--no-archives'], here)).toContain('ses_gone')
  expect(await output(['list', '--all'], here)).not.toContain('kept in')
})

describe.skipIf(!haveOpenCode)('a session that OpenCode itself has deleted after a backup', () => {
  let model: ModelServer
  beforeAll(async () => {
    model = await startModel({ hello: [{ say: 'Hello from the gannet.' }], more: [{ say: 'And one thing more.' }] })
  })
  afterAll(() => model.close())

  test('is in list, search and show, and comes back so that it is gone on with', async () => {
    const opencode = new OpenCode(model)
    const here = { home: opencode.home, cwd: opencode.project }
    const id = await opencode.prompt('#hello')
    await opencode.prompt('#hello')
    const before = await opencode.export(id)
    await output(['backup', '--all', '--to', join(opencode.home, 'mirror'), '--remember'], here)
    await opencode.delete(id)
    expect((await opencode.sessions()).map((session) => session.id)).not.toContain(id)

    expect(await output(['list'], here)).toMatch(new RegExp(`${id} .*deleted here, kept in ~/mirror`))
    expect(await output(['search', 'gannet'], here)).toContain(id)
    expect(await output(['show', id], here)).toContain('Hello from the gannet.')
    expect(await output(['undelete', '--no-pages'], here)).toMatch(new RegExp(`${id} .*~/mirror`))
    await output(['undelete', id, '--no-pages'], here)
    expect(await opencode.export(id)).toEqual(before)
    await opencode.run('-s', id, '#more')
    expect((await opencode.export(id)).messages.length).toBeGreaterThan(before.messages.length)
  })
})

test('a setting that nobody knows is refused, and stops what would need it', async () => {
  const home = tempDir('home')
  writeHome(home, [session('a')])
  expect(await run(['config', 'set', 'archive', 'x'], { home })).toMatchObject({
    code: 2,
    stderr: 'ocvault: there is no setting "archive"; the nearest is "archives"\n',
  })
  expect((await run(['config', 'get', 'archives'], { home })).code).toBe(3)
})
