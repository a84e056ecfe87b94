import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { git } from '../../base/git.ts'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { TestDatabase } from '../../testing/database.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { type DoctorOptions, type DoctorReport, examine } from './doctor.ts'
import type { Finding, FindingKind } from './finding.ts'

const nobody = 65534
const machine = { platform: process.platform, env: {}, home: '/nowhere' } as const

function report(root: string, options: DoctorOptions = {}): DoctorReport {
  const catalog = openCatalog({ roots: [root], machine })
  try {
    return examine(catalog, { machine, ...options })
  } finally {
    catalog.close()
  }
}

/** The one finding of a kind; there may be others. */
function only(root: string, kind: FindingKind, options?: DoctorOptions): Finding {
  const found = report(root, options).findings.filter((each) => each.kind === kind)
  expect(found).toHaveLength(1)
  return found[0]!
}

function change(data: string, sql: string): void {
  const db = new DatabaseSync(join(data, 'opencode.db'))
  db.exec(`PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; ${sql}`)
  db.close()
}

function projectOf(data: string): string {
  const db = new DatabaseSync(join(data, 'opencode.db'))
  const project = db.prepare("SELECT id FROM project WHERE id <> 'global'").get()!
  db.close()
  return String(project.id)
}

/** A file of a size that takes no room on the disk, last changed so many days ago. */
function put(path: string, bytes: number, days = 0): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  truncateSync(path, bytes)
  const then = Date.now() / 1000 - days * 86_400
  utimesSync(path, then, then)
}

describe('of a store as a release left it', () => {
  const releases = readdirSync(join(import.meta.dirname, '../../../fixtures/stores')).filter((name) =>
    /^[01]|^up|-preview/.test(name),
  )

  test.each(releases)('%s nothing is the matter', (release) => {
    const { findings, sessions } = report(copyStore(release))
    expect(findings).toEqual([])
    expect(sessions.all).toBeGreaterThan(5)
  })
})

describe('what takes room', () => {
  const events = (data: string, rows: number, bytes: number) =>
    change(
      data,
      `WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < ${1000 + rows})
        INSERT INTO event SELECT 'evt_' || i, (SELECT aggregate_id FROM event_sequence LIMIT 1), i, 'message.updated.1', zeroblob(${bytes}) FROM n`,
    )

  test('a log of events of most of the database', () => {
    const data = copyStore('1.18.33')
    events(data, 70, 1_000_000)
    const found = only(data, 'event-log')
    expect(found).toMatchObject({ path: join(data, 'opencode.db'), isEstimate: false, cure: { do: 'compact' } })
    expect(found.gain).toBeGreaterThan(70_000_000)
    expect(found.gain).toBeLessThan(72_000_000)
    expect(found.says).toMatch(/^the log of events takes 71\.\d MB, (?:99|100) % of the database/)
  })

  test('free pages that nobody uses', () => {
    const data = copyStore('1.18.33')
    events(data, 70, 1_000_000)
    change(data, 'DELETE FROM event')
    const found = only(data, 'free-pages')
    expect(found).toMatchObject({ cure: { do: 'compact', database: join(data, 'opencode.db') } })
    expect(found.gain).toBeGreaterThan(70_000_000)
    expect(report(data).findings).toHaveLength(1)
  })

  test('a log beside the database that was never merged', () => {
    const data = copyStore('1.18.33')
    const db = new DatabaseSync(join(data, 'opencode.db'))
    onTestFinished(() => db.close())
    db.exec(
      'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (v); INSERT INTO t VALUES (zeroblob(70000000))',
    )
    expect(only(data, 'large-log').gain).toBeGreaterThan(70_000_000)
    expect(report(data).running).toEqual([]) // this process is none of the others
  })

  test('tool outputs, logs and a cache', () => {
    const home = tempDir()
    const data = join(home, '.local/share/opencode')
    mkdirSync(data, { recursive: true })
    copyFileSync(join(copyStore('1.18.33'), 'opencode.db'), join(data, 'opencode.db'))
    put(join(data, 'tool-output/tool_old'), 150_000_000, 9)
    put(join(data, 'tool-output/tool_new'), 150_000_000)
    put(join(data, 'log/old.log'), 300_000_000, 3)
    put(join(home, '.cache/opencode/packages/x'), 3_000_000_000)
    const { findings, folders } = report(home)
    expect(findings.map(({ kind, gain }) => [kind, gain])).toEqual([
      ['cache', 3_000_000_000],
      ['logs', 300_000_000],
      ['tool-output', 150_000_000],
    ])
    expect(folders).toEqual([{ path: data, snapshots: [], toolOutput: 300_000_000, logs: 300_000_000, cache: 3_000_000_000 }])
  })

  test('what a killed git has left in snapshots, a day later, and snapshots of projects that are gone', () => {
    const data = copyStore('1.18.33')
    const repository = join(data, 'snapshot', projectOf(data), 'a'.repeat(40))
    for (const path of [repository, join(data, 'snapshot', 'b'.repeat(40))]) {
      put(join(path, 'HEAD'), 23)
      put(join(path, 'objects/pack/pack-1.pack'), 1000)
    }
    put(join(repository, 'objects/pack/tmp_pack_x'), 5_000_000, 2)
    put(join(repository, 'objects/pack/tmp_pack_y'), 5_000_000)
    put(join(repository, 'index.lock'), 10, 2)
    const cure = { do: 'clean', data }
    expect(only(data, 'snapshot-leftovers')).toMatchObject({ gain: 5_000_010, cure })
    expect(only(data, 'snapshot-of-nothing')).toMatchObject({ gain: 1023, cure })
    expect(report(data).folders[0]!.snapshots.map(({ bytes }) => bytes)).toEqual([10_001_033, 1023])
  })
})

test('snapshots older than a week of a project that nobody opens', () => {
  const data = copyStore('1.18.33')
  const project = projectOf(data)
  const repository = join(data, 'snapshot', project, 'a'.repeat(40))
  put(join(repository, 'HEAD'), 23)
  put(join(repository, 'objects/aa/old'), 150_000_000, 10)
  put(join(repository, 'objects/aa/young'), 150_000_000, 3)
  put(join(repository, 'objects/pack/pack-1.pack'), 150_000_000, 10)
  expect(only(data, 'old-snapshots')).toMatchObject({ gain: 150_000_000, isEstimate: true, cure: { do: 'collect', data } })
})

describe('sessions', () => {
  test('of a directory that was renamed are to be relinked to where its repository is now', () => {
    const work = tempDir()
    const now = join(work, 'new-name')
    mkdirSync(now)
    git(now, ['init', '-q'])
    writeFileSync(join(now, '.git/opencode'), 'p1')
    mkdirSync(join(work, 'other'))
    const path = new TestDatabase()
      .insert('project', { id: 'p1', worktree: join(work, 'old-name'), sandboxes: '[]', time_created: 1, time_updated: 1 })
      .session({ id: 'ses_a', project_id: 'p1', directory: join(work, 'old-name') })
      .session({ id: 'ses_b', project_id: 'p1', directory: join(work, 'old-name/src') })
      .session({ id: 'ses_c', project_id: 'p1', directory: join(work, 'other') })
      .done()
    expect(only(path, 'moved-directory')).toMatchObject({
      path: join(work, 'old-name'),
      sessions: expect.arrayContaining(['ses_a', 'ses_b']),
      cure: { do: 'relink', from: join(work, 'old-name'), to: now },
    })
  })

  test('of a folder that was removed from its repository did not move to where the repository is', () => {
    const work = tempDir()
    git(work, ['init', '-q', 'app'])
    writeFileSync(join(work, 'app/.git/opencode'), 'p1')
    const path = new TestDatabase()
      .insert('project', { id: 'p1', worktree: join(work, 'app'), sandboxes: '[]', time_created: 1, time_updated: 1 })
      .session({ id: 'ses_a', project_id: 'p1', directory: join(work, 'app/removed/src') })
      .done()
    const { findings, notes } = report(path)
    expect(findings.map(({ kind }) => kind)).not.toContain('moved-directory')
    expect(notes.join()).toContain(`1 place that is gone: ${join(work, 'app/removed')}`)
  })

  test('of a directory outside of git that moved to a folder nearby are found by its name', () => {
    const work = tempDir()
    mkdirSync(join(work, 'archive/notes'), { recursive: true })
    const path = new TestDatabase().session({ id: 'ses_a', directory: join(work, 'notes') }).done()
    expect(only(path, 'moved-directory').cure).toEqual({
      do: 'relink',
      from: join(work, 'notes'),
      to: join(work, 'archive/notes'),
    })
    mkdirSync(join(work, 'other/notes'), { recursive: true })
    const { findings, notes } = report(path)
    expect(findings.map(({ kind }) => kind)).not.toContain('moved-directory')
    expect(notes).toEqual([
      `sessions were started in 1 place that is gone: ${join(work, 'notes')}; whoever knows where to says it with ocvault relink OLD NEW`,
    ])
  })

  test('that no OpenCode shows beside those that one does', () => {
    const data = copyStore('1.18.33')
    const tree = join(data, 'storage/session/p')
    mkdirSync(tree, { recursive: true })
    writeFileSync(
      join(tree, 'ses_lost.json'),
      JSON.stringify({ id: 'ses_lost', title: 'Lost', time: { created: 1, updated: 1 } }),
    )
    expect(only(data, 'stranded')).toMatchObject({ sessions: ['ses_lost'], cure: { do: 'rescue', root: data } })
  })

  test('of a subagent whose own session is gone', () => {
    const data = copyStore('1.18.33')
    const db = new DatabaseSync(join(data, 'opencode.db'))
    const { id, parent } = db.prepare('SELECT id, parent_id AS parent FROM session WHERE parent_id IS NOT NULL').get()!
    db.close()
    change(data, `DELETE FROM session WHERE id = '${parent}'`)
    const path = join(data, 'opencode.db')
    expect(only(data, 'orphaned')).toMatchObject({ path, sessions: [id], cure: { do: 'deleted', path } })
  })

  test('of a workspace that is not there', () => {
    const data = copyStore('1.18.33')
    change(data, "UPDATE session SET workspace_id = 'wrk_gone' WHERE parent_id IS NOT NULL")
    expect(only(data, 'missing-workspace').sessions).toHaveLength(1)
  })
})

describe('a database', () => {
  test('with rows that belong to nobody', () => {
    const data = copyStore('1.18.33')
    change(data, "INSERT INTO todo VALUES ('ses_none', 'c', 's', 'p', 1, 1, 1)")
    expect(only(data, 'foreign-keys').says).toBe('1 row of table todo belong to no row of table session')
  })

  test('with a damaged page', () => {
    const data = copyStore('1.18.33')
    const path = join(data, 'opencode.db')
    const db = new DatabaseSync(path)
    const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'part_session_idx'").get()!.rootpage
    db.close()
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(64, 0xff), 0, 64, (Number(root) - 1) * 4096)
    closeSync(file)
    const found = report(data).findings
    expect(found[0]).toMatchObject({ kind: 'damage', cure: { do: 'look' } })
  })

  test('that is none', () => {
    const data = copyStore('1.18.33')
    writeFileSync(join(data, 'opencode-beta.db'), 'not a database'.repeat(100))
    expect(only(data, 'unreadable').path).toBe(join(data, 'opencode-beta.db'))
  })

  test('beside which shared memory was left', () => {
    const data = copyStore('1.18.33')
    rmSync(join(data, 'opencode.db-wal'), { force: true })
    put(join(data, 'opencode.db-shm'), 32_768)
    expect(only(data, 'stale-shm').path).toBe(join(data, 'opencode.db-shm'))
  })

  test('that was kept when another one was compacted', () => {
    const data = copyStore('1.18.33')
    const kept = join(data, 'opencode.db.before-compact-2026-11-28T120028')
    copyFileSync(join(data, 'opencode.db'), kept)
    const found = only(data, 'kept-database')
    expect(found).toMatchObject({ path: kept, cure: { do: 'forget', database: join(data, 'opencode.db') } })
    expect(found.gain).toBe(statSync(kept).size)
  })

  test.skipIf(process.platform !== 'linux')('that another program has open: which one', async () => {
    const path = join(copyStore('1.18.33'), 'opencode.db')
    const script = `const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)}); console.log(db.isOpen); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--no-warnings', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    expect(report(path).running).toEqual([{ pid: child.pid, name: expect.any(String), database: path }])
  })

  test('of another channel, and one that a syncer left', () => {
    const data = copyStore('1.18.33')
    for (const name of ['opencode-beta.db', 'opencode.sync-conflict-1.db']) {
      const path = join(data, name)
      copyFileSync(join(data, 'opencode.db'), path)
      const db = new DatabaseSync(path)
      db.exec(`UPDATE session SET time_updated = ${Date.now()}`)
      db.close()
    }
    change(data, `UPDATE session SET time_updated = ${Date.now()}`)
    expect(only(data, 'two-channels')).toMatchObject({ path: data, cure: null })
    change(data, 'DELETE FROM session WHERE parent_id IS NOT NULL')
    expect(only(data, 'two-channels')).toMatchObject({ path: data, cure: { do: 'rescue', root: data } })
    expect(basename(only(data, 'stray-database').path)).toBe('opencode.sync-conflict-1.db')
  })
})

test.skipIf(process.platform === 'win32')('files of another user, and keys that others may read', () => {
  const data = copyStore('1.18.33')
  writeFileSync(join(data, 'auth.json'), '{}')
  chmodSync(join(data, 'auth.json'), 0o644)
  expect(only(data, 'open-secret').path).toBe(join(data, 'auth.json'))
  chmodSync(join(data, 'auth.json'), 0o600)
  expect(report(data).findings).toEqual([])
  const path = join(data, 'opencode.db')
  if (process.getuid?.() === 0) chownSync(path, nobody, nobody)
  else chmodSync(path, 0o400)
  expect(only(data, 'not-writable').path).toBe(path)
})

test('a database that is too large to be read is judged by samples, and says so', () => {
  const db = new TestDatabase()
  db.db.exec(`INSERT INTO event_sequence VALUES ('ses_a', 1, NULL), ('ses_b', 1, NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50500)
    INSERT INTO event SELECT 'evt_' || i, iif(i % 10 = 0, 'ses_b', 'ses_a'), i, iif(i % 4 = 0, 'session.updated.1', 'message.updated.1'),
      zeroblob(iif(i % 4 = 0, 200, 20)) FROM n`)
  const path = db.done()
  const { findings, notes } = report(path, { readUpTo: 0 })
  expect(notes).toContainEqual(`${path} is too large to be read whole: its figures are estimates, and its pages unseen`)
  const catalog = openCatalog({ roots: [path], machine })
  onTestFinished(() => catalog.close())
  const figures = examine(catalog, { machine, readUpTo: 0 }).databases[0]!
  const whole = examine(catalog, { machine }).databases[0]!
  expect([figures.isEstimate, whole.isEstimate]).toEqual([true, false])
  const size = (of: typeof whole, name: string) => of.events.types.find((each) => each.name === name)!.bytes
  for (const type of ['session.updated.1', 'message.updated.1'])
    expect(Math.abs(size(figures, type) / size(whole, type) - 1)).toBeLessThan(0.1)
  expect(figures.events.sessions[0]!.name).toBe('ses_a')
  expect(findings.every(({ isEstimate, gain }) => isEstimate || gain === null)).toBe(true)
})
