import { rescue } from '../api/rescue.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import type { RescueReport } from '../mend/rescue/rescue.ts'
import { table, truncate, wrap } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, shortPath } from '../render/words.ts'
import type { ImportedSession } from '../transfer/import/report.ts'
import { complain, planWords, storeWords, summary } from './import-report.ts'
import { ProgressLine } from './progress.ts'
import { onlyRoot } from './selection.ts'
import { Output, styleFor, widthOf } from './terminal.ts'
import type { RescueFlags } from './verbs/rescue.ts'

/** `ocvault rescue`. */
export async function rescueCommand(sessions: readonly string[], flags: RescueFlags): Promise<void> {
  keepMemoryLow()
  const { dryRun, into } = flags
  const root = flags.root && onlyRoot(flags.root)
  const progress = new ProgressLine(flags)
  progress.step('looking for what OpenCode does not show')
  const onProgress = (done: number, all: number) => progress.update('rescuing', { done, sessions: all })
  const report = await rescue({ sessions, root, into, dryRun, onProgress }).finally(() => progress.clear())
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else for (const line of lines(report, flags)) await out.write(`${line}\n`)
  await out.flush()
  if (report.sessions.length === 0 && report.problems.length === 0 && !flags.quiet)
    process.stderr.write(`ocvault: nothing to rescue: ${shortPath(report.database)} has all that can be found\n`)
  complain(report, 'rescue', flags)
}

/** How many sessions of one source a terminal shows. */
const most = 20

/** What becomes of a session; one that was in the database already, without a part of its rows, is mended. */
const wordsOf = (session: ImportedSession, { database }: RescueReport): string =>
  session.from === database && session.result === 'written' ? 'mended' : planWords(session)

/** One table: where each comes from, why nobody showed it, and what becomes of it. */
function* lines(report: RescueReport, flags: RescueFlags): Iterable<string> {
  if (report.sessions.length === 0) return
  const style = styleFor(process.stdout, flags)
  const width = widthOf(process.stdout)
  const colour = { written: style.good, skipped: style.dim, refused: style.bad, failed: style.bad }
  const rows = table(
    report.sessions.map((session) => [
      wordsOf(session, report),
      safeLine(session.id),
      session.messages === null ? '' : count(session.messages.total, 'message'),
      `${session.parentID === null ? '' : '  '}${truncate(safeLine(session.title ?? ''), 50)}`,
    ]),
    [2],
  )
  const at = new Map(report.sessions.map(({ id }, index) => [id, index]))
  for (const { path, reason, sessions } of report.sources) {
    yield style.bold(`${count(sessions.length, 'session')} from ${shortPath(path)}`)
    yield wrap(style.dim(safeLine(reason)), width, '  ')
    const shown = process.stdout.isTTY ? sessions.slice(0, most) : sessions
    for (const id of shown) {
      const index = at.get(id)!
      yield colour[report.sessions[index]!.result](truncate(`  ${rows[index]}`, width))
    }
    if (shown.length < sessions.length) yield style.dim(`  … and ${count(sessions.length - shown.length, 'more session')}`)
    yield ''
  }
  yield summary(report, storeWords(report))
}
