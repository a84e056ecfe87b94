import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reasonOf } from '../../base/errors.ts'
import { complaintOf, tryGit } from '../../base/git.ts'
import { holdersOf } from '../../base/holders.ts'
import type { Failure } from '../../base/problems.ts'
import { unfinishedUntil } from '../../base/unfinished.ts'
import { fileSize } from '../../render/words.ts'
import { folderSize } from '../doctor/folder-size.ts'
import type { SurveyedRepository } from './survey.ts'

/** What git made of repositories, or what it would be asked to. */
export interface Collected {
  readonly repositories: number
  /** What they took, and what they take now; the same in a dry run. */
  readonly bytes: { readonly before: number; readonly after: number }
  /** Repositories that were left as they are, and why. */
  readonly failures: readonly Failure[]
}

/** As OpenCode itself does it every hour, in the projects that it is used in (1.1 to 1.19: `git gc --prune=7.days`). */
const command = ['gc', '--quiet', '--prune=7.days']

/** What stays free on the disk. */
const spareRoom = 16_000_000

/**
 * Lets git pack what it keeps, and remove states that are older than a week and that no index knows. There is no way back.
 *
 * Nothing of a repository's own settings is read: whoever can write there could name a program. git works in a folder of its own,
 * through which it sees the objects, the index and the references.
 * @param borrowed folders of objects that other repositories borrow from: what they need, nobody can tell from here
 * @param onStep is told which repository is next
 */
export function collectGarbage(
  repositories: readonly SurveyedRepository[],
  borrowed: ReadonlySet<string>,
  { dryRun, onStep = () => {} }: { readonly dryRun: boolean; readonly onStep?: ((path: string) => void) | undefined },
): Collected {
  const failures: Failure[] = []
  let [done, before, after] = [0, 0, 0]
  for (const repository of repositories.filter(({ isUseless }) => !isUseless)) {
    const { path } = repository
    try {
      onStep(path)
      const reason = whyNot(repository, borrowed)
      if (reason !== undefined) {
        failures.push({ path, reason })
        continue
      }
      const now = folderSize(path, 0, Number.POSITIVE_INFINITY).bytes
      requireRoom(path, now)
      if (!dryRun) inFolderOfItsOwn(path, (folder) => run(folder, path))
      done++
      before += now
      after += dryRun ? now : folderSize(path, 0, Number.POSITIVE_INFINITY).bytes
    } catch (error) {
      failures.push({ path, reason: reasonOf(error) })
    }
  }
  return { repositories: done, bytes: { before, after }, failures }
}

/** Why a repository is left alone, if it is. */
function whyNot({ path }: SurveyedRepository, borrowed: ReadonlySet<string>): string | undefined {
  if (borrowed.has(join(path, 'objects'))) return 'another repository borrows objects from it'
  const settings = readFileSync(join(path, 'config'), 'latin1')
  // A later format, of which an older git would remove too much.
  if (/^\s*\[\s*extensions/im.test(settings) || /repositoryformatversion\s*=\s*"?[^0\s"]/i.test(settings))
    return 'it is of a format that OpenCode does not make'
  const locks = ['index.lock', 'gc.pid'].filter((name) => existsSync(join(path, name)))
  if (locks.length > 0) return `git is at work in it, or was killed there (${locks[0]})`
  const [holder] = holdersOf([join(path, 'index'), path])
  return holder && `${holder.name} (process ${holder.pid}) has it open`
}

/** Everything may be written once more before anything is removed. */
function requireRoom(path: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(path)
  if (bavail * bsize < bytes + spareRoom)
    throw new Error(`git may need ${fileSize(bytes)} until it is done, and the disk has ${fileSize(bavail * bsize)} free`)
}

function run(folder: string, path: string): void {
  const result = tryGit(folder, ['--git-dir', folder, ...command])
  if (result.code !== 0) throw new Error(`git: ${complaintOf(result)}`.replaceAll(folder, path))
}

const settings = `[core]
	repositoryformatversion = 0
	bare = true
	logAllRefUpdates = false
[gc]
	packRefs = false
	reflogExpire = never
	reflogExpireUnreachable = never
	writeCommitGraph = false
`

/** A folder that git takes for the repository: its objects and references, and copies of what names them. */
function inFolderOfItsOwn(path: string, work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'ocvault-git-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const forget = unfinishedUntil(remove)
  try {
    writeFileSync(join(folder, 'config'), settings)
    for (const name of ['HEAD', 'index', 'packed-refs']) {
      if (existsSync(join(path, name))) copyFileSync(join(path, name), join(folder, name))
    }
    symlinkSync(join(path, 'objects'), join(folder, 'objects'), 'junction')
    if (existsSync(join(path, 'refs'))) symlinkSync(join(path, 'refs'), join(folder, 'refs'), 'junction')
    else mkdirSync(join(folder, 'refs'))
    work(folder)
  } finally {
    remove()
    forget()
  }
}
