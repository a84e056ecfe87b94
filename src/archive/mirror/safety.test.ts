import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { TestDatabase } from '../../testing/database.ts'
import { dyingAt } from '../../testing/kills.ts'
import { backup, contentOf, database, listOf, say } from '../../testing/mirrors.ts'
import { tempDir } from '../../testing/temp.ts'
import { times } from '../../testing/thorough.ts'
import { lockMirror } from './lock.ts'

const kills = times(9, 54)
const mirrorsAtOnce = 3

/** A program that changes a store, backs it up, and prunes, over and over, and says after each backup which texts are safe. */
const worker = `
import { DatabaseSync } from 'node:sqlite'
import { openCatalog } from ${JSON.stringify(join(import.meta.dirname, '../../stores/catalog/catalog.ts'))}
import { pruneMirror, updateMirror } from ${JSON.stringify(join(import.meta.dirname, 'mirror.ts'))}
const [path, mirror] = process.argv.slice(2)
const options = { machine: 'one', tool: 'test', onProblem: (at, reason) => { throw new Error(at + ': ' + reason) } }
const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
db.exec('PRAGMA journal_mode = WAL') // as OpenCode has it
const texts = () => db.prepare("SELECT json_extract(data, '$.text') AS text FROM part").all().map(({ text }) => text.trim())
let safe = []
const tell = (texts) => process.stdout.write(JSON.stringify(safe = texts) + '\\n')
let n = db.prepare('SELECT coalesce(max(rowid), 0) AS n FROM part').get().n
for (;;) {
  db.exec('BEGIN')
  const some = Math.floor(Math.random() * 6)
  for (let change = 0; change < 6; change++) {
    const session = 'ses_' + Math.floor(Math.random() * 12)
    const id = Date.now() + '_' + n++
    db.prepare("INSERT OR IGNORE INTO session (id, project_id, slug, directory, title, version, time_created, time_updated) VALUES (?, 'global', '', '/work', 't', '1', 1, 1)").run(session)
    const now = Date.now() + n // by which a session that comes back is told from the one that was deleted
    db.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?)').run('msg_' + id, session, now, now, '{"role":"user","time":{"created":1}}')
    db.prepare('INSERT INTO part VALUES (?, ?, ?, ?, ?, ?)').run('prt_' + id, 'msg_' + id, session, now, now, JSON.stringify({ type: 'text', text: id + ' '.repeat(8000) }))
  }
  db.exec('COMMIT')
  if (safe.length > 0 && Math.random() < 0.3) {
    const gone = 'ses_' + some
    db.exec('BEGIN')
    for (const [table, key] of [['session', 'id'], ['message', 'session_id'], ['part', 'session_id']]) db.prepare('DELETE FROM ' + table + ' WHERE ' + key + ' = ?').run(gone)
    db.exec('COMMIT')
    const left = new Set(texts())
    tell(safe.filter((text) => left.has(text)))
  }
  const catalog = openCatalog({ roots: [path] })
  const { deleted } = await updateMirror(catalog, catalog.sessions(), mirror, options)
  catalog.close()
  tell(texts())
  if (deleted.length > 0) await pruneMirror(mirror, deleted.map(({ id }) => id), options)
}
`

test('a backup that is killed at any time leaves a mirror that is whole, and holds what the one before it held', async () => {
  const script = join(tempDir(), 'worker.ts')
  writeFileSync(script, worker)
  const cache = tempDir()
  let started = 0
  let interrupted = 0
  const rounds = async () => {
    const mirror = join(tempDir(), 'mirror')
    const path = new TestDatabase().done()
    let safe: string[] = []
    for (let round = 0; round < kills / mirrorsAtOnce; round++) {
      const child = spawn(process.execPath, ['--no-warnings', script, path, mirror], {
        stdio: ['ignore', 'pipe', 'inherit'],
        // Most of them in its first to fourth backup.
        env: { ...process.env, ...dyingAt(100 + Math.floor((400 * started++) / kills)), NODE_COMPILE_CACHE: cache },
      })
      const lines = createInterface({ input: child.stdout })
      lines.on('line', (line) => {
        if (line.endsWith(']')) safe = JSON.parse(line) // or it was killed while it wrote
      })
      await once(child, 'close')
      expect(child.signalCode).toBe('SIGKILL') // and it did not fail
      if (readdirSync(join(mirror, '.ocvault/journal')).length > 0) interrupted++
      // Before its first backup is through there is no mirror yet.
      if (safe.length === 0 && !existsSync(join(mirror, 'manifest.json'))) continue
      const there = new Set(Object.values(await contentOf(mirror)).flatMap((texts) => texts.map((text) => text.trim())))
      expect(safe.filter((text) => !there.has(text))).toEqual([])
    }
    await backup(path, mirror)
    const db = new DatabaseSync(path)
    const all = db.prepare("SELECT json_extract(data, '$.text') AS text FROM part").all()
    db.close()
    const kept = (await listOf(mirror)).filter(({ deleted }) => deleted === undefined).map(({ entry }) => entry)
    const content = await contentOf(mirror)
    expect(kept.flatMap((entry) => content[entry]).sort()).toEqual(all.map(({ text }) => text).sort())
    expect(readdirSync(join(mirror, '.ocvault/journal'))).toEqual([])
    expect(readdirSync(join(mirror, '.ocvault/tmp'))).toEqual([])
    expect(readdirSync(join(mirror, '.ocvault/machines'))).toEqual(['one.json'])
    expect(readdirSync(mirror).sort()).toEqual(['.gitattributes', '.ocvault', 'blobs', 'copies', 'manifest.json', 'sessions'])
  }
  await Promise.all(Array.from({ length: mirrorsAtOnce }, rounds))
  // Else the test has tested nothing.
  expect(interrupted).toBeGreaterThan(kills / 9)
})

test('while one backup runs, another one waits, and then says so in a line', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database().done()
  await backup(db, mirror)
  const unlock = lockMirror(mirror)
  await expect(backup(db, mirror)).rejects.toMatchObject({
    code: 'refused',
    message: `another backup into ${mirror} is running; try again when it is done`,
  })
  unlock()
  expect((await backup(db, mirror)).changed).toBe(false)
})

test('a link in the place of the lock is not followed: what it leads to stays as it is, and nothing is backed up', async () => {
  const mirror = join(tempDir(), 'mirror')
  const own = join(mirror, '.ocvault')
  mkdirSync(own, { recursive: true })
  const elsewhere = join(tempDir(), 'x.db')
  const other = new DatabaseSync(elsewhere)
  other.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)')
  other.close()
  const before = readFileSync(elsewhere)
  symlinkSync(elsewhere, join(own, 'lock'))
  await expect(backup(database().done(), mirror)).rejects.toThrow(/^cannot (?:lock|write) /)
  expect(readFileSync(elsewhere)).toEqual(before)
  expect(readdirSync(own)).toEqual(['lock'])
})

test('a backup that waits has written nothing that the one before it could take for leftovers', async () => {
  const mirror = join(tempDir(), 'mirror')
  mkdirSync(join(mirror, '.ocvault'), { recursive: true })
  const unlock = lockMirror(mirror)
  const before = readdirSync(mirror, { recursive: true })
  await expect(backup(database().done(), mirror)).rejects.toMatchObject({ code: 'refused' })
  expect(readdirSync(mirror, { recursive: true })).toEqual(before)
  unlock()
})

const root = process.getuid?.() === 0 && process.platform === 'linux'

/** A small disk of its own; undefined where a container may not mount. */
function smallDisk(size: string): { path: string; unmount: () => void; remount: (how: string) => void } | undefined {
  const path = join(tempDir(), 'disk')
  mkdirSync(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', path], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return {
    path,
    unmount: () => execFileSync('umount', ['-l', path]),
    remount: (how) => execFileSync('mount', ['-o', `remount,${how}`, path]),
  }
}

test.runIf(root)('on a full disk, and on one that cannot be written, what was there stays as it was', async () => {
  const disk = smallDisk('300k')
  if (!disk) return
  try {
    const mirror = join(disk.path, 'mirror')
    const db = database()
    await backup(db.path, mirror)
    const before = await contentOf(mirror)
    // One change that has room, and one that has none.
    say(db, 'ses_a', 'a2', 'second of a', 3000)
    say(db, 'ses_b', 'b2', 'x'.repeat(400_000), 3001)
    await expect(backup(db.path, mirror)).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('no space left'),
    })
    // Of a tree whose second session has no room, the first had grown.
    db.session({ id: 'ses_child', parent_id: 'ses_a' }).message('ses_child', 'msg_child', { role: 'user' })
    db.part('ses_child', 'msg_child', 'prt_child', { type: 'text', text: 'x'.repeat(400_000) })
    db.db.prepare("UPDATE session SET time_updated = 4000 WHERE id = 'ses_a'").run()
    await expect(backup(db.path, mirror)).rejects.toMatchObject({ code: 'failed' })
    expect(existsSync(join(mirror, '.ocvault/tmp'))).toBe(false)
    const full = await contentOf(mirror)
    expect(full['sessions/ses_b.json']).toEqual(before['sessions/ses_b.json'])
    expect(full['sessions/ses_a.json']?.[0]).toBe('first of a')
    disk.remount('size=2m')
    await backup(db.path, mirror)
    const after = await contentOf(mirror)
    expect(after['sessions/ses_a.json']).toEqual(['first of a', 'second of a'])
    expect(after['sessions/ses_b.json']).toHaveLength(2)
    disk.remount('ro')
    say(db, 'ses_a', 'a3', 'third of a', 4000)
    await expect(backup(db.path, mirror)).rejects.toThrow(/read-?only/)
    expect(await contentOf(mirror)).toEqual(after)
    db.done()
  } finally {
    disk.unmount()
  }
})

test('a folder with other things in it is left alone', async () => {
  const folder = tempDir()
  writeFileSync(join(folder, 'thesis.tex'), 'mine')
  await expect(backup(database().done(), folder)).rejects.toMatchObject({ code: 'refused' })
  expect(readdirSync(folder)).toEqual(['thesis.tex'])
  expect(existsSync(join(folder, '.ocvault'))).toBe(false)
})
