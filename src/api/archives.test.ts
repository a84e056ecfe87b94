import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import { storeOf, tempDir } from '../testing/temp.ts'
import { backUp, type MirrorWatch, mirrorOptions, mirrorSessions } from './backup.ts'
import { drillFrom } from './restore.ts'
import { isEncrypted, verifyFrom } from './verify.ts'

function open(): Catalog {
  const catalog = openCatalog({ roots: [storeOf('1.18.33')] })
  onTestFinished(() => catalog.close())
  return catalog
}

const watch: MirrorWatch = { tool: 'test', onProblem: () => expect.unreachable() }
const options = { tool: 'test', onProblem: () => expect.unreachable() }
const nobody = { title: 'no session is called so' }

describe('a backup', () => {
  test('is one file, verified and tried, and replaces another only when that is asked for', async () => {
    const catalog = open()
    const output = join(tempDir(), 'all.zip')
    const seen: number[] = []
    const onProgress = ({ done }: { done: number }) => void seen.push(done)
    const written = await backUp(catalog, { output }, { ...options, onProgress })
    const sessions = [...catalog.sessions({})].length
    expect(written).toMatchObject({ path: output, encrypted: false, sessions, bytes: statSync(output).size })
    expect(seen.length).toBeGreaterThan(0)
    expect(await verifyFrom({ archive: output }, { catalog })).toMatchObject({
      sound: true,
      sessions,
      since: { added: [], changed: [], gone: [] },
    })
    const [first] = catalog.sessions({ roots: true })
    expect(await drillFrom({ archive: output, sessions: [first!.id] })).toMatchObject({ differ: 0, failed: 0, problems: [] })
    await expect(backUp(catalog, { output }, options)).rejects.toMatchObject({ code: 'refused' })
    expect(await backUp(catalog, { output, replace: true, title: first!.title! }, options)).toMatchObject({ path: output })
    expect((await verifyFrom({ archive: output })).sessions).toBeLessThan(sessions)
  })

  test('is encrypted for whom it shall be, and tells so before it is opened', async () => {
    const output = join(tempDir(), 'all.zip.age')
    const identity = await generateX25519Identity()
    const encrypt = { recipients: [await identityToRecipient(identity)] }
    expect(await backUp(open(), { output }, { ...options, encrypt })).toMatchObject({ encrypted: true })
    expect(isEncrypted(output)).toBe(true)
    await expect(verifyFrom({ archive: output })).rejects.toThrow()
    expect(await verifyFrom({ archive: output }, { keys: { identity } })).toMatchObject({ sound: true })
    expect((await drillFrom({ archive: output }, { identity })).failed).toBe(0)
  })

  test('is none where no session matches', async () => {
    const folder = tempDir()
    expect(await backUp(open(), { ...nobody, output: join(folder, 'x.zip') }, options)).toBeUndefined()
    expect(readdirSync(folder)).toEqual([])
  })
})

test('only what begins like age is encrypted, and what is not there is nothing', () => {
  const path = join(tempDir(), 'x')
  expect(isEncrypted(path)).toBe(false)
  writeFileSync(path, 'PK\x03\x04')
  expect(isEncrypted(path)).toBe(false)
  writeFileSync(path, '-----BEGIN AGE ENCRYPTED FILE-----\n')
  expect(isEncrypted(path)).toBe(true)
})

describe('a mirror', () => {
  test('is made where sessions match, brought up to date, and kept when none does any more', async () => {
    const catalog = open()
    const to = join(tempDir(), 'mirror')
    const settings = mirrorOptions(watch)
    expect(await mirrorSessions(catalog, { ...nobody, to }, settings)).toBeUndefined()
    expect(existsSync(to)).toBe(false)
    const sessions = [...catalog.sessions({})].length
    const first = await mirrorSessions(catalog, { to }, settings)
    expect(first).toMatchObject({ machine: settings.machine, sessions, changed: true, deleted: [] })
    expect(first?.written).toHaveLength(sessions)
    expect(await mirrorSessions(catalog, { to }, settings)).toMatchObject({ written: [], unchanged: sessions, changed: false })
    expect(await mirrorSessions(catalog, { ...nobody, to }, settings)).toMatchObject({ sessions, written: [] })
    expect(await verifyFrom({ archive: to })).toMatchObject({ sound: true, sessions })
  })
})
