import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { hasEncrypted, openStores } from '../../api/stores.ts'
import { omit } from '../../base/omit.ts'
import { toV1, toV2 } from '../../convert/exported.ts'
import { whereReport } from '../../render/facts/where-report.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import type { RawRecord } from '../../stores/store.ts'
import { forget } from '../../testing/database.ts'
import { backup, database, fingerprint, say } from '../../testing/mirrors.ts'
import { storeOf, tempDir } from '../../testing/temp.ts'
import { some } from '../../testing/thorough.ts'
import { updateMirror } from '../mirror/mirror.ts'
import { writeArchive } from '../write/write.ts'
import { zipSink } from '../write/zip-sink.ts'

const releases = readdirSync(join(storeOf('1.18.33'), '../..')).filter((name) => existsSync(storeOf(name)))

async function open(roots: readonly string[], keys = {}): Promise<Catalog> {
  const catalog = await openStores({ roots, keys })
  onTestFinished(() => catalog.close())
  return catalog
}

type To = Parameters<typeof zipSink>[1]

async function zipOf(root: string, encrypt?: To): Promise<string> {
  const catalog = openCatalog({ roots: [root] })
  const path = join(tempDir(), encrypt ? 'all.zip.age' : 'all.zip')
  const options = { tool: 'test', time: 1, scope: {}, onProblem: () => undefined }
  await writeArchive(catalog, catalog.sessions(), zipSink(path, encrypt), options)
  catalog.close()
  return path
}

async function mirrorOf(root: string): Promise<string> {
  const catalog = openCatalog({ roots: [root] })
  const mirror = tempDir()
  await updateMirror(catalog, catalog.sessions(), mirror, {
    machine: 'one',
    tool: 'test',
    patience: 200,
    onProblem: () => undefined,
  })
  catalog.close()
  return mirror
}

/** A row with its bytes in one form. */
const bytewise = (record: RawRecord) => {
  if ('file' in record) return record
  const cells = Array.from(record.columns, ([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value) : value])
  return { table: record.table, cells }
}

/**
 * What an archive must tell of a session: all but where it stands, slug and release of one of 2.x, which are not in its export,
 * and sums of cost that the store has not made and the export has.
 */
function told(session: Session, catalog: Catalog): object {
  const isV2 = catalog.stored(session.id)?.shape === 'v2'
  const unsaid = [
    ...(isV2 ? (['slug', 'version'] as const) : []),
    ...(session.cost === null ? (['cost', 'tokens'] as const) : []),
  ]
  return omit(session, ['copies', ...unsaid])
}

const exported = (catalog: Catalog, id: string) => {
  const stored = catalog.stored(id)!
  const { info, messages } = stored.shape === 'v2' ? toV2(stored) : toV1(stored)
  return { info, messages: [...messages] }
}

describe.each(some(releases, 6))('an archive of a store of %s', (release) => {
  test.each([
    ['zip', zipOf],
    ['mirror', mirrorOf],
  ])('as a %s says what the store says', async (_form, make) => {
    const from = await open([storeOf(release)])
    const path = await make(storeOf(release))
    const archive = await open([path])
    const sessions = [...from.sessions()]
    expect(sessions.length).toBeGreaterThan(0)
    for (const filter of [
      {},
      { roots: true },
      { archived: 'no' },
      { title: 'parser' },
      { sort: 'title' },
      { sort: 'created' },
    ] as const) {
      const wanted = Array.from(from.sessions(filter), (session) => told(session, from))
      expect(wanted.length).toBeGreaterThan(0)
      expect([...archive.sessions(filter)]).toMatchObject(wanted)
    }
    for (const { id } of sessions) {
      expect(exported(archive, id)).toEqual(exported(from, id))
      expect(archive.session(id)!.copies).toMatchObject([{ store: 'archive', path, visible: [] }])
    }
    expect([...archive.stranded()]).toEqual([])
    expect(archive.problems()).toEqual([])
  })
})

test('the last messages, some messages, and messages without their parts are those of the store', async () => {
  const from = await open([storeOf('1.18.33')])
  const archive = await open([await zipOf(storeOf('1.18.33'))])
  const [{ id }] = [...from.sessions()] as [Session]
  const ids = Array.from(from.messages(id), (message) => message.id)
  for (const query of [{ last: 2 }, { ids: ids.slice(1, 3) }, { parts: false }]) {
    expect(Array.from(archive.messages(id, query), (message) => [message.id, message.parts.length])).toEqual(
      Array.from(from.messages(id, query), (message) => [message.id, message.parts.length]),
    )
  }
})

test('the rows of a session, and of its project, are those of the store, byte for byte', async () => {
  const [from] = (await open([storeOf('1.18.33')])).stores
  const [archive] = (await open([await zipOf(storeOf('1.18.33'))])).stores
  for (const { id, projectID } of from!.store.sessions()) {
    expect(Array.from(archive!.store.records(id), bytewise)).toEqual(Array.from(from!.store.records(id), bytewise))
    expect([...archive!.store.projectRecords(projectID!)].length).toBeGreaterThan(0)
  }
  const known = new Map(Array.from(from!.store.projects(), ({ id, worktree }) => [id, worktree]))
  for (const { id, worktree } of archive!.store.projects()) expect(worktree).toBe(known.get(id))
})

test('copies that an archive keeps beside the sessions which it shows are counted, and told', async () => {
  const catalog = await open([await zipOf(storeOf('2.0-constructed'))])
  expect(catalog.stores[0]!.store.size().copies).toBeGreaterThan(1)
  expect(whereReport(catalog, null).stores[0]!.shown).toMatch(/^an archive; .* \d+ other copies of them, which are not shown$/)
  const plain = await open([await zipOf(storeOf('1.18.33'))])
  expect(plain.stores[0]!.store.size()).not.toHaveProperty('copies')
  expect(whereReport(plain, null).stores[0]!.shown).toBe('an archive')
})

test('what the store has lost since is found in the mirror, which a later backup is noticed in', async () => {
  const db = database()
  const mirror = tempDir()
  await backup(db.path, mirror)
  db.db.exec("DELETE FROM session WHERE id = 'ses_a'")
  db.db.exec("DELETE FROM message WHERE session_id = 'ses_a'")
  db.db.exec("DELETE FROM part WHERE session_id = 'ses_a'")
  const catalog = await open([db.path, mirror])
  expect(catalog.session('ses_a')?.copies).toMatchObject([{ store: 'archive', visible: [] }])
  expect(catalog.session('ses_b')?.copies).toMatchObject([{ store: 'sqlite-v1' }, { store: 'archive' }])
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
  onTestFinished(() => void vi.useRealTimers())
  const before = catalog.generation()
  expect(catalog.generation()).toBe(before)
  db.session({ id: 'ses_d' })
  say(db, 'ses_d', 'd1', 'new')
  await backup(db.path, mirror)
  expect(catalog.generation()).not.toBe(before)
  catalog.refresh()
  expect(catalog.session('ses_d')?.copies.map(({ store }) => store)).toContain('archive')
})

describe('archives that are looked at beside the stores', () => {
  async function beside(roots: readonly string[], archives: readonly string[]): Promise<Catalog> {
    const catalog = await openStores({ roots, archives })
    onTestFinished(() => catalog.close())
    return catalog
  }

  test('tell what the store has lost, and mark it; what it has is marked by nothing', async () => {
    const db = database()
    const mirror = tempDir()
    await backup(db.path, mirror)
    expect(Array.from((await beside([db.path], [mirror])).sessions(), ({ kept }) => kept)).toEqual(Array(3).fill(undefined))
    forget(db.db, 'ses_a')
    const catalog = await beside([db.path], [mirror])
    expect(catalog.session('ses_a')).toMatchObject({ kept: mirror, copies: [{ store: 'archive', visible: [] }] })
    expect([...catalog.messages('ses_a')].length).toBe(1)
    expect(catalog.session('ses_b')?.kept).toBeUndefined()
    expect(catalog.session('ses_b')?.copies.map(({ store }) => store)).toEqual(['sqlite-v1', 'archive'])
    expect([...catalog.stranded()]).toEqual([])
    expect((await open([mirror])).session('ses_a')?.kept).toBeUndefined()
  })

  test('need not be there, and are found when they come', async () => {
    const db = database()
    const folder = tempDir()
    const mirror = join(folder, 'mirror')
    const catalog = await beside([db.path], [mirror])
    expect([...catalog.sessions()].length).toBe(3)
    expect(catalog.problems()).toMatchObject([{ path: mirror, kind: 'away' }])
    await backup(db.path, mirror)
    forget(db.db, 'ses_a')
    expect((await beside([db.path], [mirror])).session('ses_a')?.kept).toBe(mirror)
  })

  test('are left out with a word where they are encrypted and no key opens them', async () => {
    const { generateIdentity, identityToRecipient } = await import('age-encryption')
    const identity = await generateIdentity()
    const path = await zipOf(storeOf('1.18.33'), { recipients: [await identityToRecipient(identity)] })
    const db = database()
    const without = await beside([db.path], [path])
    expect([...without.sessions()].length).toBe(3)
    expect(without.problems()).toMatchObject([{ path, kind: 'away' }])
    const catalog = await openStores({ roots: [db.path], archives: [path], keys: { identity } })
    onTestFinished(() => catalog.close())
    expect([...catalog.sessions()].length).toBe(12)
    expect(catalog.problems()).toEqual([])
  })

  test('are trouble where they are there and damaged', async () => {
    const db = database()
    const path = join(tempDir(), 'all.zip')
    writeFileSync(path, 'PK nothing')
    const catalog = await beside([db.path], [path])
    expect([...catalog.sessions()].length).toBe(3)
    expect(catalog.problems()).toMatchObject([{ path, kind: 'unreadable' }])
  })
})

test('reading writes nothing, neither into a mirror nor beside a zip', async () => {
  const folder = tempDir()
  cpSync(await mirrorOf(storeOf('1.1.65')), join(folder, 'mirror'), { recursive: true })
  cpSync(await zipOf(storeOf('1.1.65')), join(folder, 'all.zip'))
  const before = fingerprint(folder)
  const catalog = await open([join(folder, 'mirror'), join(folder, 'all.zip')])
  for (const { id } of catalog.sessions()) exported(catalog, id)
  expect(fingerprint(folder)).toEqual(before)
})

describe('an encrypted archive', () => {
  test('is read with its key, and kept out of every index; without it, or with another one, it is refused', async () => {
    const { generateIdentity, identityToRecipient } = await import('age-encryption')
    const identity = await generateIdentity()
    const path = await zipOf(storeOf('1.18.33'), { recipients: [await identityToRecipient(identity)] })
    expect(hasEncrypted([path])).toBe(true)
    const archive = await open([path], { identity })
    expect([...archive.sessions()].length).toBe(9)
    const { indexable } = await import('../../search/index/indexes.ts')
    expect(indexable(archive.stores)).toEqual([])
    await expect(openStores({ roots: [path] })).rejects.toMatchObject({ code: 'usage', hint: 'key' })
    await expect(openStores({ roots: [path], keys: { identity: await generateIdentity() } })).rejects.toMatchObject({
      code: 'failed',
    })
  })
})

describe('damage', () => {
  test('of one session is a problem of that one, and the others are told', async () => {
    const mirror = await mirrorOf(storeOf('1.18.33'))
    const archive = await open([mirror])
    const [first, second] = [...archive.sessions()] as [Session, Session]
    const file = join(mirror, 'sessions', `${first.id}.json`)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"role": "user"', '"role": "usr"'))
    const damaged = await open([mirror])
    expect([...damaged.messages(first.id)]).toEqual([])
    expect([...damaged.messages(second.id)].length).toBeGreaterThan(0)
    expect(damaged.problems()).toMatchObject([{ path: mirror, reason: expect.stringContaining('damaged') }])
  })

  test('of the manifest leaves what the sessions say themselves', async () => {
    const mirror = await mirrorOf(storeOf('1.18.33'))
    rmSync(join(mirror, 'manifest.json'))
    const archive = await open([mirror])
    expect([...archive.sessions()].length).toBe(9)
    expect(archive.problems().length).toBeGreaterThan(0)
  })

  test('a zip of exported sessions is no archive, which is said', async () => {
    const path = join(tempDir(), 'sessions.zip')
    const { zipDestination } = await import('../../transfer/export/destination.ts')
    const { exportSessions } = await import('../../transfer/export/export.ts')
    const from = await open([storeOf('1.18.33')])
    await exportSessions(from, from.sessions(), zipDestination(path, false), { format: 'opencode', onProblem: () => undefined })
    await expect(openStores({ roots: [path] })).rejects.toMatchObject({ code: 'failed', hint: 'import' })
  })
})
