import { appendFileSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { git } from '../../base/git.ts'
import { tempDir } from '../../testing/temp.ts'
import { type Collected, collectGarbage } from './collect.ts'
import { borrowedBy } from './repositories.ts'
import { surveySnapshots } from './survey.ts'

/** A repository as OpenCode makes it: no reference, one index, and trees that only its sessions know. */
class Snapshots {
  readonly data = tempDir()
  readonly worktree = tempDir()
  readonly path = join(this.data, 'snapshot', 'p1', 'a'.repeat(40))

  constructor() {
    mkdirSync(this.path, { recursive: true })
    git(this.path, ['init', '--quiet', '--bare', '.'])
  }

  git(...args: string[]): string {
    return git(this.path, ['--git-dir', this.path, '--work-tree', this.worktree, ...args])
      .toString()
      .trim()
  }

  /** A state of the work tree, as a session has it. @param days how long ago */
  state(content: string, days: number): string {
    writeFileSync(join(this.worktree, 'a.txt'), content)
    const known = new Set(this.objects())
    git(this.worktree, ['--git-dir', this.path, '--work-tree', this.worktree, 'add', '--all', '.'])
    const tree = this.git('write-tree')
    const then = Date.now() / 1000 - days * 86_400
    for (const path of this.objects()) if (!known.has(path)) utimesSync(path, then, then)
    return tree
  }

  objects(): string[] {
    const folder = join(this.path, 'objects')
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /^[0-9a-f]{2}.[0-9a-f]{38}$/.test(name))
      .map((name) => join(folder, name))
  }

  has(tree: string): boolean {
    try {
      return this.git('show', `${tree}:a.txt`) !== ''
    } catch {
      return false
    }
  }

  collect(dryRun = false): Collected {
    const surveyed = surveySnapshots(this.data, null)
    return collectGarbage(surveyed, borrowedBy(surveyed), { dryRun })
  }
}

const long = (word: string) => `${word}\n`.repeat(20_000)

/** Folders of git's own that are left in the temporary folder. */
const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('ocvault-git-'))

test('states older than a week go, as OpenCode does it; younger ones stay, and what the index knows', () => {
  const snapshots = new Snapshots()
  const old = snapshots.state(Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 7919) % 251)).toString('latin1'), 30)
  const young = snapshots.state(long('young'), 2)
  const now = snapshots.state(long('now'), 20)
  const before = left()
  expect(snapshots.collect(true)).toMatchObject({ repositories: 1, failures: [] })
  expect([old, young, now].map((tree) => snapshots.has(tree))).toEqual([true, true, true])
  const { bytes, ...rest } = snapshots.collect()
  expect(rest).toEqual({ repositories: 1, failures: [] })
  expect(bytes.after).toBeLessThan(bytes.before)
  expect([snapshots.has(old), snapshots.has(young)]).toEqual([false, true])
  // The tree itself is no part of an index; what it names is, so that the next state can be written.
  expect(snapshots.git('write-tree')).toBe(now)
  expect(snapshots.git('fsck', '--no-dangling')).toBe('')
  expect(left()).toEqual(before)
})

test('the settings of a repository are not read, and nothing that they name is run', () => {
  const snapshots = new Snapshots()
  const old = snapshots.state(long('old'), 30)
  snapshots.state(long('now'), 0)
  const intruder = join(snapshots.data, 'intruder')
  const program = `touch ${intruder}; false`
  for (const name of ['core.fsmonitor', 'gc.recentObjectsHook', 'core.alternateRefsCommand'])
    snapshots.git('config', name, program)
  mkdirSync(join(snapshots.path, 'hooks'), { recursive: true })
  writeFileSync(join(snapshots.path, 'hooks/pre-auto-gc'), `#!/bin/sh\n${program}\n`, { mode: 0o755 })
  // A git that reads this ends at once.
  appendFileSync(join(snapshots.path, 'config'), '[not a section\n')
  expect(snapshots.collect()).toMatchObject({ repositories: 1, failures: [] })
  expect(existsSync(join(snapshots.path, 'objects', old.slice(0, 2), old.slice(2)))).toBe(false)
  expect(existsSync(intruder)).toBe(false)
})

test.each<[string, (snapshots: Snapshots) => void, string]>([
  [
    'from which another one borrows',
    ({ data, path }) => {
      const other = join(data, 'snapshot', 'p2')
      mkdirSync(join(other, 'objects/info'), { recursive: true })
      writeFileSync(join(other, 'HEAD'), 'ref: refs/heads/main\n')
      writeFileSync(join(other, 'config'), '[core]\n\trepositoryformatversion = 9\n')
      writeFileSync(join(other, 'objects/info/alternates'), `${join(path, 'objects')}\n`)
    },
    'another repository borrows objects from it',
  ],
  [
    'of another format',
    (each) => each.git('config', 'extensions.objectFormat', 'sha1'),
    'of a format that OpenCode does not make',
  ],
  ['in which git is at work', ({ path }) => writeFileSync(join(path, 'index.lock'), ''), 'git is at work in it'],
  ['with a damaged index', ({ path }) => writeFileSync(join(path, 'index'), 'DIRC and so on'), 'git: '],
])('a repository %s is left as it is, and named', (_, prepare, reason) => {
  const snapshots = new Snapshots()
  const old = snapshots.state(long('old'), 30)
  snapshots.state(long('now'), 0)
  prepare(snapshots)
  const before = snapshots.objects()
  expect(snapshots.collect().failures).toContainEqual({ path: snapshots.path, reason: expect.stringContaining(reason) })
  expect(snapshots.objects()).toEqual(before)
  expect(existsSync(join(snapshots.path, 'objects', old.slice(0, 2), old.slice(2)))).toBe(true)
})
