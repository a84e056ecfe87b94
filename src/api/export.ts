import { statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { blocksOf } from '../base/blocks.ts'
import { OcvaultError } from '../base/errors.ts'
import { makeFolder } from '../base/files.ts'
import { isStream, openOutput, writeOutput } from '../base/output.ts'
import { removeAbandoned } from '../base/temporary.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { folderDestination, refuseExisting, zipDestination } from '../transfer/export/destination.ts'
import { exportSessions, extensionOf, type IndexEntry, isPage, printSession } from '../transfer/export/export.ts'
import { FileNames } from '../transfer/export/file-name.ts'
import type { Request } from './requests.ts'
import { chosenSessions } from './sessions.ts'

interface Told {
  /** Is told what could not be written as it is. */
  readonly onProblem: (problem: string) => void
}

/** The sessions of an export, and whether their subagents come with them. */
async function exported(catalog: Catalog, request: Request<'export'>) {
  const { sessions: names = [], tree = names.length !== 1 } = request
  const roots = await chosenSessions(catalog, request)
  const [only] = names.length === 1 ? [...roots] : []
  return { roots: only ? [only] : roots, tree, only }
}

function* withSubagents(catalog: Catalog, roots: Iterable<Session>): Iterable<Session> {
  for (const root of roots) for (const [session] of catalog.tree(root)) yield session
}

const several = () => new OcvaultError('usage', 'several sessions do not go into one document', { hint: 'export-files' })

/**
 * One session as one document, in pieces of text; undefined when no session is meant.
 * @throws OcvaultError `usage` when several are
 */
export async function exportDocument(
  catalog: Catalog,
  request: Request<'export'>,
  { onProblem }: Told,
): Promise<Iterable<string> | undefined> {
  const { format } = request
  const { roots, tree } = await exported(catalog, request)
  let only: Session | undefined
  // A page takes its subagents in; any other document is of one session.
  for (const session of tree && !isPage(format) ? withSubagents(catalog, roots) : roots) {
    if (only) throw several()
    only = session
  }
  return only && printSession(catalog, only, { format, onProblem, subagents: tree })
}

interface FilesOptions extends Told {
  /** Replace what is there. */
  readonly force: boolean
  readonly onProgress?: (done: number, sessions: number) => void
}

/** What was written: one file, or several with what each is of. */
export type ExportedFiles =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'files'; readonly index: readonly IndexEntry[] }

/**
 * Sessions as files: into a file, a folder, or a zip.
 * @throws OcvaultError `usage` when several sessions are to go into a file, `refused` when something is there
 */
export async function exportFiles(
  catalog: Catalog,
  request: Request<'export'>,
  output: string,
  { force, onProblem, onProgress }: FilesOptions,
): Promise<ExportedFiles> {
  const { format } = request
  const { roots, tree, only } = await exported(catalog, request)
  if (only && !isZip(output) && (!tree || only.subagents === 0 || (isPage(format) && !isFolder(output)))) {
    const path = isFolder(output) ? join(output, new FileNames(extensionOf(format)).nameFor(only)) : output
    if (!force) refuseExisting([path])
    if (path !== output) makeFolder(output)
    removeAbandoned(dirname(path), (name) => basename(path).startsWith(name))
    const printed = await printSession(catalog, only, { format, onProblem, subagents: tree })
    await writeOutput(await openOutput(path), blocksOf(printed))
    return { kind: 'file', path }
  }
  const there = statSync(output, { throwIfNoEntry: false })
  const isFile = isStream(output) || (there ? there.isFile() : output.endsWith(`.${extensionOf(format)}`))
  if (!isZip(output) && isFile) throw several()
  const to = isZip(output) ? zipDestination(output, force) : folderDestination(output, force)
  const sessions = tree ? withSubagents(catalog, roots) : roots
  const index = await exportSessions(catalog, sessions, to, { format, onProblem, ...(onProgress && { onProgress }) })
  return { kind: 'files', index }
}

const isZip = (path: string) => path.toLowerCase().endsWith('.zip')
const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? /[/\\]$/.test(path)
