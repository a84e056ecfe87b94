import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { blocksOf } from '../base/blocks.ts'
import { OcvaultError } from '../base/errors.ts'
import { writeAtomically } from '../base/files.ts'
import { escapedJSON, safeJSON, safeLine, safeText } from '../render/safe-text.ts'
import { count } from '../render/words.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { folderDestination, refuseExisting, zipDestination } from '../transfer/export/destination.ts'
import { type ExportFormat, exportSessions, extensionOf, isPage, printSession } from '../transfer/export/export.ts'
import { FileNames } from '../transfer/export/file-name.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { filterFor, resolveSession, withCatalog } from './selection.ts'
import { hint, Output } from './terminal.ts'
import type { ExportFlags } from './verbs/export.ts'

/** `ocvault export`. */
export async function exportCommand(names: readonly string[], flags: ExportFlags): Promise<void> {
  keepMemorySmall(flags.format)
  await withCatalog(flags, async (catalog) => {
    const those = names.length > 0 ? await named(catalog, names, flags) : undefined
    const tree = flags.tree ?? names.length !== 1
    const roots = those ?? (await selected(catalog, flags))
    const { format, output } = flags
    // A page takes its subagents in; any other document is of one session.
    const documents = tree && !isPage(format) ? withSubagents(catalog, roots) : roots
    const single = those?.length === 1 ? those[0] : undefined
    const isOne = single && (!tree || single.subagents === 0 || (isPage(format) && !isFolder(output ?? '')))
    if (output === undefined) await toStdout(catalog, documents, tree, flags)
    else if (isOne && !isZip(output)) await toFile(catalog, single, output, tree, flags)
    else await toMany(catalog, tree ? withSubagents(catalog, roots) : roots, output, flags)
  })
}

/**
 * An export makes much that is short-lived, of which V8 lets tens of MB pile up before it cleans up. Measured on 500 MB: half the
 * memory in the same time. Pages are made of longer texts, and need the second flag for that; it costs a third of the time.
 */
function keepMemorySmall(format: ExportFormat): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  if (isPage(format)) setFlagsFromString('--optimize-for-size')
}

async function named(catalog: Catalog, names: readonly string[], flags: ExportFlags): Promise<Session[]> {
  const { since, until, agent, model, title, archived, all } = flags
  if ([since, until, agent, model, title, archived, all].some((flag) => flag !== undefined)) {
    throw new OcvaultError('usage', 'sessions are either named or selected by flags, not both')
  }
  const sessions: Session[] = []
  for (const name of names) sessions.push(await resolveSession(catalog, name, flags))
  return sessions
}

async function selected(catalog: Catalog, flags: ExportFlags): Promise<Iterable<Session>> {
  return catalog.sessions({ ...(await filterFor(catalog, [], flags)), roots: true })
}

function* withSubagents(catalog: Catalog, roots: Iterable<Session>): Iterable<Session> {
  for (const root of roots) for (const [session] of catalog.tree(root)) yield session
}

const isZip = (path: string) => path.toLowerCase().endsWith('.zip')
const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? /[/\\]$/.test(path)

function warn(problem: string): void {
  process.stderr.write(`ocvault: ${safeLine(problem)}\n`)
  process.exitCode = exitCode.incomplete
}

function several(): OcvaultError {
  return new OcvaultError('usage', 'several sessions do not go into one document; -o FOLDER or -o sessions.zip takes them')
}

async function toStdout(catalog: Catalog, sessions: Iterable<Session>, subagents: boolean, flags: ExportFlags): Promise<void> {
  let only: Session | undefined
  for (const session of sessions) {
    if (only) throw several()
    only = session
  }
  if (!only) return nothing(flags)
  const out = new Output()
  const { format } = flags
  const shown = isPage(format) ? safeText : escapedJSON
  for (const text of await printSession(catalog, only, { format, onProblem: warn, subagents })) {
    const full = out.write(process.stdout.isTTY ? shown(text) : text)
    if (full) await full
  }
  await out.flush()
}

async function toFile(catalog: Catalog, session: Session, output: string, subagents: boolean, flags: ExportFlags): Promise<void> {
  const { format, force } = flags
  const path = isFolder(output) ? join(output, new FileNames(extensionOf(format)).nameFor(session)) : output
  if (!force) refuseExisting([path])
  writeAtomically(path, blocksOf(await printSession(catalog, session, { format, onProblem: warn, subagents })))
  hint(`${safeLine(path)} is written`, flags)
}

async function toMany(catalog: Catalog, sessions: Iterable<Session>, output: string, flags: ExportFlags): Promise<void> {
  const { format, force = false } = flags
  const isFile = statSync(output, { throwIfNoEntry: false })?.isFile() ?? output.endsWith(`.${extensionOf(format)}`)
  if (!isZip(output) && isFile) throw several()
  const to = isZip(output) ? zipDestination(output, force) : folderDestination(output, force)
  const progress = new ProgressLine(flags)
  const onProgress = (done: number, sessions: number) => progress.update('exporting', { done, sessions })
  const index = await exportSessions(catalog, sessions, to, { format, onProblem: warn, onProgress }).finally(() =>
    progress.clear(),
  )
  if (index.length === 0) return nothing(flags)
  if (flags.json) {
    const out = new Output()
    await out.write(`${safeJSON(index, 2)}\n`)
    await out.flush()
  } else hint(`${count(index.length, 'session')} ${index.length === 1 ? 'is' : 'are'} in ${safeLine(output)}`, flags)
}

function nothing(flags: ExportFlags): void {
  if (!flags.quiet) process.stderr.write('ocvault: no session matches; ocvault list --all shows what there is\n')
  process.exitCode = exitCode.notFound
}
