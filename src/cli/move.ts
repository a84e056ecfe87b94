import { moveTo } from '../api/move.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, shortPath } from '../render/words.ts'
import { relocationComplaints, storeLines } from './relocation.ts'
import { directoryFor } from './selection.ts'
import { hint, Output, styleFor } from './terminal.ts'
import type { MoveFlags } from './verbs/move.ts'

/** `ocvault move`. */
export async function moveCommand(sessions: readonly string[], flags: MoveFlags): Promise<void> {
  const { root: roots, dryRun, toProject } = flags
  const report = await moveTo({ sessions, to: toProject, project: directoryFor(sessions, flags), roots, dryRun })
  const out = new Output()
  const isThere = report.change === null && !dryRun
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else {
    const what = isThere ? 'already in' : `${dryRun ? 'would move' : 'moved'} to`
    const style = styleFor(process.stdout, flags)
    await out.write(`${style.good(`${count(report.sessions.length, 'session')} ${what} ${shortPath(report.to)}`)}\n`)
    for (const line of storeLines(report.stores, flags)) await out.write(`${line}\n`)
  }
  await out.flush()
  relocationComplaints([report], flags)
  const [first] = report.sessions
  if (report.change !== null && first)
    hint(`cd ${safeLine(report.to)} && opencode -s ${first.id} goes on; ocvault undo takes it back`, flags)
}
