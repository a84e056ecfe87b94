import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { copyStore, storeOf, tempDir } from '../testing/temp.ts'
import { countsOf } from './format/document.ts'
import { printManifest } from './format/manifest-print.ts'
import { openArchive } from './read/reader.ts'
import { verifyArchive } from './read/verify.ts'
import { restoreArchive } from './restore/restore.ts'
import type { ArchiveSink } from './write/sink.ts'
import { writeArchive } from './write/write.ts'
import { zipSink } from './write/zip-sink.ts'

const fixtures = readdirSync(join(import.meta.dirname, '../../fixtures/stores'))

async function backup(root: string, path = join(tempDir(), 'backup.zip'), time = 1, snapshots = false): Promise<string> {
  const catalog = openCatalog({ roots: [root] })
  const problems: object[] = []
  try {
    await writeArchive(catalog, catalog.sessions(), zipSink(path), {
      tool: 'test',
      time,
      scope: { all: true },
      snapshots,
      onProblem: (problem) => problems.push(problem),
    })
  } finally {
    catalog.close()
  }
  expect(problems).toEqual([])
  return path
}

describe('an archive of every fixture', () => {
  test.each(fixtures)('%s', async (release) => {
    const path = await backup(storeOf(release))
    const archive = await openArchive(path)
    expect(archive.problems).toEqual([])
    expect(archive.lost).toBe(null)
    const catalog = openCatalog({ roots: [storeOf(release)] })
    const ids = [...catalog.sessions()].map(({ id }) => id)
    catalog.close()
    expect(archive.manifest.sessions.map(({ id }) => id).sort()).toEqual(ids.sort())
    for (const session of archive.manifest.sessions) {
      for (const entry of [session, ...session.copies]) {
        const document = await archive.document(entry)
        expect(document.id).toBe(session.id)
        expect(countsOf(document)).toEqual(entry.counts)
      }
    }
    expect(await archive.source.wholeness()).toBe('whole')
    archive.close()
    // Another program takes it for a zip, too.
    const folder = tempDir()
    execFileSync('unzip', ['-q', path, '-d', folder])
    const unpacked = await openArchive(folder)
    expect(unpacked.manifest).toEqual(archive.manifest)
    for (const session of unpacked.manifest.sessions) await unpacked.document(session)
  })
})

test('two archives of an unchanged store differ in nothing but the manifest', async () => {
  const [first, second] = [await backup(storeOf('1.18.33')), await backup(storeOf('1.18.33'))]
  expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
  const later = await backup(storeOf('1.18.33'), undefined, 2)
  expect(readFileSync(first).equals(readFileSync(later))).toBe(false)
})

test('what a killed backup left is cleared by the next one, and nothing else', async () => {
  const folder = tempDir()
  const left = ['.ocvault-all-20260101-000000.zip.ffffff-1-01234567.tmp', '.mine.zip.ffffff-1-01234567.tmp']
  const others = ['.mine.zip.ffffff-1-76543210.tmp', '.notes.txt.ffffff-1-01234567.tmp', '.mine.zip.tmp', 'ocvault-all.zip']
  for (const name of [...left, ...others]) writeFileSync(join(folder, name), 'PK')
  const old = Date.now() / 1000 - 7200
  // The first of the others may be one that is running.
  for (const name of [...left, ...others.slice(1)]) utimesSync(join(folder, name), old, old)
  await backup(storeOf('1.18.33'), join(folder, 'mine.zip'))
  expect(readdirSync(folder).sort()).toEqual([...others, 'mine.zip'].sort())
})

test('sessions with ids that no disk takes', async () => {
  const ids = [
    'ses_a',
    'ses_A',
    '../../x',
    'C:\\x',
    '',
    'ses_\u0000',
    `ses_${'x'.repeat(300)}`,
    'ses_é',
    'ses_e\u0301',
    'con',
    '__proto__',
  ]
  const made = new TestDatabase()
  for (const id of ids) {
    made.session({ id, parent_id: id === 'con' ? '../../x' : null })
    made.message(id, `msg_${id}`, { role: 'user' })
  }
  const archive = await openArchive(await backup(made.done()))
  const { sessions } = archive.manifest
  expect(sessions.map(({ id }) => id).sort()).toEqual([...ids].sort())
  for (const session of sessions) {
    expect(session.entry).toMatch(/^sessions\/[\w~-]+\.json$/)
    expect((await archive.document(session)).id).toBe(session.id)
  }
  archive.close()
})

test('a snapshot repository is kept byte for byte, however large its packs', async () => {
  const data = copyStore('1.18.33')
  const pack = 'snapshot/global/objects/pack/pack-1.pack'
  // Longer than any block that is read, packed or compressed at once, and no block like another.
  const content = Buffer.alloc(3_000_001, 'ab').map((byte, at) => byte ^ ((at * 2_654_435_761) >>> 24))
  mkdirSync(dirname(join(data, pack)), { recursive: true })
  writeFileSync(join(data, pack), content)
  writeFileSync(join(data, 'snapshot/global/HEAD'), 'ref: refs/heads/main\n')
  const path = await backup(join(data, 'opencode.db'), undefined, undefined, true)
  expect(await verifyArchive(path)).toMatchObject({ sound: true, damage: [] })
  const archive = await openArchive(path)
  expect(Buffer.compare(await archive.read(pack.replace('snapshot', 'snapshots')), content)).toBe(0)
  expect((await archive.read('snapshots/global/HEAD')).toString()).toBe('ref: refs/heads/main\n')
  archive.close()
})

test('parents that go round in a circle, and one that is gone', async () => {
  const made = new TestDatabase()
  made.session({ id: 'ses_a', parent_id: 'ses_b' }).session({ id: 'ses_b', parent_id: 'ses_a' })
  made.session({ id: 'ses_c', parent_id: 'ses_gone' }).session({ id: 'ses_d', parent_id: 'ses_c' })
  const path = await backup(made.done())
  const report = await verifyArchive(path)
  expect(report).toMatchObject({ sound: true, sessions: 4, notes: [expect.stringContaining('ses_gone')] })
})

test('what was packed again by another program is read, and says so', async () => {
  const path = await backup(storeOf('1.18.33'))
  const folder = tempDir()
  execFileSync('unzip', ['-q', path, '-d', folder])
  const again = join(tempDir(), 'again.zip')
  execFileSync('zip', ['-qr', again, '.'], { cwd: folder })
  const report = await verifyArchive(again)
  expect(report).toMatchObject({ sound: true, sessions: 9, notes: [expect.stringContaining('packed again')] })
  const listed = execFileSync('python3', ['-c', `import zipfile,sys; print(zipfile.ZipFile(sys.argv[1]).testzip())`, path])
  expect(String(listed)).toBe('None\n')
})

test('a folder: every change is found, and a link is not followed', async () => {
  const path = await backup(storeOf('1.18.33'))
  const folder = tempDir()
  execFileSync('unzip', ['-q', path, '-d', folder])
  expect((await verifyArchive(folder)).sound).toBe(true)
  const [name] = readdirSync(join(folder, 'sessions'))
  for (const file of [`sessions/${name}`, 'manifest.json']) {
    const bytes = readFileSync(join(folder, file))
    for (const at of [0, 10, bytes.length >> 1, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 0x20
      writeFileSync(join(folder, file), changed)
      expect((await verifyArchive(folder)).sound, `${file} at ${at}`).toBe(false)
    }
    writeFileSync(join(folder, file), bytes)
  }
  renameSync(join(folder, 'sessions', name!), join(folder, 'elsewhere.json'))
  symlinkSync('../elsewhere.json', join(folder, 'sessions', name!))
  expect((await verifyArchive(folder)).damage).toMatchObject([
    { entry: `sessions/${name}`, reason: expect.stringMatching(/missing/) },
  ])
})

test('a manifest of a version to come is refused, with the reason', async () => {
  const path = await backup(storeOf('1.18.33'))
  const folder = tempDir()
  execFileSync('unzip', ['-q', path, '-d', folder])
  const text = readFileSync(join(folder, 'manifest.json'), 'utf8')
  const manifest = JSON.parse(text)
  // Piece by piece, it is what JSON.stringify prints.
  expect(text).toBe(`${JSON.stringify(manifest, null, 2)}\n`)
  const { sha256, ...rest } = manifest
  expect(sha256).toBe(createHash('sha256').update(JSON.stringify(rest)).digest('hex'))
  writeFileSync(join(folder, 'manifest.json'), printManifest({ ...manifest, version: 2 }))
  await expect(openArchive(folder)).rejects.toThrow(/version 2.*newer ocvault/)
  // What is only unknown passes through.
  writeFileSync(join(folder, 'manifest.json'), printManifest({ ...manifest, later: { some: 'key' } }))
  expect((await verifyArchive(folder)).sound).toBe(true)
  expect((await openArchive(folder)).manifest).toMatchObject({ later: { some: 'key' } })
})

test('a store that is copied back under a reader is read again from the beginning', async () => {
  const data = copyStore('1.18.33')
  const database = join(data, 'opencode.db')
  const catalog = openCatalog({ roots: [data] })
  const path = join(tempDir(), 'x.zip')
  const sink = zipSink(path)
  let entries = 0
  const disturbed: ArchiveSink = {
    ...sink,
    add: async (name, blocks) => {
      await sink.add(name, blocks)
      if (++entries !== 2) return
      const db = new DatabaseSync(database)
      db.exec("PRAGMA journal_mode = DELETE; UPDATE session SET title = 'Another title'")
      db.close()
    },
  }
  const options = { tool: 'test', time: 1, scope: { all: true }, onProblem: () => undefined }
  await writeArchive(catalog, catalog.sessions(), disturbed, options)
  catalog.close()
  expect(entries).toBeGreaterThan(11)
  const { manifest } = await openArchive(path)
  expect(new Set(manifest.sessions.map(({ title }) => title))).toEqual(new Set(['Another title']))
  expect((await verifyArchive(path)).sound).toBe(true)
})

test('what is pinned in OpenCode is known of a backup, and told when it is restored', async () => {
  const home = tempDir()
  const data = join(home, '.local/share/opencode')
  mkdirSync(data, { recursive: true })
  copyFileSync(new TestDatabase().session({ id: 'ses_1' }).session({ id: 'ses_2' }).done(), join(data, 'opencode.db'))
  const unpinned = await openArchive(await backup(data))
  expect(unpinned.manifest).not.toHaveProperty('pinned')
  unpinned.close()
  mkdirSync(join(home, '.local/state/opencode'), { recursive: true })
  writeFileSync(join(home, '.local/state/opencode/session.json'), '{"pinned":["ses_2","ses_gone"]}')
  const path = await backup(data)
  const archive = await openArchive(path)
  expect(archive.manifest.pinned).toEqual(['ses_2'])
  archive.close()
  expect((await verifyArchive(path)).sound).toBe(true)
  const { notes } = await restoreArchive(path, { root: new TestDatabase().done(), undo: join(tempDir(), 'undo') })
  expect(notes).toEqual(['pinned in OpenCode when the backup was made, and not pinned again: ses_2'])
})
