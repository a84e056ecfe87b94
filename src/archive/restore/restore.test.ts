import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { discover } from '../../stores/catalog/discover.ts'
import type { RawRecord, Store } from '../../stores/store.ts'
import { TestDatabase } from '../../testing/database.ts'
import { backup as backupTo } from '../../testing/mirrors.ts'
import { contentOf, emptyDatabase, faultsOf } from '../../testing/sessions.ts'
import { copyStore, storeOf, tempDir } from '../../testing/temp.ts'
import { listChanges } from '../../transfer/undo/changes.ts'
import { takeBack } from '../../transfer/undo/take-back.ts'
import type { EncryptFor } from '../encrypt.ts'
import { writeArchive } from '../write/write.ts'
import { zipSink } from '../write/zip-sink.ts'
import { drillArchive } from './drill.ts'
import { type RestoreOptions, type RestoreReport, restoreArchive } from './restore.ts'

const releases = readdirSync(join(import.meta.dirname, '../../../fixtures/stores'))

/** Backs a whole store up. */
async function backup(root: string, encrypt?: EncryptFor): Promise<string> {
  const path = join(tempDir(), 'backup.zip')
  const catalog = openCatalog({ roots: [root] })
  try {
    await writeArchive(catalog, catalog.sessions(), zipSink(path, encrypt), {
      tool: 'test',
      time: 0,
      scope: {},
      onProblem: () => undefined,
    })
    return path
  } finally {
    catalog.close()
  }
}

/** Records such that they are equal only if each byte and each type is; in an order of their own. */
const plain = (records: Iterable<RawRecord>) =>
  [...records]
    .map((record) => {
      if ('file' in record) return `${record.file} ${Buffer.from(record.bytes).toString('latin1')}`
      const cells = [...record.columns].map(([name, value]) => [
        name,
        value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('latin1')}` : String(value),
      ])
      return `${record.table} ${JSON.stringify(cells)}`
    })
    .sort()

function storesOf(root: string): { stores: readonly Store[]; close(): void } {
  const stores = discover({ roots: [root] }).stores.map(({ store }) => store)
  return { stores, close: () => stores.map((store) => store.close()) }
}

/** Restores with notes for undoing in a folder of the test's own. */
const restore = (archive: string, options: RestoreOptions): Promise<RestoreReport> =>
  restoreArchive(archive, { undo: join(tempDir(), 'undo'), ...options })

/** The records of a store's sessions, by session. */
function recordsIn(root: string, kind: string): Map<string, string[]> {
  const { stores, close } = storesOf(root)
  try {
    const store = stores.find((each) => each.kind === kind)
    return new Map([...(store?.sessions() ?? [])].map(({ id }) => [id, plain(store!.records(id))]))
  } finally {
    close()
  }
}

/** What the archive of a store leads with: a session may be in two. */
function leading(root: string, kind: string): Set<string> {
  const catalog = openCatalog({ roots: [root] })
  try {
    return new Set([...catalog.sessions()].filter(({ copies }) => copies[0]?.store === kind).map(({ id }) => id))
  } finally {
    catalog.close()
  }
}

/** Puts a session of the 2.0 preview into a database: where it works, its rows are restored as they are. */
function workWithPreview(path: string): void {
  const db = new DatabaseSync(path)
  db.exec(`INSERT INTO project (id, worktree, sandboxes, time_created, time_updated) VALUES ('own', '/own', '[]', 1, 1);
    INSERT INTO session (id, project_id, slug, directory, title, version, time_created, time_updated)
      VALUES ('ses_own', 'own', '', '/own', 'Own', '2.0', 1, 1);
    INSERT INTO session_message (id, session_id, type, seq, time_created, time_updated, data)
      VALUES ('msg_own', 'ses_own', 'user', 1, 1, 1, '{"text":"hello","time":{"created":1}}')`)
  db.close()
}

describe('every store comes back byte for byte where its layout is there', () => {
  test.each(releases)('%s', async (release) => {
    const root = storeOf(release)
    const archive = await backup(root)
    const { stores, close } = storesOf(root)
    const kinds = [...new Set(stores.map(({ kind }) => kind))]
    close()
    for (const kind of kinds) {
      const into = kind === 'sqlite-v2' ? 'v2' : kind === 'sqlite-v1' ? 'v1' : 'json'
      const isDatabase = into !== 'json'
      const target = isDatabase ? emptyDatabase(release) : join(tempDir(), 'opencode', 'storage')
      if (release === '2.0-preview') workWithPreview(target)
      const report = await restore(archive, { root: target, into })
      expect(report.problems.map(({ reason }) => reason)).toEqual([])
      expect(report.sessions.map(({ proof }) => proof).every((proof) => proof === 'exact' || proof === 'same')).toBe(true)
      if (kind !== 'sqlite-v1' && kind !== 'sqlite-v2' && kind !== 'json-tree') continue
      const wanted = recordsIn(root, kind)
      const found = recordsIn(target, kind)
      for (const id of leading(root, kind)) {
        const without = (records: string[] = []) => records.filter((record) => !record.startsWith('session_share'))
        expect(without(found.get(id))).toEqual(without(wanted.get(id)))
        expect(report.sessions.find((session) => session.id === id)?.proof).toBe('exact')
      }
      if (isDatabase) expect(faultsOf(target)).toEqual([])
    }
  })
})

describe('of several copies', () => {
  test('the one in the layout of the target comes back byte for byte, unless another is newer', async () => {
    const root = storeOf('2.0-constructed')
    const catalog = openCatalog({ roots: [root] })
    // What 2.x leads with, and 1.x has too: one session went on in 2.x, of the other one 2.x has what it made of it.
    const both = [...catalog.sessions()].filter(({ copies }) => copies[0]?.store === 'sqlite-v2' && copies.length > 1)
    catalog.close()
    const target = emptyDatabase()
    const { sessions, problems } = await restore(await backup(root), { root: target, into: 'v1' })
    expect(problems).toEqual([])
    const [found, wanted] = [recordsIn(target, 'sqlite-v1'), recordsIn(root, 'sqlite-v1')]
    const proofs = both.map(({ id, copies: [first, second] }) => {
      const isTied = first!.updated === second!.updated
      expect(JSON.stringify(found.get(id)) === JSON.stringify(wanted.get(id))).toBe(isTied)
      const { proof, messages } = sessions.find((session) => session.id === id)!
      if (!isTied) expect(messages?.total).toBeGreaterThan(12)
      return [isTied, proof]
    })
    expect(proofs.sort()).toEqual([
      [false, 'same'],
      [true, 'exact'],
    ])
  })
})

describe('a drill', () => {
  test.each(['0.5.29', '1.1.65', '1.18.33', '2.0-constructed', '2.0-preview'])('proves that %s comes back', async (release) => {
    const archive = await backup(storeOf(release))
    const folder = tempDir()
    const { sessions, exact, same, differ, failed, problems, notes } = await drillArchive(archive, { folder })
    expect(problems).toEqual([])
    expect(notes).toEqual([])
    expect([differ, failed, exact + same]).toEqual([0, 0, sessions.length])
    if (!/^0\.[15]/.test(release)) expect(exact).toBeGreaterThan(0)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('any archive will do', () => {
  test('an encrypted one, with its key', async () => {
    const { generateIdentity, identityToRecipient } = await import('age-encryption')
    const identity = await generateIdentity()
    const release = '1.18.33'
    const archive = await backup(storeOf(release), { recipients: [await identityToRecipient(identity)] })
    const locked = await backup(storeOf(release), { passphrase: 'horse battery' })
    const target = emptyDatabase()
    await expect(restore(archive, { root: target })).rejects.toMatchObject({ code: 'usage' })
    await expect(restore(archive, { root: target, identity: await generateIdentity() })).rejects.toMatchObject({ code: 'failed' })
    expect(recordsIn(target, 'sqlite-v1').size).toBe(0)
    const wanted = recordsIn(storeOf(release), 'sqlite-v1')
    const both: [string, RestoreOptions][] = [
      [archive, { root: target, identity }],
      [locked, { root: emptyDatabase(), passphrase: 'horse battery' }],
    ]
    for (const [path, options] of both) {
      const { sessions, problems } = await restore(path, options)
      expect(problems).toEqual([])
      expect(sessions.map(({ proof }) => proof)).toEqual(sessions.map(() => 'exact'))
      expect(recordsIn(options.root!, 'sqlite-v1')).toEqual(wanted)
    }
  })

  test('a mirror folder, and one in the middle of a backup', async () => {
    const mirror = join(tempDir(), 'mirror')
    await backupTo(storeOf('1.18.33'), mirror)
    const first = emptyDatabase()
    const whole = await restore(mirror, { root: first })
    expect(whole.problems).toEqual([])
    expect(whole.sessions.map(({ proof }) => proof)).toEqual(whole.sessions.map(() => 'exact'))
    expect(recordsIn(first, 'sqlite-v1')).toEqual(recordsIn(storeOf('1.18.33'), 'sqlite-v1'))

    // Another store comes along, and this backup ends after some sessions: the manifest does not have them yet.
    const stopped = backupTo(storeOf('1.14.34'), mirror, 'one', {
      onProgress: ({ done }: { done: number }) => {
        if (done >= 3) throw new Error('stopped')
      },
    })
    await expect(stopped).rejects.toThrow('stopped')
    const second = emptyDatabase()
    const { sessions, problems } = await restore(mirror, { root: second })
    expect(problems).toEqual([])
    expect(sessions.every(({ proof }) => proof === 'exact')).toBe(true)
    const found = recordsIn(second, 'sqlite-v1')
    const more = recordsIn(storeOf('1.14.34'), 'sqlite-v1')
    const came = [...more.keys()].filter((id) => found.has(id))
    expect(came.length).toBeGreaterThan(0)
    expect(came.length).toBeLessThan(more.size)
    expect(found.size).toBe(whole.sessions.length + came.length)
    for (const [id, records] of recordsIn(first, 'sqlite-v1')) expect(found.get(id)).toEqual(records)
  })
})

describe('files beside the store', () => {
  const list = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('opencode.db'))
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort()

  test('come back, and go again with undo, but for those that went on or were there', async () => {
    const data = copyStore('1.18.33')
    const [one, two, three] = [...recordsIn(data, 'sqlite-v1').keys()]
    const db = new DatabaseSync(join(data, 'opencode.db'))
    const text = JSON.stringify({
      type: 'text',
      text: 'Full output saved to: /home/dev/.local/share/opencode/tool-output/tool_long',
    })
    const { changes } = db
      .prepare('UPDATE part SET data = ? WHERE id = (SELECT min(id) FROM part WHERE session_id = ?)')
      .run(text, one!)
    expect(changes).toBe(1)
    db.close()
    mkdirSync(join(data, 'tool-output'))
    writeFileSync(join(data, 'tool-output', 'tool_long'), 'long')
    const diff = (id: string | undefined) => join('storage', 'session_diff', `${id}.json`)
    for (const id of [one, two, three]) writeFileSync(join(data, diff(id)), `[{"of":"${id}"}]`)
    const archive = await backup(data)

    const target = emptyDatabase()
    const home = dirname(target)
    mkdirSync(join(home, 'storage', 'session_diff'), { recursive: true })
    writeFileSync(join(home, diff(three)), 'mine')
    const undo = join(tempDir(), 'undo')
    const { files } = await restore(archive, { root: target, undo })
    const brought = [diff(one), diff(two), join('tool-output', 'tool_long')]
    expect(list(home)).toEqual(expect.arrayContaining([...brought, diff(three)]))
    expect(files).toBe(list(home).length - 1)

    // What is there already stays as it is; what was lost since comes back.
    rmSync(join(home, diff(one)))
    expect(await restore(archive, { root: target, undo })).toMatchObject({ change: null, files: 1 })
    writeFileSync(join(home, diff(two)), 'went on')
    const [change] = listChanges(undo, () => expect.unreachable())
    expect(takeBack(change!, { dryRun: true })).toMatchObject({ files: files - 1 })
    expect(list(home)).toEqual(expect.arrayContaining(brought))
    expect(takeBack(change!)).toMatchObject({ files: files - 1 })
    expect(list(home)).toEqual([diff(two), diff(three)].sort())
    expect(readFileSync(join(home, diff(three)), 'utf8')).toBe('mine')
  })

  test('of a JSON tree stand beside its folder', async () => {
    const data = copyStore('1.1.65')
    const [message] = readdirSync(join(data, 'storage', 'part'))
    const [part] = readdirSync(join(data, 'storage', 'part', message!))
    const path = join(data, 'storage', 'part', message!, part!)
    const object = { ...JSON.parse(readFileSync(path, 'utf8')), note: 'tool-output/tool_long' }
    writeFileSync(path, JSON.stringify(object))
    mkdirSync(join(data, 'tool-output'))
    writeFileSync(join(data, 'tool-output', 'tool_long'), 'long')
    const home = tempDir()
    const undo = join(tempDir(), 'undo')
    await restore(await backup(data), { root: join(home, 'storage'), into: 'json', undo })
    expect(readFileSync(join(home, 'tool-output', 'tool_long'), 'utf8')).toBe('long')
    takeBack(listChanges(undo, () => expect.unreachable())[0]!)
    expect(list(home)).toEqual([])
  })
})

/** What else could go wrong in a file: keys that are no plain ones, numbers and texts that JSON or SQLite change. */
const hostile = [
  '{"a":1e400,"b":9007199254740993,"c":-0,"d":1.0,"__proto__":{"x":1},"e":"\\u0000","a":2}',
  '{"time":{"created":1},"role":"user","text":"a\u0000b"}',
  '{"role" : "user",  "time":{"created":1}}',
  '[1,2]',
  'no JSON',
  '',
  `${'['.repeat(200)}${']'.repeat(200)}`,
]

test('hostile rows come back byte for byte', async () => {
  const text = fc.oneof(
    fc.constantFrom(...hostile).map((value) => Buffer.from(value)),
    fc.json().map((value) => Buffer.from(value)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  )
  const row = fc.record({ data: text, updated: fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.constant(7n)) })
  const shape = fc.record({
    title: text,
    metadata: fc.option(text),
    cost: fc.constantFrom(0, -0, 0.1, 1e300),
    rows: fc.array(row, { maxLength: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(shape, async ({ title, metadata, cost, rows }) => {
      const made = new TestDatabase()
      made.insert('project', { id: 'global', worktree: '/', sandboxes: '["\u0000"]', time_created: 5, time_updated: 6 })
      made.session({ id: 'ses_a', cost, time_updated: 2n ** 53n + 1n })
      made.db.prepare('UPDATE session SET title = CAST(? AS TEXT), metadata = CAST(? AS TEXT)').run(title, metadata)
      for (const [index, { data, updated }] of rows.entries()) {
        made.message('ses_a', `msg_${index}`, {}).part('ses_a', `msg_${index}`, `prt_${index}`, {})
        for (const [table, id] of [
          ['message', `msg_${index}`],
          ['part', `prt_${index}`],
        ] as const) {
          made.db.prepare(`UPDATE ${table} SET data = CAST(? AS TEXT), time_updated = ? WHERE id = ?`).run(data, updated, id)
        }
      }
      const source = made.done()
      const target = emptyDatabase()
      const { sessions, problems } = await restore(await backup(source), { root: target })
      expect(problems.filter(({ reason }) => !/JSON/.test(reason))).toEqual([])
      expect(sessions.map(({ proof }) => proof)).toEqual(['exact'])
      expect(recordsIn(target, 'sqlite-v1')).toEqual(recordsIn(source, 'sqlite-v1'))
      expect(faultsOf(target)).toEqual([])
    }),
    { numRuns: 25 },
  )
})

describe('a JSON tree', () => {
  const files = (root: string) =>
    Object.fromEntries(
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'utf8')]),
    )

  test('takes the sessions of a database, with what there is to do; and gives them back', async () => {
    const root = join(tempDir(), 'storage')
    const { sessions } = await restore(await backup(storeOf('1.18.33')), { root, into: 'json' })
    expect(sessions.every(({ proof }) => proof === 'same')).toBe(true)
    const todos = readdirSync(join(root, 'todo'))
    expect(todos.length).toBeGreaterThan(0)
    const database = emptyDatabase()
    const back = await restore(await backup(root), { root: database })
    expect(back.sessions.every(({ proof }) => proof === 'same')).toBe(true)
    const said = (path: string) =>
      (contentOf(path).todo ?? []).map((row) => {
        const { content, status, priority, position, session_id } = row as Record<string, unknown>
        return { content, status, priority, position, session_id }
      })
    expect(said(database)).toEqual(said(join(storeOf('1.18.33'), 'opencode.db')))
  })

  test('gets the usage in a database that OpenCode itself gave it', async () => {
    const upgraded = storeOf('upgraded-1.1.65-1.2.1-1.18.33')
    const database = emptyDatabase()
    const { sessions } = await restore(await backup(join(upgraded, 'storage')), { root: database })
    expect(sessions.map(({ proof }) => proof)).toEqual(sessions.map(() => 'same'))
    const usage = (path: string) => {
      const db = new DatabaseSync(path, { readOnly: true })
      const columns =
        'id, time_updated, cost, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write'
      const rows = db.prepare(`SELECT ${columns} FROM session WHERE version = '1.1.65' ORDER BY id`).all()
      db.close()
      return rows
    }
    const original = new Map(usage(join(copyStore('upgraded-1.1.65-1.2.1-1.18.33'), 'opencode.db')).map((row) => [row.id, row]))
    const found = usage(database)
    expect(found.some(({ tokens_input }) => Number(tokens_input) > 0)).toBe(true)
    // One session went on after the upgrade, and has used more since.
    const asThen = found.filter(({ id, time_updated }) => original.get(id)?.time_updated === time_updated)
    expect(asThen).toHaveLength(found.length - 1)
    for (const row of asThen) expect(row).toEqual(original.get(row.id))
    expect((await restore(await backup(join(upgraded, 'storage')), { root: database })).sessions[0]?.plan).toBe('identical')
  })

  test('is as it was after undo: new sessions gone, replaced ones back, and not when they went on', async () => {
    const root = join(copyStore('1.1.65'), 'storage')
    const archive = await backup(root)
    const undo = join(tempDir(), 'undo')
    const [id] = leading(root, 'json-tree')
    const [session] = Object.keys(files(root)).filter((path) => path.endsWith(`${id}.json`) && path.includes('/session/'))
    const [message] = readdirSync(join(root, 'message', id!))
    rmSync(join(root, 'message', id!, message!))
    const [gone] = [...leading(root, 'json-tree')].slice(-1)
    for (const path of Object.keys(files(root))) if (path.includes(gone!)) rmSync(path)
    writeFileSync(session!, readFileSync(session!, 'utf8').replace(/"title": ".*"/, '"title": "Changed"'))
    const before = files(root)
    const options = { root, undo, update: true }
    const { sessions } = await restore(archive, options)
    expect(sessions.find((each) => each.id === gone)).toMatchObject({ plan: 'new', proof: 'exact' })
    expect(sessions.find((each) => each.id === id)).toMatchObject({ plan: 'adds', result: 'written' })
    expect((await restore(archive, options)).sessions.every(({ plan }) => plan === 'identical')).toBe(true)
    const [change] = listChanges(undo, () => expect.unreachable())
    takeBack(change!)
    expect(files(root)).toEqual(before)
    await restore(archive, options)
    writeFileSync(join(root, 'message', gone!, 'msg_more.json'), '{}')
    const [again] = listChanges(undo, () => expect.unreachable())
    expect(() => takeBack(again!)).toThrow(/was changed/)
    takeBack(again!, { force: true })
  })

  test('is refused what differs, unless it shall be replaced or copied', async () => {
    const root = join(copyStore('1.1.65'), 'storage')
    const archive = await backup(root)
    const [id] = leading(root, 'json-tree')
    const [message] = readdirSync(join(root, 'message', id!))
    const path = join(root, 'message', id!, message!)
    const changed = readFileSync(path, 'utf8').replace('"id"', '"more": 1, "id"')
    writeFileSync(path, changed)
    const outcome = async (options: RestoreOptions) =>
      (await restore(archive, { root, names: [id!], ...options })).sessions.find((each) => each.id === id || each.copyOf === id)
    expect(await outcome({})).toMatchObject({ plan: 'replaces', result: 'refused' })
    expect(readFileSync(path, 'utf8')).toBe(changed)
    expect(await outcome({ asCopy: true })).toMatchObject({ plan: 'new', result: 'written', copyOf: id })
    expect(await outcome({ update: true })).toMatchObject({ plan: 'replaces', result: 'written', proof: 'exact' })
  })
})
