import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openStorage } from '../api/storage.ts'
import { updateMirror } from '../archive/mirror/mirror.ts'
import { writeArchive } from '../archive/write/write.ts'
import { zipSink } from '../archive/write/zip-sink.ts'
import { isObject, type JsonObject, objectOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import { toV1 } from '../convert/exported.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { discover } from '../stores/catalog/discover.ts'
import { damages, zero } from '../testing/damage.ts'
import { TestDatabase } from '../testing/database.ts'
import { Importer } from '../testing/importer.ts'
import { fingerprint, options } from '../testing/mirrors.ts'
import { databaseOf } from '../testing/multiplied.ts'
import { copyStore, storeOf, tempDir, writeTree } from '../testing/temp.ts'
import { some } from '../testing/thorough.ts'
import { ReadOnlyError } from './errors.ts'
import type { Storage } from './storage.ts'

const upgraded = storeOf('upgraded-1.1.65-1.2.1-1.18.33')
const kinds = ['session', 'message', 'part', 'todo', 'session_diff', 'project', 'session_share', 'permission']
const releases = readdirSync(join(storeOf('1.18.33'), '../..')).filter((name) => existsSync(storeOf(name)))

async function open(root: string): Promise<Storage> {
  const storage = await openStorage(root)
  onTestFinished(() => storage.close())
  return storage
}

/** All values by their keys. */
async function all(storage: Storage, of: readonly string[] = kinds): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const kind of of) for (const key of await storage.list([kind])) found[key.join('/')] = await storage.read(key)
  return found
}

async function zipOf(root: string): Promise<string> {
  const catalog = openCatalog({ roots: [root] })
  const path = join(tempDir(), 'all.zip')
  await writeArchive(catalog, catalog.sessions(), zipSink(path), { tool: 'test', time: 1, scope: {}, onProblem: () => undefined })
  catalog.close()
  return path
}

async function mirrorOf(root: string): Promise<string> {
  const catalog = openCatalog({ roots: [root] })
  const mirror = tempDir()
  await updateMirror(catalog, catalog.sessions(), mirror, options())
  catalog.close()
  return mirror
}

const timeOf = (session: unknown) => objectOf(objectOf(session).time).updated

describe('the sessions that 1.2.1 imported from a tree of 1.1.65, and 1.18.33 took over', () => {
  test('are under the same keys what they were in the tree, but for what the database has not, or more', async () => {
    const [tree, database] = [
      await all(await open(join(upgraded, 'storage'))),
      await all(await open(join(upgraded, 'opencode.db'))),
    ]
    expect(Object.keys(tree).length).toBeGreaterThan(150)
    let same = 0
    for (const [key, value] of Object.entries(tree)) {
      const [kind] = key.split('/')
      const found = database[key]
      // One session went on in 1.18.33.
      if (kind === 'session' && timeOf(found) !== timeOf(value)) continue
      same++
      if (kind === 'session') expect(omit(found as JsonObject, ['cost', 'tokens']), key).toEqual(value)
      else if (kind === 'todo') expect(found, key).toEqual((value as JsonObject[]).map((item) => omit(item, ['id'])))
      else if (kind === 'project') expect(omit(found as JsonObject, ['time']), key).toEqual(omit(value as JsonObject, ['time']))
      else expect(found, key).toEqual(value)
    }
    expect(same).toBe(Object.keys(tree).length - 1)
  })

  test('are in the data directory what the database says, which is the newer copy', async () => {
    expect(await all(await open(upgraded))).toEqual(await all(await open(join(upgraded, 'opencode.db'))))
  })

  test('are in a backup what they were in the store: of the tree, of the database, in a zip and in a folder', async () => {
    for (const root of [storeOf('1.1.65'), join(upgraded, 'opencode.db')]) {
      const expected = await all(await open(root))
      expect(await all(await open(await zipOf(root)))).toEqual(expected)
      expect(await all(await open(await mirrorOf(root)))).toEqual(expected)
    }
  })
})

test('sessions of a tree that were converted to 2.x and back are what they were', async () => {
  const from = join(storeOf('1.1.65'), 'storage')
  const importer = new Importer('2.0-constructed')
  await importer.run(from, { keepProject: true, into: 'v2' })
  const found = await all(await open(importer.database), ['session', 'message', 'part'])
  const expected = await all(await open(from), ['session', 'message', 'part'])
  expect(Object.keys(found)).toEqual(Object.keys(expected))
  const differs = Object.entries(expected).filter(([key, value]) => !sameBut(value, found[key]))
  expect(differs).toEqual([])
})

/** Whether a session, message or part says the same; what the importer filled in may be more. */
function sameBut(expected: unknown, found: unknown): boolean {
  if (!isObject(expected) || !isObject(found)) return JSON.stringify(expected) === JSON.stringify(found)
  return Object.entries(expected).every(([key, value]) => sameBut(value, found[key]))
}

describe('a message of 2.x is alone what it is in its whole session', () => {
  test.each(['2.0-constructed', '2.0-preview'])('%s', async (release) => {
    const storage = await open(join(storeOf(release), 'opencode.db'))
    const archive = await open(await zipOf(storeOf(release)))
    let seen = 0
    for (const { store } of discover({ roots: [storeOf(release)] }).stores) {
      for (const { id } of store.sessions()) {
        const info = store.info(id)!
        const stored = [...store.messages(id)]
        if (!stored.some(({ shape }) => shape === 'v2')) continue
        for (const message of toV1({ ...info, messages: stored }).messages) {
          const messageID = String(message.info.id)
          for (const each of [storage, archive]) {
            expect(await each.read(['message', id, messageID])).toEqual(message.info)
            for (const part of message.parts) expect(await each.read(['part', messageID, String(part.id)])).toEqual(part)
          }
          seen++
        }
      }
      store.close()
    }
    expect(seen).toBeGreaterThan(5)
  })
})

describe('the store of every release', () => {
  test.each(some(releases, 8))('%s: each key that is listed is read, and found below its own prefix', async (release) => {
    const before = fingerprint(storeOf(release))
    const storage = await open(storeOf(release))
    for (const kind of kinds) {
      const keys = await storage.list([kind])
      if (kind === 'session' || kind === 'message' || kind === 'part') expect(keys.length, kind).toBeGreaterThan(5)
      const below: string[][] = []
      for (const second of new Set(keys.map((key) => key[1]!))) below.push(...(await storage.list([kind, second])))
      if (keys.some((key) => key.length > 2)) expect(below.map(String).sort()).toEqual(keys.map(String).sort())
      for (const key of keys) {
        const value = await storage.read<JsonObject>(key)
        if (kind === 'session') expect(value).toMatchObject({ projectID: key[1], id: key[2] })
        if (kind === 'message') expect(value).toMatchObject({ sessionID: key[1], id: key[2] })
        if (kind === 'part') expect(value).toMatchObject({ messageID: key[1], id: key[2] })
        if (kind === 'message') expect(await storage.list(['session'])).toContainEqual(expect.arrayContaining([key[1]]))
      }
    }
    await expect(storage.read(['session', 'none', 'ses_none'])).rejects.toMatchObject({ name: 'NotFoundError' })
    await expect(storage.read(['part', 'msg_none', 'prt_none'])).rejects.toMatchObject({ name: 'NotFoundError' })
    expect(storage.problems()).toEqual([])
    expect(fingerprint(storeOf(release))).toEqual(before)
  })
})

test('what is no tree is not written, and says so in a sentence', async () => {
  for (const root of [storeOf('1.18.33'), storeOf('2.0-constructed'), upgraded, await zipOf(storeOf('1.1.65'))]) {
    const storage = await open(root)
    expect(storage.tree).toBeNull()
    for (const change of [
      storage.write(['todo', 'ses_1'], []),
      storage.update(['todo', 'ses_1'], () => undefined),
      storage.remove(['todo', 'ses_1']),
    ]) {
      await expect(change).rejects.toBeInstanceOf(ReadOnlyError)
      await expect(change).rejects.toThrow(/keys are read there, and written only in a JSON tree/)
    }
  }
})

test('a tree is written where it is named, or alone in its data directory', async () => {
  const data = copyStore('1.1.65')
  expect((await open(data)).tree).toBe(join(data, 'storage'))
  expect((await open(join(data, 'storage'))).tree).toBe(join(data, 'storage'))
  await expect(openStorage(join(data, 'none'))).rejects.toMatchObject({ code: 'not-found' })
})

test('the tree of a project of 0.5 has its own keys, and is written', async () => {
  const data = copyStore('0.5.29')
  const [slug] = readdirSync(join(data, 'project')).filter((name) =>
    existsSync(join(data, 'project', name, 'storage/session/info')),
  )
  const storage = await open(join(data, 'project', slug!, 'storage'))
  const keys = await storage.list(['session', 'info'])
  expect(keys.length).toBeGreaterThan(0)
  await storage.update<{ title: string }>(keys[0]!, (draft) => {
    draft.title = 'Another'
  })
  expect(await storage.read(keys[0]!)).toMatchObject({ title: 'Another' })
})

describe('a data directory with several stores', () => {
  /** A session in a database and in the tree beside it, each with a message of its own. */
  function both(updatedInTree: number): string {
    const root = writeTree({
      'storage/session/p/ses_1.json': {
        id: 'ses_1',
        projectID: 'p',
        title: 'tree',
        time: { created: 1, updated: updatedInTree },
      },
      'storage/message/ses_1/msg_tree.json': { id: 'msg_tree', sessionID: 'ses_1', role: 'user' },
      'storage/part/msg_tree/prt_tree.json': { id: 'prt_tree', sessionID: 'ses_1', messageID: 'msg_tree', type: 'text' },
      'storage/todo/ses_1.json': [{ id: '1', content: 'from the tree' }],
      'storage/own/thing.json': { any: 'value' },
    })
    new TestDatabase('1.18.33', join(root, 'opencode.db'))
      .session({ id: 'ses_1', project_id: 'p', title: 'database', time_updated: 50 })
      .message('ses_1', 'msg_database', { role: 'user' })
      .part('ses_1', 'msg_database', 'prt_database', { type: 'text' })
      .done()
    return root
  }

  test.each([
    ['database', 40],
    ['tree', 60],
  ])('the copy that was updated last answers: %s', async (which, updated) => {
    const storage = await open(both(updated))
    expect(await storage.read(['session', 'p', 'ses_1'])).toMatchObject({ title: which })
    expect(await storage.list(['message', 'ses_1'])).toEqual([['message', 'ses_1', `msg_${which}`]])
    expect(await storage.list(['part'])).toEqual([['part', `msg_${which}`, `prt_${which}`]])
    const other = which === 'tree' ? 'database' : 'tree'
    await expect(storage.read(['part', `msg_${other}`, `prt_${other}`])).rejects.toMatchObject({ name: 'NotFoundError' })
  })

  test('what is no transcript is had from whoever has it', async () => {
    const storage = await open(both(40))
    expect(await storage.read(['todo', 'ses_1'])).toEqual([{ id: '1', content: 'from the tree' }])
    expect(await storage.read(['own', 'thing'])).toEqual({ any: 'value' })
    expect(await storage.list(['own'])).toEqual([['own', 'thing']])
  })
})

describe('a damaged database', () => {
  const indexes = [
    'sqlite_autoindex_session_1',
    'sqlite_autoindex_message_1',
    'sqlite_autoindex_part_1',
    'part_message_id_id_idx',
    'message_session_time_created_id_idx',
  ]

  test.each(some(indexes, 3))('in its index %s: everything is read without it', async (index) => {
    const path = databaseOf('1.18.33')
    const whole = await open(path)
    const expected = await all(whole, ['session', 'message', 'part', 'todo'])
    whole.close()
    const db = new DatabaseSync(path)
    const { rootpage } = db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').get(index) as { rootpage: number }
    db.close()
    zero(path, (rootpage - 1) * 4096, rootpage * 4096)
    expect(await all(await open(path), ['session', 'message', 'part', 'todo'])).toEqual(expected)
  })

  test.each(some(Object.entries(damages), 3))('in %s: what can be reached is read', async (_where, damage) => {
    const path = databaseOf('1.18.33')
    damage(path)
    const storage = await open(path)
    let read = 0
    for (const kind of ['session', 'message', 'part']) {
      for (const key of await storage.list([kind])) {
        // An index may name what its page has lost: that is said, and is no missing key.
        const value = await storage.read(key).catch((error: { code: string }) => error)
        if (value instanceof Error) expect(value).toMatchObject({ code: 'failed' })
        else read++
      }
    }
    expect(read).toBeGreaterThan(10)
    expect(storage.problems().length).toBeGreaterThan(0)
  })
})

describe('bad rows', () => {
  test('a row that is no JSON is an error, and no missing key; the others are read', async () => {
    const path = new TestDatabase()
      .session({ id: 'ses_1' })
      .message('ses_1', 'msg_1', '{"cut')
      .message('ses_1', 'msg_2', { role: 'user' })
      .part('ses_1', 'msg_2', 'prt_1', 'no JSON')
      .part('ses_1', 'msg_2', 'prt_2', { type: 'text', text: 'kept' })
      .done()
    const storage = await open(path)
    await expect(storage.read(['message', 'ses_1', 'msg_1'])).rejects.toMatchObject({ name: 'OcvaultError', code: 'failed' })
    await expect(storage.read(['part', 'msg_2', 'prt_1'])).rejects.toThrow('part prt_1 is not a JSON object')
    expect(await storage.read(['part', 'msg_2', 'prt_2'])).toMatchObject({ text: 'kept', sessionID: 'ses_1', messageID: 'msg_2' })
    expect(await storage.list(['part', 'msg_2'])).toHaveLength(2)
  })

  test('a key that is not there is not looked for in other sessions', async () => {
    const id = 'msg_1fca908b9001xZvAHe8faP5XgG'
    for (const release of ['1.18.33', '2.0-preview']) {
      const path = new TestDatabase(release).session({ id: 'ses_1' }).message('ses_1', 'msg_1', '{"cut').done()
      const storage = await open(path)
      await expect(storage.read(['part', id, 'prt_1'])).rejects.toMatchObject({ name: 'NotFoundError' })
      expect(await storage.list(['part', id])).toEqual([])
      expect(storage.problems()).toEqual([])
    }
  })

  test('ids that OpenCode does not make lead nowhere else', async () => {
    const path = new TestDatabase()
      .session({ id: '../../etc/passwd', project_id: '..' })
      .session({ id: "ses_' OR 1=1 --" })
      .done()
    const storage = await open(path)
    expect(await storage.list(['session'])).toHaveLength(2)
    await expect(storage.read(['session', '..', '../../etc/passwd'])).rejects.toMatchObject({ code: 'usage' })
    expect(await storage.read(['session', 'global', "ses_' OR 1=1 --"])).toMatchObject({ title: 'A title' })
  })

  test('a damaged archive is an error that names the session', async () => {
    const mirror = await mirrorOf(storeOf('1.1.65'))
    const file = readdirSync(mirror, { recursive: true, withFileTypes: true }).find(
      ({ name }) => name === 'ses_e035702e8ffeHkIxpnGoWr1kRo.json',
    )!
    writeFileSync(join(file.parentPath, file.name), '{"cut')
    const storage = await open(mirror)
    const [message] = await (await open(storeOf('1.1.65'))).list(['message', 'ses_e035702e8ffeHkIxpnGoWr1kRo'])
    await expect(storage.read(message!)).rejects.toMatchObject({ code: 'failed' })
    expect((await storage.list(['message'])).length).toBeGreaterThan(5)
    expect(storage.problems().length).toBeGreaterThan(0)
  })
})
