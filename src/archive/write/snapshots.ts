import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from '../../base/errors.ts'
import { blocksOfFile } from '../../base/regular.ts'
import { kindOfEntry } from '../format/names.ts'

/**
 * A file of a snapshot repository: its content in blocks, each gone when the next is asked for, or why it cannot be in an
 * archive.
 */
export type SnapshotFile = { readonly from: string } & (
  | { readonly entry: string; readonly blocks: Iterable<Uint8Array> }
  | { readonly problem: string }
)

/**
 * The files of the repositories in which OpenCode keeps work trees; each entry once.
 * @param folders that hold a repository for each project
 */
export function* snapshotFiles(folders: Iterable<string>, projects: Iterable<string>): Iterable<SnapshotFile> {
  const wanted = [...projects].filter((project) => kindOfEntry(`snapshots/${project}`) !== undefined)
  const taken = new Set<string>()
  for (const folder of folders) {
    for (const project of wanted) {
      for (const path of filesBelow(join(folder, project))) {
        const entry = `snapshots/${project}/${path}`
        if (taken.has(entry)) continue
        taken.add(entry)
        const from = join(folder, project, path)
        yield fileFor(entry, from)
      }
    }
  }
}

/**
 * The file is opened, and its first block read, before an entry begins, so that none has to be taken back; git may remove it
 * meanwhile.
 */
function fileFor(entry: string, from: string): SnapshotFile {
  if (kindOfEntry(entry) === undefined) return { from, problem: 'has a name that an archive cannot have' }
  try {
    const rest = blocksOfFile(from, { links: false })[Symbol.iterator]()
    const first = rest.next()
    const blocks = function* () {
      for (let block = first; !block.done; block = rest.next()) yield block.value
    }
    return { from, entry, blocks: blocks() }
  } catch (error) {
    return { from, problem: reasonOf(error) }
  }
}

/** Paths of the files below a folder, in one order, with `/`; none for one that is not there. */
function* filesBelow(folder: string, below = ''): Iterable<string> {
  let names: { name: string; isFolder: boolean }[]
  try {
    const found = readdirSync(join(folder, below), { withFileTypes: true })
    names = found
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
  } catch {
    return
  }
  for (const { name, isFolder } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isFolder) yield* filesBelow(folder, `${below}${name}/`)
    else yield `${below}${name}`
  }
}
