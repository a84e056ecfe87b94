import { stat } from 'node:fs/promises'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { safeJSON } from '../render/safe-text.ts'
import { importSessions } from '../transfer/import/import.ts'
import { complain, reportLines } from './import-report.ts'
import { ProgressLine } from './progress.ts'
import { currentDirectory, onlyRoot } from './selection.ts'
import { Output } from './terminal.ts'
import type { ImportFlags } from './verbs/import.ts'

/** `ocvault import`. */
export async function importCommand(paths: readonly string[], flags: ImportFlags): Promise<void> {
  keepMemoryLow()
  const { into, project, keepProject, update, asCopy, dryRun } = flags
  if (project !== undefined && keepProject) throw new OcvaultError('usage', '--project and --keep-project exclude each other')
  if (project !== undefined && !(await stat(project).catch(() => undefined))?.isDirectory()) {
    throw new OcvaultError('not-found', `no such directory: ${project}`)
  }
  const progress = new ProgressLine(flags)
  const report = await importSessions(paths, {
    ...(flags.root && { root: onlyRoot(flags.root) }),
    ...(into && { into }),
    ...(!keepProject && { project: project ?? currentDirectory('; --project DIR or --keep-project says where sessions go') }),
    keepProject: keepProject ?? false,
    update: update ?? false,
    relocate: project === undefined ? 'into-projects' : 'always',
    asCopy: asCopy ?? false,
    dryRun: dryRun ?? false,
    map: (flags.map ?? []).map(pairOf),
    onProgress: (done, sessions) => progress.update('importing', { done, sessions }),
  }).finally(() => progress.clear())
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
