import { existsSync, lstatSync } from 'node:fs'
import { join } from 'node:path'
import { readRegular } from '../../base/regular.ts'
import { entriesOf } from '../doctor/folder-size.ts'

/** A git repository in which OpenCode keeps states of a work tree. */
export interface SnapshotRepository {
  readonly path: string
  readonly projectID: string
  /** The work tree that it is of, as its settings say; null where they do not. */
  readonly worktree: string | null
}

/**
 * The repositories below `snapshot/` of a data directory: one for each project up to 1.3.2, one for each work tree of it from
 * 1.14 on (`<project>/<sha1 of the work tree's path>`, seen with 1.18.33). Their settings are read as text: git never runs in
 * them, because whoever can write there could make it run a program.
 */
export function snapshotRepositories(data: string): SnapshotRepository[] {
  const root = join(data, 'snapshot')
  const isRepository = (path: string) => existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects'))
  return foldersIn(root).flatMap((projectID) => {
    const project = join(root, projectID)
    const paths = isRepository(project)
      ? [project]
      : foldersIn(project)
          .map((name) => join(project, name))
          .filter(isRepository)
    return paths.map((path) => ({ path, projectID, worktree: worktreeOf(path) }))
  })
}

const foldersIn = (folder: string) =>
  entriesOf(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

/** `core.worktree` of a repository's own settings. */
const worktreeOf = (repository: string): string | null => worktreeIn(textOf(join(repository, 'config')))?.value ?? null

/** Where the settings name the work tree. The last line counts, as for git. */
function worktreeIn(settings: string): { readonly line: number; readonly value: string } | undefined {
  let inCore = false
  let found: { line: number; value: string } | undefined
  for (const [line, text] of settings.split('\n').entries()) {
    const section = /^\s*\[\s*([^\]\s"]+)/.exec(text)
    if (section) inCore = section[1]!.toLowerCase() === 'core'
    const value = inCore ? /^\s*worktree\s*=\s*(.*?)\s*$/i.exec(text)?.[1] : undefined
    if (value !== undefined) found = { line, value: unquoted(value) }
  }
  return found
}

/** The settings with another work tree, every other line as it is; undefined where they name none. */
export function settingLine(settings: string, worktree: string): string | undefined {
  const found = worktreeIn(settings)
  if (!found) return undefined
  const isPlain = /^[^\s"#;\\](?:[^"#;\\\n]*[^\s"#;\\])?$/.test(worktree)
  const value = isPlain ? worktree : `"${worktree.replace(/[\\"]/g, (sign) => `\\${sign}`)}"`
  return settings
    .split('\n')
    .map((text, line) => (line === found.line ? text.replace(/=.*$/, () => `= ${value}`) : text))
    .join('\n')
}

function textOf(path: string): string {
  try {
    return readRegular(path).toString()
  } catch {
    return ''
  }
}

const unquoted = (value: string) => (/^".*"$/.test(value) ? value.slice(1, -1).replace(/\\(["\\])/g, '$1') : value)

/** A file that a git that was killed has left, of which it takes no notice any more, or that keeps others out. */
export interface Leftover {
  readonly path: string
  readonly bytes: number
}

/** A git that is still running touches its files within this time. */
const abandonedAfterMs = 86_400_000

const isTemporary = (name: string) => /^(?:tmp_(?:pack|idx|rev|obj|mtimes)_|\.tmp-\d)/.test(name)
const isLock = (name: string) => name.endsWith('.lock') || name === 'gc.pid'

/** What killed processes have left in a repository more than a day ago: unfinished packs and objects, and locks. */
export function leftoversIn({ path }: SnapshotRepository, now = Date.now()): Leftover[] {
  const objects = join(path, 'objects')
  const loose = foldersIn(objects).filter((name) => /^[0-9a-f]{2}$/.test(name))
  const places: readonly (readonly [string, (name: string) => boolean])[] = [
    [path, isLock],
    [join(path, 'refs', 'heads'), isLock],
    [objects, isTemporary],
    [join(objects, 'info'), (name) => isLock(name) || isTemporary(name)],
    [join(objects, 'pack'), (name) => isLock(name) || isTemporary(name)],
    ...loose.map((name) => [join(objects, name), isTemporary] as const),
  ]
  return places.flatMap(([folder, isLeft]) =>
    entriesOf(folder)
      .filter((entry) => entry.isFile() && isLeft(entry.name))
      .flatMap((entry) => {
        const file = join(folder, entry.name)
        const stat = lstatSync(file, { throwIfNoEntry: false })
        return stat && now - stat.mtimeMs > abandonedAfterMs ? [{ path: file, bytes: stat.size }] : []
      }),
  )
}

/** The folders of objects that these repositories borrow from others (`objects/info/alternates`). */
export function borrowedBy(repositories: readonly SnapshotRepository[]): ReadonlySet<string> {
  const lines = repositories.flatMap(({ path }) => textOf(join(path, 'objects', 'info', 'alternates')).split('\n'))
  return new Set(lines.filter((line) => line !== ''))
}
