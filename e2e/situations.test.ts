import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { git, initRepository } from './support/git.ts'
import { json, output, run, type SessionJSON, type ShowJSON } from './support/ocvault.ts'
import { type SessionSpec, writeDatabase, writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'
import { emptyDatabase } from './support/whole.ts'

/** What people have met with their sessions, from one end to the other. */

const ids = (sessions: readonly { id: string }[]) => sessions.map(({ id }) => id).sort()
const said = (...texts: string[]): NonNullable<SessionSpec['messages']> =>
  texts.map((text, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', parts: [{ type: 'text', text }] }))
const databaseOf = (home: string) => join(home, '.local', 'share', 'opencode', 'opencode.db')
const textsOf = ({ messages }: ShowJSON) => messages.flatMap(({ parts }) => parts.map(({ text }) => text))

function rows(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path)
  const found = db.prepare(sql).all()
  db.close()
  return found.map((row) => ({ ...row }))
}

function change(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

/** Says one more thing in a session, as OpenCode would. */
function goOn(path: string, session: string, text: string, at: number): void {
  const data = JSON.stringify({
    role: 'user',
    time: { created: at },
    agent: 'build',
    model: { providerID: 'local', modelID: 'small' },
  })
  change(
    path,
    `INSERT INTO message VALUES ('msg_${at}', '${session}', ${at}, ${at}, '${data}');
      INSERT INTO part VALUES ('prt_${at}', 'msg_${at}', '${session}', ${at}, ${at}, '{"type":"text","text":"${text}"}');
      UPDATE session SET time_updated = ${at} WHERE id = '${session}'`,
  )
}

test('a session that was archived by mistake is found, and its export without the mark brings it back', async () => {
  const home = tempDir('archived')
  const path = writeHome(home, [
    { id: 'ses_a', title: 'Put away', archived: Date.UTC(2026, 10, 21, 7), messages: said('where is the pelican', 'there') },
    { id: 'ses_b', title: 'Still here' },
  ])
  expect(await output(['list', '--all'], { home })).toMatch(/Put away.*archived|archived.*Put away/)
  expect(ids(await json<SessionJSON[]>(['list', '--all', '--archived', 'only'], { home }))).toEqual(['ses_a'])
  expect((await run(['search', '--all', 'pelican'], { home })).stdout).toContain('ses_a')
  const file = join(home, 'ses_a.json')
  const document = JSON.parse(await output(['export', 'ses_a'], { home }))
  delete document.info.time.archived
  writeFileSync(file, JSON.stringify(document))
  await output(['import', file, '--update', '--keep-project', '--quiet'], { home })
  expect(rows(path, 'SELECT id, time_archived FROM session ORDER BY id')).toEqual([
    { id: 'ses_a', time_archived: null },
    { id: 'ses_b', time_archived: null },
  ])
})

test('a database that was copied for another channel, and went on there: one session, whose newest copy leads', async () => {
  const home = tempDir('channel')
  const path = writeHome(home, [{ id: 'ses_a', messages: said('hello', 'hi') }])
  change(path, 'PRAGMA wal_checkpoint(TRUNCATE)')
  const other = join(path, '..', 'opencode-beta.db')
  copyFileSync(path, other)
  goOn(other, 'ses_a', 'what of the capercaillie', Date.UTC(2026, 10, 22))
  const [session, ...more] = await json<SessionJSON[]>(['list', '--all'], { home })
  expect(more).toEqual([])
  expect(session!.copies.map((copy) => copy.path)).toEqual([other, path])
  expect(textsOf(await json<ShowJSON>(['show', 'ses_a'], { home }))).toEqual(['hello', 'hi', 'what of the capercaillie'])
  expect((await run(['search', '--all', 'capercaillie'], { home })).stdout).toContain('ses_a')
  await output(['import', other, '--root', path, '--keep-project', '--update', '--quiet'], { home })
  expect(rows(path, 'SELECT count(*) AS n FROM message')).toEqual([{ n: 3 }])
})

describe('days are those of the person', () => {
  const hour = 3_600_000
  /** Sessions on the hour around the night in which Berlin's clocks go from 2 to 3. */
  const night = Date.UTC(2026, 2, 28, 22)
  const home = tempDir('zones')
  writeHome(
    home,
    Array.from({ length: 28 }, (_item, at) => ({ id: `ses_${String(at).padStart(2, '0')}`, created: night + at * hour })),
  )

  test.each([
    ['Europe/Berlin', '2026-03-29', '2026-03-30', 1, 24, 'a day of 23 hours'],
    ['UTC', '2026-03-29', '2026-03-30', 2, 26, 'a day of 24 hours'],
    ['America/New_York', '2026-03-28', '2026-03-29', 0, 6, 'until four in the morning of the next'],
    ['Asia/Kolkata', '2026-03-29', '2026-03-30', 0, 21, 'half an hour beside the others'],
  ])('in %s from %s to %s: %i to %i, %s', async (TZ, since, until, from, to) => {
    const found = await json<SessionJSON[]>(['list', '--all', '--since', since, '--until', until], { home, env: { TZ } })
    const wanted = Array.from({ length: to - from }, (_item, at) => `ses_${String(from + at).padStart(2, '0')}`)
    expect(ids(found)).toEqual(wanted)
  })
})

test('two machines with one path and two project ids: it goes there, goes on, comes back, and parts', async () => {
  const [here, there] = [tempDir('here'), tempDir('there')]
  const project = join(tempDir('src'), 'parser')
  mkdirSync(project)
  const mine = writeHome(here, [{ id: 'ses_a', projectID: 'one', directory: project, messages: said('first', 'second') }], {
    one: project,
  })
  const theirs = writeHome(there, [], { two: project })
  const carried = join(here, 'a.json')
  const carry = async (from: string) => {
    await output(['export', 'ses_a', '-o', carried, '--force', '--quiet'], { home: from })
  }
  await carry(here)
  await output(['import', carried, '--quiet'], { home: there, cwd: project })
  goOn(theirs, 'ses_a', 'third, from there', Date.UTC(2026, 10, 23))
  await carry(there)
  await output(['import', carried, '--update', '--quiet'], { home: here, cwd: project })
  expect(textsOf(await json<ShowJSON>(['show', 'ses_a'], { home: here }))).toEqual(['first', 'second', 'third, from there'])
  expect(rows(mine, 'SELECT DISTINCT project_id AS id FROM session')).toEqual([{ id: 'one' }])
  goOn(mine, 'ses_a', 'fourth, from here', Date.UTC(2026, 10, 24))
  goOn(theirs, 'ses_a', 'fourth, from there', Date.UTC(2026, 10, 25))
  await carry(there)
  expect(await run(['import', carried, '--quiet'], { home: here, cwd: project })).toMatchObject({ code: 4 })
  await output(['import', carried, '--as-copy', '--quiet'], { home: here, cwd: project })
  expect(rows(mine, 'SELECT count(*) AS n FROM session')).toEqual([{ n: 2 }])
  for (const side of ['here', 'there']) {
    expect((await run(['search', '--all', `"fourth, from ${side}"`], { home: here })).code, side).toBe(0)
  }
})

test('sessions of a Windows machine come here with --map, however their directory is spelled', async () => {
  const home = tempDir('linux')
  emptyDatabase(databaseOf(home))
  const from = join(tempDir('windows'), 'opencode.db')
  const spelled: [id: string, directory: string, becomes: string][] = [
    ['ses_1', 'D:\\code\\app', '/code/app'],
    ['ses_2', 'D:/code/app', '/code/app'],
    ['ses_3', 'd:\\code\\app', '/code/app'],
    ['ses_4', 'D:\\code\\app\\src\\lib', '/code/app/src/lib'],
    ['ses_5', 'D:/code\\app/src', '/code/app/src'],
    ['ses_6', 'D:\\code\\app2', 'D:\\code\\app2'],
    ['ses_7', '\\\\nas\\share\\notes', '/notes'],
  ]
  writeDatabase(
    from,
    spelled.map(([id, directory]) => ({ id, directory, messages: said('hello', 'hi') })),
  )
  const maps = [`D:\\code\\app=${home}/code/app`, `\\\\nas\\share=${home}`].flatMap((map) => ['--map', map])
  await output(['import', from, '--keep-project', '--quiet', ...maps], { home })
  const found = rows(databaseOf(home), 'SELECT id, directory FROM session ORDER BY id')
  expect(found).toEqual(
    spelled.map(([id, directory, becomes]) => ({ id, directory: becomes === directory ? directory : home + becomes })),
  )
})

test('sessions of linked work trees belong to their repository, wherever these are, and whichever project they bear', async () => {
  const home = tempDir('worktrees')
  const { directory: main, root } = initRepository(join(home, 'main'))
  git(main, 'worktree', 'add', '--quiet', '../beside')
  git(main, 'worktree', 'add', '--quiet', '.trees/within')
  const elsewhere = initRepository(join(home, 'elsewhere'))
  const at = (id: string, projectID: string, directory: string): SessionSpec => ({ id, projectID, directory })
  const beside = join(home, 'beside')
  writeHome(
    home,
    [
      at('ses_1', root, main),
      at('ses_2', root, beside),
      at('ses_3', 'global', join(main, '.trees', 'within')),
      at('ses_4', root, join(home, 'removed since')),
      at('ses_5', elsewhere.root, elsewhere.directory),
      at('ses_6', 'global', `${main}-2`),
    ],
    { [root]: main, [elsewhere.root]: elsewhere.directory },
  )
  expect(ids(await json<SessionJSON[]>(['list'], { home, cwd: main }))).toEqual(['ses_1', 'ses_2', 'ses_3', 'ses_4'])
  expect(ids(await json<SessionJSON[]>(['list'], { home, cwd: beside }))).toEqual(
    expect.arrayContaining(['ses_1', 'ses_2', 'ses_4']),
  )
})

test('a session of twelve thousand messages comes in, and goes out again', async () => {
  const home = tempDir('long')
  emptyDatabase(databaseOf(home))
  const from = join(home, 'from.db')
  writeDatabase(from, [{ id: 'ses_long', messages: said(...Array.from({ length: 12_000 }, (_item, at) => `word${at}`)) }])
  const file = join(home, 'long.json')
  await output(['export', 'ses_long', '-o', file, '--quiet', '--root', from], { home })
  await output(['import', file, '--keep-project', '--quiet'], { home })
  expect(rows(databaseOf(home), 'SELECT count(*) AS n FROM part')).toEqual([{ n: 12_000 }])
  const again = JSON.parse(await output(['export', 'ses_long'], { home }))
  expect(again.messages).toEqual(JSON.parse(readFileSync(file, 'utf8')).messages)
})

test('text that is none: shown, found, and the same bytes after a backup and a restore', async () => {
  const home = tempDir('odd')
  const path = writeHome(home, [{ id: 'ses_odd', messages: said('before the oddities') }])
  // Half of a pair of surrogates, NUL, bytes that are no UTF-8, direction and escape sequences.
  const odd = Buffer.concat([
    Buffer.from('{"type":"text","text":"ptarmigan \\ud83d \\u0000 \\u202e \\u001b[31m '),
    Buffer.from([0xff, 0xfe, 0xc3]),
    Buffer.from(' end"}'),
  ])
  const db = new DatabaseSync(path)
  const [message] = db.prepare('SELECT id FROM message').all()
  db.prepare("INSERT INTO part VALUES ('prt_zz', ?, 'ses_odd', 1, 1, CAST(? AS TEXT))").run(message!.id!, odd)
  db.close()
  const shown = await run(['show', 'ses_odd', '--no-pager'], { home })
  expect(shown.code).toBe(0)
  expect(shown.stdout).toContain('ptarmigan')
  expect(shown.stdout).not.toMatch(/[\0\x1b\u202e]/)
  expect((await run(['search', '--all', 'ptarmigan'], { home })).stdout).toContain('ses_odd')
  const archive = join(home, 'odd.zip')
  await output(['backup', '--all', '-o', archive, '--quiet'], { home })
  const other = tempDir('odd-too')
  emptyDatabase(databaseOf(other))
  await output(['restore', archive, '--quiet'], { home: other })
  const [part] = rows(databaseOf(other), "SELECT hex(CAST(data AS BLOB)) AS bytes FROM part WHERE id = 'prt_zz'")
  expect(Buffer.from(String(part!.bytes), 'hex').equals(odd)).toBe(true)
})

test('a database that another program holds for itself is named in one line, by every command', async () => {
  const home = tempDir('held')
  const path = writeHome(home, [{ id: 'ses_a' }])
  const db = new DatabaseSync(path)
  db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; UPDATE session SET title = title')
  for (const command of [
    ['list', '--all'],
    ['show', 'ses_a'],
    ['backup', '--all', '-o', join(home, 'x.zip')],
  ]) {
    const { code, stderr } = await run(command, { home })
    // It may have been read all the same: from what was committed.
    if (code !== 0) expect(stderr, command[0]).toMatch(/^(ocvault: [^\n]+\n)+$/)
  }
  db.exec('ROLLBACK')
  db.close()
  expect(ids(await json<SessionJSON[]>(['list', '--all'], { home }))).toEqual(['ses_a'])
})
