import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { discover } from '../../stores/catalog/discover.ts'
import type { Store } from '../../stores/store.ts'
import { forget, TestDatabase } from '../../testing/database.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { some, times } from '../../testing/thorough.ts'
import { search } from '../search.ts'
import { indexPath } from './cache-dir.ts'
import { IndexFile } from './index-file.ts'
import { dropIndex, indexStatus, pruneIndexes } from './indexes.ts'
import { refresh } from './refresh.ts'

/** The sessions in which a word is found, with a freshly opened catalog as each command has. */
async function found(root: string, word: string, indexes?: string): Promise<string[]> {
  const catalog = openCatalog({ roots: [root] })
  try {
    const results: string[] = []
    for await (const { hits } of search(catalog, word, indexes === undefined ? {} : { indexes }))
      results.push(...hits.map(({ sessionID }) => sessionID))
    return [...new Set(results)].sort()
  } finally {
    catalog.close()
  }
}

const storeAt = (path: string): Store => discover({ roots: [path] }).stores[0]!.store

/** Makes a file look as if it had not been written to for a while, so that its time can be trusted. */
function age(path: string): void {
  for (const file of [path, `${path}-wal`]) if (existsSync(file)) utimesSync(file, new Date(), new Date(Date.now() - 60_000))
}

const part = (text: string) => ({ type: 'text', text })

/** Three sessions: `alpha` in the first, `beta` in the second, `gamma` in the third. */
function database(): TestDatabase {
  const db = new TestDatabase()
  for (const [n, word] of ['alpha', 'beta', 'gamma'].entries()) {
    db.session({ id: `ses_${n}`, time_updated: 1000 + n })
    db.message(`ses_${n}`, `msg_${n}`, { role: 'user' }).part(`ses_${n}`, `msg_${n}`, `prt_${n}`, part(word))
  }
  return db
}

describe('an index knows', () => {
  const change: readonly (readonly [string, (db: TestDatabase) => unknown, word: string, sessions: string[]])[] = [
    ['a new session', (db) => db.session({ id: 'ses_9', title: 'omega' }), 'omega', ['ses_9']],
    [
      'a new part, the session’s own row left as it was',
      (db) => db.part('ses_0', 'msg_0', 'prt_9', part('omega')),
      'omega',
      ['ses_0'],
    ],
    [
      'a part rewritten in place',
      (db) => db.db.exec(`UPDATE part SET data = '{"type":"text","text":"omega rewritten"}' WHERE id = 'prt_1'`),
      'omega',
      ['ses_1'],
    ],
    [
      'a part rewritten with as many letters',
      (db) => db.db.exec(`UPDATE part SET data = '{"type":"text","text":"omeg"}', time_updated = 5 WHERE id = 'prt_1'`),
      'omeg',
      ['ses_1'],
    ],
    [
      'what a part no longer says',
      (db) => db.db.exec(`UPDATE part SET data = '{"type":"text","text":"omega rewritten"}' WHERE id = 'prt_1'`),
      'beta',
      [],
    ],
    ['a deleted part', (db) => db.db.exec(`DELETE FROM part WHERE id = 'prt_2'`), 'gamma', []],
    ['a deleted session', (db) => forget(db.db, 'ses_2'), 'gamma', []],
    ['a new title', (db) => db.db.exec(`UPDATE session SET title = 'omega' WHERE id = 'ses_0'`), 'omega', ['ses_0']],
    [
      'a session set back to an older state',
      (db) =>
        db.db.exec(
          `UPDATE session SET time_updated = 1 WHERE id = 'ses_0'; UPDATE part SET data = '{"type":"text","text":"elder"}', time_updated = 1 WHERE id = 'prt_0'`,
        ),
      'elder',
      ['ses_0'],
    ],
    ['what stayed as it was', (db) => db.part('ses_0', 'msg_0', 'prt_9', part('omega')), 'beta', ['ses_1']],
  ]
  test.each(change)('%s', async (_label, act, word, sessions) => {
    const indexes = tempDir()
    const db = database()
    age(db.path)
    expect(await found(db.path, 'alpha', indexes)).toEqual(['ses_0'])
    act(db)
    expect(await found(db.path, word, indexes)).toEqual(sessions)
    age(db.path)
    expect(await found(db.path, word, indexes)).toEqual(sessions)
    db.done()
  })

  test('a database that was replaced by an older copy of itself', async () => {
    const indexes = tempDir()
    const db = database()
    const path = db.done()
    const copy = join(tempDir(), 'copy.db')
    cpSync(path, copy)
    const again = new DatabaseSync(path)
    again.exec(
      `UPDATE part SET data = '{"type":"text","text":"omega"}', time_updated = 9; UPDATE session SET time_updated = 9000`,
    )
    again.close()
    expect(await found(path, 'omega', indexes)).toHaveLength(3)
    cpSync(copy, path)
    expect(await found(path, 'omega', indexes)).toEqual([])
    expect(await found(path, 'beta', indexes)).toEqual(['ses_1'])
  })

  test('which sessions changed, and reads no others', async () => {
    const db = new TestDatabase()
    db.db.exec('BEGIN')
    for (let n = 0; n < 300; n++)
      db.session({ id: `ses_${n}` })
        .message(`ses_${n}`, `msg_${n}`, { role: 'user' })
        .part(`ses_${n}`, `msg_${n}`, `prt_${n}`, part(`word${n}`))
    db.db.exec('COMMIT')
    const indexes = tempDir()
    const first = await refresh(storeAt(db.path), { folder: indexes })
    const before = first.index.marks()
    first.index.close()
    forget(db.part('ses_7', 'msg_7', 'prt_x', part('omega')).db, 'ses_9')
    const read: number[] = []
    const second = await refresh(storeAt(db.path), { folder: indexes, progress: ({ sessions }) => read.push(sessions) })
    expect(Math.max(...read)).toBe(1)
    const after = second.index.marks()
    expect([...after].filter(([id, mark]) => before.get(id) !== mark).map(([id]) => id)).toEqual(['ses_7'])
    expect(after.has('ses_9')).toBe(false)
    second.index.close()
    db.done()
  })

  test('the words that an expression may stand in: new ones, ones that were cut, ones with other letters around', async () => {
    const db = database()
    const root = db.path
    const indexes = tempDir()
    expect(await found(root, '/lph/', indexes)).toEqual(['ses_0'])
    const texts = ['neverBefore', `${'x'.repeat(150)}lateInIt`, 'n\u00e9verBefore\u65e5\u672c', 'a\u0301lateInIt\u0301']
    for (const [n, text] of texts.entries()) {
      db.session({ id: `ses_new${n}`, time_updated: 2000 + n })
      db.message(`ses_new${n}`, `msg_new${n}`, { role: 'user' }).part(`ses_new${n}`, `msg_new${n}`, `prt_new${n}`, part(text))
    }
    for (const expression of ['/verBefore/', '/[Vv]erbef/i', '/lateInI./', '/eInIt\\b/', '/x{9}/']) {
      const expected = await found(root, expression)
      expect(expected.length, expression).toBeGreaterThan(0)
      expect(await found(root, expression, indexes), expression).toEqual(expected)
      // Made anew, and not only added to.
      expect(await found(root, expression, tempDir()), expression).toEqual(expected)
    }
    db.done()
  })

  test('a JSON tree that changed', async () => {
    const indexes = tempDir()
    const data = copyStore('1.1.65')
    const [id] = await found(data, 'token', indexes)
    const store = storeAt(data)
    const [stored] = [...store.messages(id!)].filter(({ parts }) => parts.some((p) => p.data.type === 'text'))
    const target = stored!.parts.find((p) => p.data.type === 'text')!
    writeFileSync(join(data, 'storage/part', stored!.id, `${target.id}.json`), JSON.stringify({ ...target.data, text: 'omega' }))
    expect(await found(data, 'omega', indexes)).toEqual([id])
  })
})

test('whatever is done to a store, the index says what reading it says', async () => {
  const words = ['alpha', 'beta', 'gamma', 'delta']
  const step = fc.record({
    act: fc.constantFrom('add', 'edit', 'delete part', 'delete session', 'session', 'title'),
    session: fc.nat(4),
    word: fc.constantFrom(...words),
    search: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const indexes = tempDir()
      const db = database()
      for (const [n, { act, session, word, search: now }] of steps.entries()) {
        const id = `ses_${session}`
        const there = db.db.prepare('SELECT 1 FROM session WHERE id = ?').get(id) !== undefined
        const data = JSON.stringify(part(word))
        if (act === 'session' && !there)
          db.session({ id, time_updated: n })
            .message(id, `msg_${n}_${id}`, { role: 'user' })
            .part(id, `msg_${n}_${id}`, `prt_${n}_${id}`, part(word))
        if (act === 'add' && there) db.message(id, `msg_a${n}`, { role: 'user' }).part(id, `msg_a${n}`, `prt_a${n}`, part(word))
        if (act === 'edit')
          db.db.prepare('UPDATE part SET data = ?, time_updated = ? WHERE session_id = ?').run(data, 5000 + n, id)
        if (act === 'delete part') db.db.prepare('DELETE FROM part WHERE session_id = ?').run(id)
        if (act === 'delete session') db.db.prepare('DELETE FROM session WHERE id = ?').run(id)
        if (act === 'title') db.db.prepare('UPDATE session SET title = ? WHERE id = ?').run(word, id)
        if (!now) continue
        for (const each of words) expect(await found(db.path, each, indexes)).toEqual(await found(db.path, each))
      }
      db.done()
    }),
    { numRuns: times(5, 40) },
  )
})

describe('an index that', () => {
  const prepared = async () => {
    const indexes = tempDir()
    const path = database().done()
    age(path)
    await found(path, 'alpha', indexes)
    return { indexes, path, index: indexPath(indexes, storeAt(path)) }
  }

  test.each<[string, (index: string) => void]>([
    ['is cut off', (index) => truncateSync(index, 8192)],
    ['is empty', (index) => writeFileSync(index, '')],
    ['is no database', (index) => writeFileSync(index, 'not a database at all '.repeat(500))],
    ['has damaged pages', (index) => writeFileSync(index, readFileSync(index).fill(0xab, 4096))],
    ['is of another format', (index) => withDatabase(index, "UPDATE meta SET value = '0' WHERE key = 'format'")],
    [
      'belongs to another store',
      (index) => withDatabase(index, "UPDATE meta SET value = 'sqlite-v1 /elsewhere' WHERE key = 'store'"),
    ],
    ['lost a table', (index) => withDatabase(index, 'DROP TABLE session')],
  ])('%s is made anew', async (_label, harm) => {
    const { indexes, path, index } = await prepared()
    harm(index)
    expect(await found(path, 'beta', indexes)).toEqual(['ses_1'])
    expect(indexStatus(storeAt(path), indexes)).toMatchObject({ sessions: 3, fresh: true })
  })

  test('is up to date is opened and nothing else: no row is read, and not a byte is written', async () => {
    const { indexes, path, index } = await prepared()
    const before = readFileSync(index)
    const read: unknown[] = []
    const { index: opened } = await refresh(storeAt(path), { folder: indexes, progress: (at) => read.push(at) })
    opened.close()
    expect(read).toEqual([])
    expect(readFileSync(index).equals(before)).toBe(true)
  })

  test('another process writes is used as it is, and what changed since is read', async () => {
    const { indexes, path, index } = await prepared()
    const writer = new DatabaseSync(index)
    writer.exec('BEGIN IMMEDIATE')
    withDatabase(path, `UPDATE part SET data = '{"type":"text","text":"omega"}', time_updated = 7 WHERE id = 'prt_1'`)
    expect(await found(path, 'omega', indexes)).toEqual(['ses_1'])
    expect(await found(path, 'beta', indexes)).toEqual([])
    expect(await found(path, 'gamma', indexes)).toEqual(['ses_2'])
    writer.exec('ROLLBACK')
    writer.close()
    expect(await found(path, 'omega', indexes)).toEqual(['ses_1'])
  })

  test('can be dropped; those of stores that are gone, and what killed builds left, are cleared away', async () => {
    const { indexes, path, index } = await prepared()
    writeFileSync(`${index}.4242`, 'half')
    utimesSync(`${index}.4242`, new Date(0), new Date(0))
    writeFileSync(`${index}.4243`, 'at work')
    pruneIndexes(indexes)
    expect(readdirSync(indexes).map((name) => name.replace(/.*sqlite/, ''))).toEqual(expect.arrayContaining(['.4243']))
    expect(existsSync(index)).toBe(true)
    expect(dropIndex(storeAt(path), indexes)).toBe(true)
    expect(dropIndex(storeAt(path), indexes)).toBe(false)
    await found(path, 'alpha', indexes)
    rmSync(path)
    pruneIndexes(indexes)
    expect(existsSync(index)).toBe(false)
  })
})

function withDatabase(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

describe('where no index can be kept', () => {
  test('in a folder that is a file, everything is read', async () => {
    const path = database().done()
    const file = join(tempDir(), 'file')
    writeFileSync(file, '')
    expect(await found(path, 'beta', join(file, 'search'))).toEqual(['ses_1'])
  })

  const root = process.getuid?.() === 0
  test.runIf(root && process.platform === 'linux')(
    'on a disk without any room, everything is read, and nothing is left',
    async () => {
      const disk = join(tempDir(), 'disk')
      mkdirSync(disk)
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', disk], { stdio: 'ignore' })
      } catch {
        return // A container may not mount.
      }
      try {
        expect(await found(database().done(), 'beta', disk)).toEqual(['ses_1'])
        expect(readdirSync(disk)).toEqual([])
      } finally {
        execFileSync('umount', ['-l', disk])
      }
    },
  )

  test.runIf(root && process.platform === 'linux')(
    'on a full disk, everything is read, and the old index stays as it was',
    async () => {
      const disk = join(tempDir(), 'disk')
      mkdirSync(disk)
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'none', disk], { stdio: 'ignore' })
      } catch {
        return // A container may not mount.
      }
      try {
        const db = database()
        expect(await found(db.path, 'beta', disk)).toEqual(['ses_1'])
        const index = indexPath(disk, storeAt(db.path))
        expect(existsSync(index)).toBe(true)
        // More text than the disk has room for.
        const words = (n: number) => Array.from({ length: 20_000 }, (_item, at) => `w${n}x${at}`).join(' ')
        for (let n = 0; n < 4; n++) db.part('ses_0', 'msg_0', `prt_big${n}`, part(words(n)))
        expect(await found(db.path, 'w3x77', disk)).toEqual(['ses_0'])
        expect(await found(db.path, 'beta', disk)).toEqual(['ses_1'])
        expect(indexStatus(storeAt(db.path), disk).sessions).toBe(3)
        db.done()
      } finally {
        execFileSync('umount', ['-l', disk])
      }
    },
  )
})

test('a build or an update that is killed at any time leaves an index that answers', async () => {
  const indexes = tempDir()
  const db = database()
  db.db.exec('BEGIN')
  for (let n = 10; n < 160; n++)
    db.session({ id: `ses_${n}`, time_updated: n })
      .message(`ses_${n}`, `msg_${n}`, { role: 'user' })
      .part(`ses_${n}`, `msg_${n}`, `prt_${n}`, part(`word${n} ${'text '.repeat(500)}`))
  db.db.exec('COMMIT')
  const script = join(tempDir(), 'refresh.ts')
  writeFileSync(
    script,
    `import { discover } from ${JSON.stringify(join(import.meta.dirname, '../../stores/catalog/discover.ts'))}
import { refresh } from ${JSON.stringify(join(import.meta.dirname, 'refresh.ts'))}
const { stores } = discover({ roots: [process.argv[2]] })
process.stdout.write('.')
const { index } = await refresh(stores[0].store, { folder: process.argv[3] })
index.close()
`,
  )
  for (const round of some(Array.from(Array(12).keys()), 5)) {
    db.db.exec(
      `UPDATE part SET data = '{"type":"text","text":"round${round}"}', time_updated = ${round} WHERE id IN ('prt_0', 'prt_${20 + round}')`,
    )
    const child = spawn(process.execPath, [script, db.path, indexes], { stdio: ['ignore', 'pipe', 'ignore'] })
    const closed = new Promise((resolve) => child.once('close', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await new Promise((resolve) => setTimeout(resolve, round * 6))
    child.kill('SIGKILL')
    await closed
    const index = IndexFile.open(indexPath(indexes, storeAt(db.path)), storeAt(db.path))
    if (index) expect(index.db.prepared('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    index?.close()
    expect(await found(db.path, `round${round}`, round % 3 === 2 ? indexes : tempDir())).toEqual(
      ['ses_0', `ses_${20 + round}`].sort(),
    )
  }
  expect(await found(db.path, 'word99', indexes)).toEqual(['ses_99'])
  db.done()
})

test('several processes may make, refresh and use one index at once', async () => {
  const indexes = tempDir()
  const db = database()
  const script = join(tempDir(), 'search.ts')
  writeFileSync(
    script,
    `import { openCatalog } from ${JSON.stringify(join(import.meta.dirname, '../../stores/catalog/catalog.ts'))}
import { search } from ${JSON.stringify(join(import.meta.dirname, '../search.ts'))}
for (let n = 0; n < 6; n++) {
  const catalog = openCatalog({ roots: [process.argv[2]] })
  const found = []
  for await (const { session } of search(catalog, 'alpha OR beta OR gamma', { indexes: process.argv[3], sort: 'newest' })) found.push(session.id)
  console.log(found.join(' '))
  catalog.close()
}
`,
  )
  const children = Array.from({ length: 5 }, () =>
    spawn(process.execPath, [script, db.path, indexes], { stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  const outputs = children.map(async (child) => {
    let [out, err] = ['', '']
    child.stdout.on('data', (data) => {
      out += data
    })
    child.stderr.on('data', (data) => {
      err += data
    })
    const code = await new Promise((resolve) => child.once('close', resolve))
    return { code, out, err }
  })
  for (let n = 0; n < 20; n++) {
    db.db.exec(`UPDATE part SET time_updated = ${n} WHERE id = 'prt_1'`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  for (const { code, out, err } of await Promise.all(outputs)) {
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(out.trim().split('\n')).toEqual(Array(6).fill('ses_2 ses_1 ses_0'))
  }
  expect(statSync(indexPath(indexes, storeAt(db.path))).size).toBeGreaterThan(0)
  db.done()
})
