import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test, vi } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { backup as backupTo } from '../testing/mirrors.ts'
import { copyStore, tempDir } from '../testing/temp.ts'
import { printSession } from '../transfer/export/export.ts'
import { openArchive } from './read/reader.ts'
import { verifyArchive } from './read/verify.ts'
import { restoreArchive } from './restore/restore.ts'
import { writeArchive } from './write/write.ts'
import { zipSink } from './write/zip-sink.ts'

// So that a test of what is too long needs no gigabytes.
vi.mock(import('../stores/long-record.ts'), async (original) => ({
  ...(await original()),
  longestRecordBytes: 4000,
  longestCopiedBytes: 2000,
  beginningBytes: 300,
}))

const text = (end: string) => `begins ${'ä"\\'.repeat(1500)} ${end}`
const long = (end: string) => JSON.stringify({ type: 'text', text: text(end), after: { what: 'follows' } })
/** Not as JSON.stringify prints it, and no UTF-8: bytes are bytes. */
const odd = Buffer.concat([Buffer.from('{"type": "text", "text": "'), Buffer.alloc(5000, 0xff), Buffer.from('"  }')])

function database(end = 'ends'): string {
  const db = new TestDatabase().session({ id: 'ses_1' }).message('ses_1', 'msg_1', { role: 'user' })
  db.part('ses_1', 'msg_1', 'prt_1', { type: 'text', text: 'before' })
  db.part('ses_1', 'msg_1', 'prt_2', long(end)).part('ses_1', 'msg_1', 'prt_3', { type: 'text', text: 'after' })
  db.message('ses_1', 'msg_2', { role: 'assistant', summary: { diffs: [{ after: text(end) }] }, agent: 'build' }, 2000)
  db.insert('part', { id: 'prt_4', message_id: 'msg_2', session_id: 'ses_1', time_created: 1, time_updated: 1, data: '' })
  db.db.prepare('UPDATE part SET data = CAST(? AS TEXT) WHERE id = ?').run(odd, 'prt_4')
  db.session({ id: 'ses_2' })
    .message('ses_2', 'msg_3', { role: 'user' })
    .part('ses_2', 'msg_3', 'prt_5', { type: 'text', text: 'x' })
  return db.done()
}

const rows = (path: string) => {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return ['message', 'part'].map((table) =>
      db.prepare(`SELECT id, CAST(data AS BLOB) AS data, typeof(data) AS type FROM ${table} ORDER BY id`).all(),
    )
  } finally {
    db.close()
  }
}

async function backup(root: string): Promise<{ path: string; problems: string[] }> {
  const path = join(tempDir(), 'backup.zip')
  const catalog = openCatalog({ roots: [root] })
  const problems: string[] = []
  try {
    await writeArchive(catalog, catalog.sessions(), zipSink(path), {
      tool: 'test',
      time: 1,
      scope: { all: true },
      onProblem: ({ reason }) => problems.push(reason),
    })
  } finally {
    catalog.close()
  }
  return { path, problems }
}

async function exported(root: string, id: string, format: 'opencode' | 'opencode2' | 'md') {
  const catalog = openCatalog({ roots: [root] })
  const problems: string[] = []
  const pieces = await printSession(catalog, catalog.session(id)!, { format, onProblem: (problem) => problems.push(problem) })
  const printed = [...pieces].join('')
  const named = catalog.problems().map(({ kind }) => kind)
  catalog.close()
  return { printed, problems, named }
}

describe('an export of what is too long to be read whole', () => {
  test('has all of it, in the shape that it is stored in', async () => {
    const { printed, problems, named } = await exported(database(), 'ses_1', 'opencode')
    const { messages } = JSON.parse(printed)
    const ids = { id: 'prt_2', sessionID: 'ses_1', messageID: 'msg_1' }
    expect(messages[0].parts[1]).toEqual({ ...JSON.parse(long('ends')), ...ids })
    expect(messages[0].parts.map(({ id }: { id: string }) => id)).toEqual(['prt_1', 'prt_2', 'prt_3'])
    expect(messages[1].info).toMatchObject({ id: 'msg_2', sessionID: 'ses_1', summary: { diffs: [{ after: text('ends') }] } })
    expect(problems).toEqual([])
    expect(new Set(named)).toEqual(new Set(['long']))
  })

  test('of 2.x, too', async () => {
    const db = new TestDatabase('2.0-constructed')
    const row = { id: 'ses_1', project_id: 'global', slug: 's', directory: '/w', title: 'x', version: '2', time_created: 1 }
    db.insert('session_v2', { ...row, time_updated: 1 })
    const content = [{ type: 'text', text: text('ends') }]
    const data = JSON.stringify({ agent: 'build', time: { created: 1 }, content, finish: 'stop' })
    const message = { id: 'msg_1', session_id: 'ses_1', type: 'assistant', seq: 1, time_created: 1, time_updated: 1, data }
    const { printed } = await exported(db.insert('session_message', message).done(), 'ses_1', 'opencode2')
    expect(JSON.parse(printed).messages).toEqual([{ id: 'msg_1', type: 'assistant', ...JSON.parse(data) }])
  })

  test('is told of where it is converted', async () => {
    const { printed, problems } = await exported(database(), 'ses_1', 'opencode2')
    expect(() => JSON.parse(printed)).not.toThrow()
    expect(problems).toEqual([
      expect.stringContaining('message msg_1 is too long to be converted'),
      expect.stringContaining('message msg_2 is too long to be converted'),
    ])
  })
})

describe('an archive of what is too long to be read whole', () => {
  test('gives every byte back, and is sound', async () => {
    const root = database()
    const { path, problems } = await backup(root)
    expect(problems).toEqual([])
    const report = await verifyArchive(path, {})
    expect(report).toMatchObject({ sound: true, sessions: 2, damage: [] })
    const there = join(tempDir(), 'opencode.db')
    copyFileSync(new TestDatabase().done(), there)
    const restored = await restoreArchive(path, { root: there, undo: tempDir() })
    expect(restored.problems).toEqual([])
    expect(restored.sessions.map(({ proof }) => proof)).toEqual(['exact', 'exact'])
    expect(rows(there)).toEqual(rows(root))
  })

  test('names what is restored in part, where it must be converted', async () => {
    const { path } = await backup(database())
    const there = new TestDatabase('2.0-constructed').done()
    const restored = await restoreArchive(path, { root: there, undo: tempDir() })
    expect(restored.problems).toEqual([
      { path: 'sessions/ses_1.json', reason: expect.stringContaining('too long to be converted') },
    ])
  })

  test('lists its blobs in the manifest and in the document', async () => {
    const { path } = await backup(database())
    const archive = await openArchive(path)
    const [session] = archive.manifest.sessions.filter(({ id }) => id === 'ses_1')
    expect(session!.blobs).toHaveLength(3)
    expect((await archive.document(session!)).blobs.map(({ sha256 }) => sha256)).toEqual(session!.blobs)
    archive.close()
  })

  test('of a JSON tree, too', async () => {
    const root = join(copyStore('1.1.65'), 'storage')
    const part = readdirSync(join(root, 'part')).map((message) => join(root, 'part', message))[0]!
    const file = join(part, readdirSync(part)[0]!)
    const content = `${JSON.stringify({ ...JSON.parse(readFileSync(file).toString()), text: text('of a file') }, null, 1)}\n`
    writeFileSync(file, content)
    const { path, problems } = await backup(root)
    expect(problems).toEqual([])
    const there = join(tempDir(), 'storage')
    const restored = await restoreArchive(path, { root: there, into: 'json', undo: tempDir() })
    expect(restored.problems).toEqual([])
    expect(readFileSync(file.replace(root, there)).toString()).toBe(content)
  })
})

test('a mirror keeps it, and another version that differs behind its beginning', async () => {
  const folder = tempDir()
  const root = database()
  const problems: string[] = []
  const update = () => backupTo(root, folder, 'one', { onProblem: (_: string, reason: string) => problems.push(reason) })
  await update()
  const first = readdirSync(join(folder, 'blobs')).sort()
  expect(first).toHaveLength(3)
  const db = new DatabaseSync(root)
  db.prepare('UPDATE part SET data = ?, time_updated = 5 WHERE id = ?').run(long('ends otherwise'), 'prt_2')
  db.prepare('UPDATE session SET time_updated = 5000 WHERE id = ?').run('ses_1')
  db.close()
  await update()
  expect(problems).toEqual([])
  const { sound } = await verifyArchive(folder, {})
  expect(sound).toBe(true)
  const there = new TestDatabase().done()
  await restoreArchive(folder, { root: there, undo: tempDir() })
  expect(rows(there)).toEqual(rows(root))
})
