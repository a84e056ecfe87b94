import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { listOf, objectOf, parseObject, textOf } from '../../base/json.ts'
import { ProblemLog } from '../../base/problems.ts'
import { readRegular } from '../../base/regular.ts'
import { projectSlug } from '../../opencode/project.ts'
import { folderNames, jsonNames } from '../../stores/json/json-files.ts'
import type { Edit } from '../../transfer/edit/edit.ts'
import { changesIn, directoriesIn, type JsonRule, rulesFor } from '../../transfer/edit/json-places.ts'
import type { Project } from '../../transfer/write/writer.ts'
import type { EditedSession } from './database-edits.ts'
import type { Relocation } from './relocation.ts'

interface Told {
  /** A session that goes somewhere, before its edits. */
  session(session: EditedSession): void
}

/**
 * Texts in a JSON file that become others. A file that is gone, or damaged, has none.
 * @param at where the file is when this is done
 */
function* inFile(path: string, rules: readonly JsonRule[], at = path): Iterable<Edit> {
  const bytes = bytesOf(path)
  if (bytes) for (const change of changesIn(bytes, rules)) yield { kind: 'json', store: at, row: null, ...change }
}

function bytesOf(path: string): Buffer | undefined {
  try {
    return readRegular(path)
  } catch {
    return undefined // named wherever it is read for what it says
  }
}

const objectIn = (path: string) => objectOf(parseObject(bytesOf(path)?.toString() ?? null))

/** Every edit that it takes to relocate what a tree of 0.6 to 1.1.65 says. @param root its `storage` folder */
export function* treeEdits(root: string, relocation: Relocation, told: Told): Iterable<Edit> {
  const log = new ProblemLog()
  const map = (path: string) => relocation.directory(path)
  const projects = new Map<string, Project & { readonly before: string }>()
  for (const id of jsonNames(join(root, 'project'), log)) {
    const worktree = textOf(objectIn(join(root, 'project', `${id}.json`)).worktree)
    if (worktree === null) continue
    const now = relocation.project({ id, worktree }) ?? { id, worktree, vcs: null }
    projects.set(id, { ...now, before: worktree })
  }
  const made = new Set<string>()
  for (const projectID of folderNames(join(root, 'session'), log)) {
    for (const id of jsonNames(join(root, 'session', projectID), log)) {
      const file = join(root, 'session', projectID, `${id}.json`)
      const info = objectIn(file)
      const directory = textOf(info.directory) ?? projects.get(projectID)?.before ?? null
      if (directory === null) continue
      const place = relocation.session(
        { id, generation: 'v1', projectID, directory, path: textOf(info.path) },
        projects.get(projectID),
      )
      if (!place) continue
      told.session({ id, title: textOf(info.title) ?? '' })
      const to = join(root, 'session', place.project.id, `${id}.json`)
      if (to !== file && existsSync(to)) continue
      if (to !== file) {
        if (!made.has(place.project.id)) yield* projectFile(root, place.project)
        made.add(place.project.id)
        yield { kind: 'move', from: file, to }
      }
      const own: JsonRule[] = [
        { pointer: ['directory'], map: () => place.directory },
        { pointer: ['projectID'], map: () => place.project.id },
        ...(place.path === null ? [] : [{ pointer: ['path'], map: () => place.path! }]),
      ]
      yield* inFile(file, own, to)
      yield* transcriptEdits(join(root, 'message', id), (message) => join(root, 'part', message), map)
    }
  }
  for (const id of jsonNames(join(root, 'project'), log)) {
    const file = join(root, 'project', `${id}.json`)
    const now = projects.get(id)
    if (now === undefined || now.id !== id) continue
    yield* inFile(file, [{ pointer: ['worktree'], map: () => now.worktree }, ...rulesFor([['sandboxes', '*']], map)])
  }
}

/** The file of a project that sessions go to, where there is none. */
function* projectFile(root: string, { id, worktree, vcs }: Project): Iterable<Edit> {
  const path = join(root, 'project', `${id}.json`)
  if (existsSync(path)) return
  const project = { id, worktree, ...(vcs && { vcs }), time: { created: Date.now() } }
  yield { kind: 'write', path, before: null, after: Buffer.from(JSON.stringify(project, null, 2)) }
}

/**
 * Directories in the messages of a session, and in their parts.
 * @param at where a file is when this is done
 */
function* transcriptEdits(
  folder: string,
  partsOf: (message: string) => string,
  map: (path: string) => string,
  at = (path: string) => path,
): Iterable<Edit> {
  const log = new ProblemLog()
  const ways = rulesFor([...directoriesIn.message, ...directoriesIn.legacy], map)
  for (const message of jsonNames(folder, log)) {
    const own = join(folder, `${message}.json`)
    yield* inFile(own, ways, at(own))
    for (const part of jsonNames(partsOf(message), log)) {
      const file = join(partsOf(message), `${part}.json`)
      if (objectIn(file).type === 'patch') yield* inFile(file, rulesFor(directoriesIn.patch, map), at(file))
    }
  }
}

/**
 * The same of a tree of 0.5.29 and before, whose folder is named after the path of its repository.
 * @param root its `storage` folder
 */
export function* slugEdits(root: string, relocation: Relocation, told: Told): Iterable<Edit> {
  const log = new ProblemLog()
  const project = dirname(root)
  const map = (path: string) => relocation.directory(path)
  const sessions = jsonNames(join(root, 'session', 'info'), log).map((id) => {
    const folders = [root, join(project, 'broken')].map((at) => join(at, 'session', 'message', id))
    return { id, folders, roots: folders.flatMap(rootsIn) }
  })
  const worktree = sessions.flatMap(({ roots }) => roots).find((at) => projectSlug(at) === basename(project))
  const now = worktree === undefined ? undefined : map(worktree)
  const named = now === undefined || now === worktree ? project : join(dirname(project), projectSlug(now))
  const to = named === project || existsSync(named) ? project : named
  // Moved first: so what is changed in it is found there, on the way back too.
  if (to !== project) yield { kind: 'move', from: project, to }
  for (const { id, folders, roots } of sessions) {
    if (!roots.some((at) => map(at) !== at)) continue
    told.session({ id, title: textOf(objectIn(join(root, 'session', 'info', `${id}.json`)).title) ?? '' })
    const partsOf = (message: string) => join(root, 'session', 'part', id, message)
    for (const folder of folders) yield* transcriptEdits(folder, partsOf, map, (path) => to + path.slice(project.length))
  }
}

/** Where the answers of a session ran. */
function rootsIn(folder: string): string[] {
  const roots = new Set<string>()
  for (const name of jsonNames(folder, new ProblemLog())) {
    const info = objectIn(join(folder, `${name}.json`))
    const path = objectOf(info.path ?? objectOf(objectOf(info.metadata).assistant).path)
    for (const each of listOf([path.root, path.cwd])) if (typeof each === 'string' && each !== '/') roots.add(each)
  }
  return [...roots]
}
