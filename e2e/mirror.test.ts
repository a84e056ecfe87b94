import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { environment, fixture, json, output, run } from './support/ocvault.ts'
import { execute } from './support/process.ts'
import { type SessionSpec, writeHome } from './support/store.ts'
import { tempDir } from './support/temp.ts'

interface Report {
  readonly sessions: number
  readonly written: readonly { readonly id: string; readonly why: string }[]
  readonly unchanged: number
  readonly changed: boolean
  readonly deleted: readonly { readonly id: string; readonly title: string; readonly deleted: number }[]
  readonly pruned: readonly string[]
}

const session = (name: string, more: Partial<SessionSpec> = {}): SessionSpec => ({
  id: `ses_${name}`,
  title: `Session ${name}`,
  messages: [{ role: 'user', parts: [{ type: 'text', text: `said in ${name}` }] }],
  ...more,
})

/** A home with three sessions, one of them a subagent's. */
function homeWithSessions(): { home: string; path: string; mirror: string } {
  const home = tempDir('home')
  return {
    home,
    path: writeHome(home, [session('a'), session('b'), session('c', { parentID: 'ses_b' })]),
    mirror: join(home, 'my mirror'),
  }
}

describe('ocvault backup --to', () => {
  test('a mirror is written, brought up to date, verified and pruned', async () => {
    const { home, path, mirror } = homeWithSessions()
    const to = ['backup', '--all', '--to', mirror]
    const first = await json<Report>(to, { home })
    expect(first).toMatchObject({ sessions: 3, unchanged: 0, changed: true, deleted: [], pruned: [] })
    expect(first.written.map(({ id }) => id).sort()).toEqual(['ses_a', 'ses_b', 'ses_c'])
    expect(await output(['verify', mirror], { home })).toContain('sound')
    expect(await output(to, { home })).toMatch(/wrote +0 sessions, 0 B, in .*; 3 unchanged/)

    const db = new DatabaseSync(path)
    for (const table of ['part', 'message']) db.exec(`DELETE FROM ${table} WHERE session_id = 'ses_a'`)
    db.exec("DELETE FROM session WHERE id = 'ses_a'")
    db.close()
    const { deleted } = await json<Report>(to, { home })
    expect(deleted).toMatchObject([{ id: 'ses_a', title: 'Session a' }])
    const refused = await run([...to, '--prune'], { home })
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('ses_a')
    expect(refused.stderr.split('\n').at(-2)).toBe('ocvault: the backup is done; --prune --yes removes the 1 deleted session')
    expect(existsSync(join(mirror, 'sessions/ses_a.json'))).toBe(true)
    expect(await json<Report>([...to, '--prune', '--yes'], { home })).toMatchObject({
      sessions: 2,
      deleted: [],
      pruned: ['ses_a'],
    })
    expect(readdirSync(join(mirror, 'sessions')).sort()).toEqual(['ses_b.json', 'ses_c.json'])
    expect(await output(['verify', mirror], { home })).toContain('2 sessions')
  })

  test('what is in it is what OpenCode imports, and what the zip holds', async () => {
    const folder = tempDir('mirror')
    const [mirror, zip] = [join(folder, 'm'), join(folder, 'all.zip')]
    const root = ['--root', join(fixture('1.18.33'), 'opencode')]
    await output(['backup', '--to', mirror, ...root])
    await output(['backup', '-o', zip, ...root])
    const names = readdirSync(join(mirror, 'sessions'))
    expect(names.length).toBeGreaterThan(5)
    for (const name of names) {
      const zipped = await execute('unzip', ['-p', zip, `sessions/${name}`])
      expect(zipped.stdout, name).toBe(readFileSync(join(mirror, 'sessions', name), 'utf8'))
    }
  })

  test('several backups at once: each one is done, or says that another one runs', async () => {
    const { home, mirror } = homeWithSessions()
    const results = await Promise.all(Array.from({ length: 6 }, () => run(['backup', '--all', '--to', mirror], { home })))
    for (const { code, stderr } of results) {
      expect([0, 4]).toContain(code)
      expect(stderr).toBe(code === 0 ? '' : `ocvault: another backup into ${mirror} is running; try again when it is done\n`)
    }
    expect(results.some(({ code }) => code === 0)).toBe(true)
    expect(readdirSync(join(mirror, '.ocvault/machines')), 'they are one machine').toHaveLength(1)
    expect(await output(['verify', mirror], { home })).toContain('3 sessions')
  })

  test.each([
    [['backup', '--prune'], 2, '--prune, --yes and --remember go with --to DIR'],
    [['backup', '--to', 'm', '-o', 'x.zip'], 2, 'are for one file, not for --to DIR'],
    [['backup', '--all', '--title', 'no such title', '--to', 'm'], 3, 'no session matches'],
    [['schedule', '--all'], 2, "required option '--to <dir>' not specified"],
    [['schedule', '--to', 'm', '--cron', '--systemd'], 2, '--systemd, --cron and --launchd exclude each other'],
    [['schedule', '--to', 'm', '--every', 'year'], 2, 'Allowed choices are hour, day, week'],
  ] as const)('%j', async (args, code, message) => {
    const { home } = homeWithSessions()
    const result = await run(args, { home, cwd: home })
    expect(result.code).toBe(code)
    expect(result.stderr).toContain(message)
    expect(existsSync(join(home, 'm'))).toBe(false)
  })
})

describe('ocvault schedule', () => {
  test.skipIf(process.platform === 'win32')(
    'the line for cron runs the backup, from any directory and with nothing in the environment',
    async () => {
      const { home } = homeWithSessions()
      const mirror = join(home, "it's 100% safe")
      const line = await output(['schedule', '--all', '--to', "it's 100% safe", '--cron'], { home, cwd: home })
      expect(line.split('\n')).toHaveLength(2)
      // As cron does it: five fields of time, and `\%` is `%`.
      const command = line.trimEnd().split(' ').slice(5).join(' ').replaceAll('\\%', '%')
      const result = await execute('/bin/sh', ['-c', command], { cwd: '/', env: { HOME: home, PATH: '/usr/bin:/bin' } })
      expect(result).toEqual({ code: 0, stdout: '', stderr: '' })
      expect(await output(['verify', mirror], { home })).toContain('3 sessions')
    },
  )

  test('without --all it is for this directory’s project; files are written where they belong, and not over others', async () => {
    const { home } = homeWithSessions()
    const { command, files } = await json<{ command: string[]; files: { name: string }[] }>(
      ['schedule', '--to', 'my mirror', '--systemd', '-o', home],
      { home, cwd: home, env: { XDG_DATA_HOME: '/else where' } },
    )
    expect(command.slice(2)).toEqual(['backup', `--project=${environment({ home }).HOME}`, `--to=${join(home, 'my mirror')}`])
    expect(files.map(({ name }) => name)).toEqual(['ocvault-backup-my-mirror.service', 'ocvault-backup-my-mirror.timer'])
    const service = readFileSync(join(home, 'ocvault-backup-my-mirror.service'), 'utf8')
    expect(service).toContain('Environment="XDG_DATA_HOME=/else where"\n')
    expect(service).toContain(`"--to=${join(home, 'my mirror')}"\n`)
    const again = await run(['schedule', '--to', 'my mirror', '--systemd', '-o', home], { home, cwd: home })
    expect(again.code).toBe(4)
    expect(again.stderr).toContain('--force replaces what is there')
  })
})
