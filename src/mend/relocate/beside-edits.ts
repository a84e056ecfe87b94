import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readRegular } from '../../base/regular.ts'
import type { Edit } from '../../transfer/edit/edit.ts'
import { changesIn } from '../../transfer/edit/json-places.ts'
import type { Project } from '../../transfer/write/writer.ts'
import { settingLine, snapshotRepositories } from '../snapshots/repositories.ts'
import type { Relocation } from './relocation.ts'

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')

function readIfThere(path: string): Buffer | undefined {
  try {
    return readRegular(path)
  } catch {
    return undefined
  }
}

/**
 * What it takes that snapshots of work trees which go somewhere are found there: the name of the repository (1.14 and later:
 * sha1 of the work tree's path), the work tree in its settings, and the objects that it borrows from the work tree's own
 * repository. Where OpenCode has made a new repository already, that one borrows from the old one.
 * @param projects the id that a project has now, by the one before
 */
export function* snapshotEdits(data: string, relocation: Relocation, projects: ReadonlyMap<string, Project>): Iterable<Edit> {
  for (const { path, projectID, worktree } of snapshotRepositories(data)) {
    const now = worktree === null ? null : relocation.directory(worktree)
    const to = newPath(data, path, projects.get(projectID)?.id ?? projectID, worktree, now)
    const isTaken = to !== path && existsSync(to)
    // Moved first: so what is changed in it is found there, on the way back too.
    if (to !== path && !isTaken) yield { kind: 'move', from: path, to }
    if (worktree !== null && now !== null && now !== worktree) yield* settingsEdits(path, isTaken ? path : to, now, relocation)
    if (isTaken) yield* lent(join(path, 'objects'), to)
  }
}

/** @param from where the repository is; @param at where it is when this is done */
function* settingsEdits(from: string, at: string, worktree: string, relocation: Relocation): Iterable<Edit> {
  const before = readIfThere(join(from, 'config'))
  const after = before && settingLine(before.toString(), worktree)
  if (before && after !== undefined) yield { kind: 'write', path: join(at, 'config'), before, after: Buffer.from(after) }
  const borrowed = readIfThere(join(from, alternates))
  if (!borrowed || borrowed.length === 0) return
  const lines = borrowed.toString().split('\n')
  const mapped = Buffer.from(lines.map((line) => (line === '' ? line : relocation.directory(line))).join('\n'))
  if (!mapped.equals(borrowed)) yield { kind: 'write', path: join(at, alternates), before: borrowed, after: mapped }
}

/** Where the repository of a work tree is looked for; where it is, if it is not named after its work tree. */
function newPath(data: string, path: string, project: string, worktree: string | null, now: string | null): string {
  const root = join(data, 'snapshot')
  if (dirname(path) === root) return join(root, project)
  return worktree !== null && now !== null && basename(path) === sha1(worktree) ? join(root, project, sha1(now)) : path
}

/** Other repositories' objects that a repository borrows: a path in each line. */
const alternates = join('objects', 'info', 'alternates')

/** Lets a repository borrow the objects of another one. */
function* lent(objects: string, to: string): Iterable<Edit> {
  const path = join(to, alternates)
  const before = readIfThere(path) ?? null
  const text = before?.toString() ?? ''
  if (text.split('\n').includes(objects)) return
  const line = text === '' || text.endsWith('\n') ? `${objects}\n` : `\n${objects}\n`
  yield { kind: 'write', path, before: before && before.length > 0 ? before : null, after: Buffer.from(text + line) }
}

/** The files that a person has named often, by their whole paths: `frecency.jsonl` of the state directory (1.0 and later). */
export function* stateEdits(state: string, relocation: Relocation): Iterable<Edit> {
  const path = join(state, 'frecency.jsonl')
  const before = readIfThere(path)
  if (!before || before.length === 0) return
  const rules = [{ pointer: ['path'], map: (text: string) => relocation.directory(text) }]
  const lines = before.toString().split('\n')
  const after = lines.map((line) => {
    const [change] = changesIn(Buffer.from(line), rules)
    return change ? line.replace(change.before, () => change.after) : line
  })
  if (after.some((line, at) => line !== lines[at])) {
    yield { kind: 'write', path, before, after: Buffer.from(after.join('\n')) }
  }
}
