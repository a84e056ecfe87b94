import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { forget, TestDatabase } from '../../testing/database.ts'
import { backup, contentOf, database, fingerprint, listOf, options, say } from '../../testing/mirrors.ts'
import { storeOf, tempDir } from '../../testing/temp.ts'
import { openArchive } from '../read/reader.ts'
import { writeArchive } from '../write/write.ts'
import { zipSink } from '../write/zip-sink.ts'
import { pruneMirror, updateMirror } from './mirror.ts'

test('every fixture: what is there is written once, and a second run changes nothing', async () => {
  for (const release of ['0.5.29', '1.1.65', '1.18.33', '2.0-preview', 'upgraded-1.1.65-1.2.1-1.18.33']) {
    const mirror = join(tempDir(), 'mirror')
    const first = await backup(storeOf(release), mirror)
    expect(first.written.length, release).toBe(first.sessions)
    expect(Object.keys(await contentOf(mirror)).length).toBeGreaterThanOrEqual(first.sessions)
    const before = fingerprint(mirror)
    const second = await backup(storeOf(release), mirror)
    expect({ ...second, deleted: [] }).toMatchObject({ written: [], unchanged: first.sessions, changed: false, bytes: 0 })
    expect(fingerprint(mirror)).toEqual(before)
  }
})

test('only what has changed is written', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database()
  expect((await backup(db.path, mirror)).written.map(({ id, why }) => `${why} ${id}`).sort()).toEqual([
    'new ses_a',
    'new ses_b',
    'new ses_c',
  ])
  say(db, 'ses_c', 'c2', 'second of c', 3000)
  db.session({ id: 'ses_d' })
  const { written, unchanged } = await backup(db.path, mirror)
  expect(written.map(({ id, why }) => `${why} ${id}`).sort()).toEqual(['changed ses_c', 'new ses_d'])
  expect(unchanged).toBe(2)
  expect(await contentOf(mirror)).toEqual({
    'sessions/ses_a.json': ['first of a'],
    'sessions/ses_b.json': ['first of b'],
    'sessions/ses_c.json': ['first of c', 'second of c'],
    'sessions/ses_d.json': [],
  })
  db.done()
})

test('what is pinned in OpenCode is noted, until it is not; another machine says its own', async () => {
  const mirror = join(tempDir(), 'mirror')
  /** A home with a database, and what its person has pinned. */
  const homeWith = (pins: readonly string[]) => {
    const home = tempDir()
    const [data, state] = ['.local/share/opencode', '.local/state/opencode'].map((path) => join(home, path))
    for (const folder of [data!, state!]) mkdirSync(folder, { recursive: true })
    cpSync(database().done(), join(data!, 'opencode.db'))
    const pin = (ids: readonly string[]) => writeFileSync(join(state!, 'session.json'), JSON.stringify({ pinned: ids }))
    pin(pins)
    return { path: join(data!, 'opencode.db'), pin }
  }
  const pinnedIn = async () => {
    const archive = await openArchive(mirror)
    archive.close()
    return archive.manifest.pinned
  }
  const [one, two] = [homeWith(['ses_b', 'ses_gone']), homeWith(['ses_a'])]
  await backup(one.path, mirror)
  expect(await pinnedIn()).toEqual(['ses_b'])
  await backup(two.path, mirror, 'two')
  expect(await pinnedIn()).toEqual(['ses_a', 'ses_b'])
  one.pin([])
  expect(await backup(one.path, mirror)).toMatchObject({ written: [], changed: true })
  expect(await pinnedIn()).toEqual(['ses_a'])
  two.pin([])
  await backup(two.path, mirror, 'two')
  expect(await pinnedIn()).toBeUndefined()
})

test('a file that is missing, or was changed in its size, is written again', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database().done()
  await backup(db, mirror)
  const before = await contentOf(mirror)
  rmSync(join(mirror, 'sessions/ses_a.json'))
  writeFileSync(join(mirror, 'sessions/ses_b.json'), 'cut')
  await backup(db, mirror)
  expect(await contentOf(mirror)).toEqual(before)
})

test('what OpenCode deleted stays and is marked; pruning removes it', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database()
  await backup(db.path, mirror)
  forget(db.db, 'ses_a')
  const report = await backup(db.path, mirror)
  expect(report.deleted.map(({ id }) => id)).toEqual(['ses_a'])
  expect((await listOf(mirror)).map(({ id, deleted }) => [id, typeof deleted])).toEqual([
    ['ses_a', 'number'],
    ['ses_b', 'undefined'],
    ['ses_c', 'undefined'],
  ])
  expect((await contentOf(mirror))['sessions/ses_a.json']).toEqual(['first of a'])
  // Marked once, it does not change any more.
  expect((await backup(db.path, mirror)).changed).toBe(false)
  expect(await pruneMirror(mirror, ['ses_b'], options())).toEqual([])
  expect((await pruneMirror(mirror, ['ses_a', 'ses_b'], options())).map(({ id }) => id)).toEqual(['ses_a'])
  expect(Object.keys(await contentOf(mirror))).toEqual(['sessions/ses_b.json', 'sessions/ses_c.json'])
  expect((await backup(db.path, mirror)).changed).toBe(false)
  db.done()
})

test('a session that has come back is no longer marked', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database()
  await backup(db.path, mirror)
  const rename = (from: string, to: string) => {
    db.db.exec(`UPDATE session SET id = '${to}' WHERE id = '${from}'`)
    for (const table of ['message', 'part']) db.db.exec(`UPDATE ${table} SET session_id = '${to}' WHERE session_id = '${from}'`)
  }
  rename('ses_a', 'ses_gone')
  expect((await backup(db.path, mirror)).deleted.map(({ id }) => id)).toEqual(['ses_a'])
  rename('ses_gone', 'ses_a')
  expect((await backup(db.path, mirror)).deleted.map(({ id }) => id)).toEqual(['ses_gone'])
  expect((await contentOf(mirror))['sessions/ses_a.json']).toEqual(['first of a'])
  db.done()
})

test('a session of which only messages are left keeps what its record said of it', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database()
  await backup(db.path, mirror)
  const before = fingerprint(join(mirror, 'sessions'))
  db.db.exec("DELETE FROM session WHERE id = 'ses_a'")
  expect((await backup(db.path, mirror)).deleted).toEqual([])
  expect(fingerprint(join(mirror, 'sessions'))).toEqual(before)
  expect((await listOf(mirror)).map(({ title }) => title)).toEqual(['A title', 'A title', 'A title'])
  // One that has got more since stands in the session's place, and what its record said beside it.
  say(db, 'ses_a', 'more', 'said later', 9000)
  await backup(db.path, mirror)
  const told = Object.entries(await contentOf(mirror)).filter(([entry]) => entry.includes('ses_a'))
  expect(told.map(([, texts]) => texts)).toEqual(expect.arrayContaining([['first of a'], ['first of a', 'said later']]))
  expect((await listOf(mirror))[0]).toMatchObject({ id: 'ses_a', title: 'A title', copies: [{}] })
  expect((await backup(db.path, mirror)).changed).toBe(false)
  db.done()
})

test('a store that is not there deletes nothing, nor does another selection', async () => {
  const mirror = join(tempDir(), 'mirror')
  const [one, two] = [database().done(), new TestDatabase().session({ id: 'ses_x' }).done()]
  await backup([one, two], mirror)
  expect((await backup(one, mirror)).deleted).toEqual([])
  const catalog = openCatalog({ roots: [one, two] })
  const some = await updateMirror(catalog, catalog.sessions({ roots: true, title: 'no such' }), mirror, options())
  catalog.close()
  expect(some).toMatchObject({ deleted: [], sessions: 4, changed: false })
})

test('two machines: each adds its sessions, and none deletes those of the other', async () => {
  const mirror = join(tempDir(), 'mirror')
  const [one, two] = [database().done(), new TestDatabase().session({ id: 'ses_x' }).done()]
  await backup(one, mirror, 'one')
  await backup(two, mirror, 'two')
  expect((await listOf(mirror)).map(({ id, deleted }) => [id, deleted])).toEqual(
    ['ses_a', 'ses_b', 'ses_c', 'ses_x'].map((id) => [id, undefined]),
  )
  const before = fingerprint(mirror)
  await backup(one, mirror, 'one')
  await backup(two, mirror, 'two')
  expect(fingerprint(mirror)).toEqual(before)
})

test('two machines: of one session the one that goes on replaces the other, and one that diverged is kept twice', async () => {
  const mirror = join(tempDir(), 'mirror')
  const here = database()
  const there = join(tempDir(), 'opencode.db')
  cpSync(here.path, there)
  const other = new DatabaseSync(there)
  const both = async () => {
    await backup(here.path, mirror, 'one')
    await backup(there, mirror, 'two')
  }
  await both()
  expect(Object.values(await contentOf(mirror))).toEqual([['first of a'], ['first of b'], ['first of c']])
  say(other, 'ses_a', 'a2', 'second of a', 3000)
  await both()
  await both()
  expect(await contentOf(mirror)).toMatchObject({ 'sessions/ses_a.json': ['first of a', 'second of a'] })
  expect(Object.keys(await contentOf(mirror))).toHaveLength(3)
  // Now both go on with the first message of b.
  say(here, 'ses_b', 'bHere', 'here', 4000)
  say(other, 'ses_b', 'bThere', 'there', 4001)
  await both()
  const diverged = await contentOf(mirror)
  expect(diverged['sessions/ses_b.json']).toEqual(['first of b', 'here'])
  const copy = Object.keys(diverged).find((name) => name.startsWith('copies/ses_b.'))!
  expect(diverged[copy]).toEqual(['first of b', 'there'])
  // Each goes on in its own file.
  say(here, 'ses_b', 'bHere2', 'here again', 5000)
  say(other, 'ses_b', 'bThere2', 'there again', 5001)
  await both()
  await both()
  expect(await contentOf(mirror)).toMatchObject({
    'sessions/ses_b.json': ['first of b', 'here', 'here again'],
    [copy]: ['first of b', 'there', 'there again'],
  })
  const before = fingerprint(mirror)
  await both()
  expect(fingerprint(mirror)).toEqual(before)
  // Deleted on one machine only, it is not deleted.
  forget(here.db, 'ses_a')
  expect((await backup(here.path, mirror, 'one')).deleted).toEqual([])
  forget(other, 'ses_a')
  expect((await backup(there, mirror, 'two')).deleted.map(({ id }) => id)).toEqual(['ses_a'])
  // What one machine prunes, the other one forgets.
  expect((await pruneMirror(mirror, ['ses_a'], options('one'))).map(({ id }) => id)).toEqual(['ses_a'])
  await both()
  expect(Object.keys(await contentOf(mirror))).not.toContain('sessions/ses_a.json')
  here.done()
  other.close()
})

test('the long output of a tool that OpenCode has deleted is kept, also when the session goes on', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database()
  const file = join(dirname(db.path), 'tool-output/tool_1')
  mkdirSync(dirname(file))
  writeFileSync(file, 'a long output')
  say(db, 'ses_a', 'a2', 'The full output is in /data/tool-output/tool_1', 3000)
  await backup(db.path, mirror)
  rmSync(file)
  say(db, 'ses_a', 'a3', 'third of a', 4000)
  await backup(db.path, mirror)
  expect((await contentOf(mirror))['sessions/ses_a.json']).toHaveLength(3)
  const archive = await openArchive(mirror)
  const [session] = archive.manifest.sessions
  const { files } = await archive.document(session!)
  expect(files).toMatchObject([{ path: 'tool-output/tool_1', bytes: 13 }])
  expect((await archive.read(`blobs/${files[0]!.sha256}`)).toString()).toBe('a long output')
  archive.close()
  expect((await backup(db.path, mirror)).changed).toBe(false)
  db.done()
})

test('a file of a session that changes does not leave its old content behind', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database()
  const file = join(dirname(db.path), 'storage/session_diff/ses_a.json')
  mkdirSync(dirname(file), { recursive: true })
  for (const [round, content] of ['[1]', '[1,2]'].entries()) {
    writeFileSync(file, content)
    say(db, 'ses_a', `round${round}`, content, 3000 + round)
    await backup(db.path, mirror)
    await contentOf(mirror)
    expect(readdirSync(join(mirror, 'blobs'))).toHaveLength(1)
  }
  db.done()
})

test('an unpacked zip becomes a mirror', async () => {
  const mirror = tempDir()
  const release = '1.18.33'
  const zip = join(tempDir(), 'all.zip')
  const catalog = openCatalog({ roots: [storeOf(release)] })
  const sink = zipSink(zip)
  await writeArchive(catalog, catalog.sessions(), sink, { tool: 'test', time: 1, scope: {}, onProblem: () => undefined })
  catalog.close()
  const archive = await openArchive(zip)
  for (const entry of [...archive.listed.keys(), 'manifest.json']) {
    mkdirSync(dirname(join(mirror, entry)), { recursive: true })
    writeFileSync(join(mirror, entry), await archive.source.read(entry))
  }
  archive.close()
  await backup(storeOf(release), mirror)
  expect(Object.keys(await contentOf(mirror)).sort()).toEqual(
    [...archive.listed.keys()].filter((entry) => !entry.startsWith('blobs/')).sort(),
  )
  expect((await backup(storeOf(release), mirror)).changed).toBe(false)
})

test('pruning that was killed is brought to its end by the next backup', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database()
  await backup(db.path, mirror)
  forget(db.db, 'ses_a')
  await backup(db.path, mirror)
  // What a prune writes before it does anything else.
  const line = JSON.stringify({ prune: 'ses_a', files: ['sessions/ses_a.json'] })
  writeFileSync(join(mirror, '.ocvault/journal/one.jsonl'), `\n${line}\n{"put": {"id": "ses_`)
  expect(Object.keys(await contentOf(mirror))).toEqual(['sessions/ses_b.json', 'sessions/ses_c.json'])
  expect((await backup(db.path, mirror)).sessions).toBe(2)
  expect(readdirSync(join(mirror, 'sessions'))).toEqual(['ses_b.json', 'ses_c.json'])
  await contentOf(mirror)
  db.done()
})

test('a session that comes back after such a kill gets its own place, and an interrupted mirror is whole at any time', async () => {
  const mirror = join(tempDir(), 'mirror')
  const journal = join(mirror, '.ocvault/journal/one.jsonl')
  const db = database()
  await backup(db.path, mirror)
  const remove = () => {
    forget(db.db, 'ses_a')
    db.db.exec("DELETE FROM message WHERE session_id = 'ses_a'")
    db.db.exec("DELETE FROM part WHERE session_id = 'ses_a'")
  }
  const line = `\n${JSON.stringify({ prune: 'ses_a', files: ['sessions/ses_a.json'] })}\n`
  remove()
  await backup(db.path, mirror)
  writeFileSync(journal, line)
  db.session({ id: 'ses_a' })
  say(db, 'ses_a', 'a9', 'another a', 9000)
  await backup(db.path, mirror)
  expect((await contentOf(mirror))['sessions/ses_a.json']).toEqual(['another a'])
  expect(readdirSync(join(mirror, 'copies'))).toEqual([])

  // A session whose file was a copy, of which a killed backup had just put the next document into the usual place.
  const state = join(mirror, '.ocvault/machines/one.json')
  const claim = (await listOf(mirror)).find(({ id }) => id === 'ses_a')!
  const put = { ...claim, mark: '', deleted: null }
  const said = readFileSync(state, 'utf8').replace(/,\n"sha256":"[0-9a-f]{64}"/, '')
  writeFileSync(state, said.replaceAll('sessions/ses_a.json', 'copies/ses_a.385000.json'))
  cpSync(join(mirror, 'sessions/ses_a.json'), join(mirror, 'copies/ses_a.385000.json'))
  writeFileSync(journal, `\n${JSON.stringify({ put })}\n`)
  expect(Object.keys(await contentOf(mirror))).toContain('sessions/ses_a.json')
  await backup(db.path, mirror)
  expect(readdirSync(join(mirror, 'copies'))).toEqual([])
  expect((await contentOf(mirror))['sessions/ses_a.json']).toEqual(['another a'])
  db.done()
})
