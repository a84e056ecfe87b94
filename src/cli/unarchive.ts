import { unarchiveSession } from '../api/unarchive.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, shortPath, titleOf } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { onlyRoot } from './selection.ts'
import { hint, styleFor } from './terminal.ts'
import type { UnarchiveFlags } from './verbs/unarchive.ts'

/** `ocvault unarchive`. */
export async function unarchiveCommand(session: string, flags: UnarchiveFlags): Promise<void> {
  const { dryRun } = flags
  const report = unarchiveSession({ session, root: flags.root && onlyRoot(flags.root), dryRun })
  const { sessions, database } = report
  if (flags.json) process.stdout.write(`${safeJSON(report, 2)}\n`)
  else if (sessions.length > 0) {
    const style = styleFor(process.stdout, flags)
    const done = `${dryRun ? 'would unarchive' : 'unarchived'} ${count(sessions.length, 'session')} in ${shortPath(database)}`
    const lines = [style.good(done), ...sessions.map((each) => `  ${safeLine(each.id)}  ${titleOf(each)}`)]
    process.stdout.write(`${lines.join('\n')}\n`)
  }
  if (sessions.length > 0) {
    if (!dryRun) hint('ocvault undo takes it back', flags)
    return
  }
  if (!flags.quiet) process.stderr.write(`ocvault: session ${safeLine(session)} is not archived in ${shortPath(database)}\n`)
  process.exitCode = exitCode.notFound
}
