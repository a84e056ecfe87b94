import { importFrom } from '../api/import.ts'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { safeJSON } from '../render/safe-text.ts'
import { complain, reportLines } from './import-report.ts'
import { ProgressLine } from './progress.ts'
import { currentDirectory, onlyRoot } from './selection.ts'
import { Output } from './terminal.ts'
import type { ImportFlags } from './verbs/import.ts'

/** `ocvault import`. */
export async function importCommand(paths: readonly string[], flags: ImportFlags): Promise<void> {
  keepMemoryLow()
  const { into, keepProject, update, asCopy, dryRun } = flags
  if (flags.project !== undefined && keepProject)
    throw new OcvaultError('usage', '--project and --keep-project exclude each other')
  const here = () => currentDirectory('; --project DIR or --keep-project says where sessions go')
  const project = keepProject ? undefined : (flags.project ?? here())
  const root = flags.root && onlyRoot(flags.root)
  const map = (flags.map ?? []).map(pairOf)
  const progress = new ProgressLine(flags)
  const relocate = flags.project === undefined ? 'into-projects' : 'always'
  const request = { paths, root, into, project, keepProject, relocate, update, asCopy, dryRun, map } as const
  const report = await importFrom(request, (done, sessions) => progress.update('importing', { done, sessions })).finally(() =>
    progress.clear(),
  )
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else for (const line of reportLines(report, flags)) await out.write(`${line}\n`)
  await out.flush()
  complain(report, 'import', flags)
}

/** What `--map` says: the old directory and the new one. @throws OcvaultError `usage` */
export function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1) throw new OcvaultError('usage', `--map ${text}: write --map OLD=NEW`)
  return [text.slice(0, at), text.slice(at + 1)]
}
