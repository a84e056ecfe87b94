import { setFlagsFromString } from 'node:v8'
import { exportDocument, exportFiles } from '../api/export.ts'
import type { Request } from '../api/requests.ts'
import { escapedJSON, safeJSON, safeLine, safeText } from '../render/safe-text.ts'
import { count } from '../render/words.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { type ExportFormat, isPage } from '../transfer/export/export.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { directoryFor, selectionOf, selects, withCatalog } from './selection.ts'
import { hint, Output } from './terminal.ts'
import type { ExportFlags } from './verbs/export.ts'

/** `ocvault export`. */
export async function exportCommand(names: readonly string[], flags: ExportFlags): Promise<void> {
  keepMemorySmall(flags.format)
  const request = requestOf(names, flags)
  await withCatalog(
    flags,
    async (catalog) => {
      if (flags.output === undefined) await toStdout(catalog, request, flags)
      else await toFiles(catalog, request, flags.output, flags)
    },
    flags.format === 'opencode' || flags.format === 'opencode2',
  )
}

/**
 * An export makes much that is short-lived, of which V8 lets tens of MB pile up before it cleans up. Measured on 500 MB: half the
 * memory in the same time. Pages are made of longer texts, and need the second flag for that; it costs a third of the time.
 */
function keepMemorySmall(format: ExportFormat): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  if (isPage(format)) setFlagsFromString('--optimize-for-size')
}

function requestOf(names: readonly string[], flags: ExportFlags): Request<'export'> {
  const { format, tree } = flags
  // With --project the newest session of another project can be named.
  if (names.length > 0) selects(names, { ...flags, project: undefined })
  const choice = names.length > 0 ? { sessions: names, project: directoryFor(names, flags) } : selectionOf([], flags)
  return { ...choice, format, tree }
}

function warn(problem: string): void {
  process.stderr.write(`ocvault: ${safeLine(problem)}\n`)
  process.exitCode = exitCode.incomplete
}

async function toStdout(catalog: Catalog, request: Request<'export'>, flags: ExportFlags): Promise<void> {
  const document = await exportDocument(catalog, request, { onProblem: warn })
  if (!document) return nothing(flags)
  const out = new Output()
  const shown = isPage(flags.format) ? safeText : escapedJSON
  for (const text of document) {
    const full = out.write(process.stdout.isTTY ? shown(text) : text)
    if (full) await full
  }
  await out.flush()
}

async function toFiles(catalog: Catalog, request: Request<'export'>, output: string, flags: ExportFlags): Promise<void> {
  const progress = new ProgressLine(flags)
  const onProgress = (done: number, sessions: number) => progress.update('exporting', { done, sessions })
  const options = { force: flags.force ?? false, onProblem: warn, onProgress }
  const written = await exportFiles(catalog, request, output, options).finally(() => progress.clear())
  if (written.kind === 'file') return hint(`${safeLine(written.path)} is written`, flags)
  const { index } = written
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
