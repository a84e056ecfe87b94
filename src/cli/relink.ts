import { movedDirectories, relinkDirectory } from '../api/relink.ts'
import { OcvaultError } from '../base/errors.ts'
import type { RelinkReport } from '../mend/relink/relink.ts'
import { safeJSON } from '../render/safe-text.ts'
import { count, shortPath } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { relocationComplaints, storeLines } from './relocation.ts'
import { hint, Output, styleFor } from './terminal.ts'
import type { RelinkFlags } from './verbs/relink.ts'

/** `ocvault relink`. */
export async function relinkCommand(from: string | undefined, to: string | undefined, flags: RelinkFlags): Promise<void> {
  const { root: roots, force, dryRun, all } = flags
  if (all ? from !== undefined : from === undefined || to === undefined)
    throw new OcvaultError('usage', 'say where the directory was and where it is now, or --all')
  const pairs = all ? movedDirectories(roots) : [[from!, to!] as const]
  const reports = pairs.map(([old, now]) => relinkDirectory({ from: old, to: now, roots, force, dryRun }))
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(all ? reports : reports[0], 2)}\n`)
  else for (const report of reports) for (const line of reportLines(report, flags)) await out.write(`${line}\n`)
  await out.flush()
  if (pairs.length === 0 && !flags.quiet) process.stderr.write('ocvault: no directory is known to have moved\n')
  relocationComplaints(reports, flags)
  if (reports.every(({ stores, files }) => stores.length === 0 && files === 0)) process.exitCode = exitCode.notFound
  else if (!dryRun) hint('ocvault undo takes it back', flags)
}

function* reportLines({ from, to, dryRun, stores, files, sessions }: RelinkReport, flags: RelinkFlags): Iterable<string> {
  const style = styleFor(process.stdout, flags)
  if (stores.length === 0 && files === 0) {
    yield `nothing knows ${shortPath(from)}`
    return
  }
  const beside = files > 0 ? `, ${count(files, 'file')} beside` : ''
  yield style.good(
    `${dryRun ? 'would relink' : 'relinked'} ${shortPath(from)} → ${shortPath(to)}: ${count(sessions.length, 'session')}${beside}`,
  )
  yield* storeLines(stores, flags)
}
