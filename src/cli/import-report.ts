import { table, truncate, truncateStart } from '../render/layout.ts'
import { safeLine } from '../render/safe-text.ts'
import { quotedWord } from '../render/shell-word.ts'
import { count, shortPath } from '../render/words.ts'
import type { ImportedSession, ImportReport } from '../transfer/import/report.ts'
import type { CommonFlags } from './common-flags.ts'
import { exitCode } from './exit-code.ts'
import { advised, otherTables } from './hints.ts'
import { hint, styleFor, widthOf } from './terminal.ts'

/** What a session's plan is in a word or two. */
export function planWords({ plan, messages, copyOf, result }: ImportedSession): string {
  if (copyOf !== null) return 'copy'
  if (plan === null) return 'failed'
  if (result === 'refused' && plan !== 'replaces' && plan !== 'diverged') return 'held back'
  if (plan === 'adds') return `adds ${messages?.added ?? 0}`
  return { new: 'new', identical: 'identical', behind: 'older', replaces: 'replaces', diverged: 'diverged' }[plan]
}

const most = 50
/** Cells of a terminal that has room for where each session is from. */
const roomy = 140

/** What was done, or would be, a line for each session. */
export function* reportLines(report: ImportReport, flags: CommonFlags, what = storeWords(report)): Iterable<string> {
  const style = styleFor(process.stdout, flags)
  const width = widthOf(process.stdout)
  const shown = process.stdout.isTTY ? report.sessions.slice(0, most) : report.sessions
  const colour = { written: style.good, skipped: style.dim, refused: style.bad, failed: style.bad }
  const rows = table(
    shown.map((session) => [
      planWords(session),
      session.id,
      session.messages === null ? '' : count(session.messages.total, 'message'),
      `${session.parentID === null ? '' : '  '}${truncate(safeLine(session.title ?? ''), 50)}`,
      ...(width >= roomy ? [truncateStart(safeLine(session.from), 40)] : []),
    ]),
    [2],
  )
  for (const [index, row] of rows.entries()) yield colour[shown[index]!.result](truncate(row, width))
  if (shown.length < report.sessions.length)
    yield style.dim(`… and ${count(report.sessions.length - shown.length, 'more session')}`)
  yield summary(report, what)
}

/** The database, and why it was written for its generation. */
export function storeWords({ database, generation, why, other }: ImportReport): string {
  return `${shortPath(database)} (OpenCode ${generation === 'v1' ? '1.x' : '2.x'}: ${why}${otherTables(other)})`
}

/** How many sessions were written, and what became of the others. */
export function summary({ sessions, dryRun }: ImportReport, what: string): string {
  const by = Object.groupBy(sessions, ({ result }) => result)
  const words = [
    `${dryRun ? 'would write' : 'wrote'} ${count(by.written?.length ?? 0, 'session')}`,
    ...(by.skipped ? [`${by.skipped.length} already there`] : []),
    ...(by.refused ? [`${by.refused.length} refused`] : []),
    ...(by.failed ? [`${by.failed.length} failed`] : []),
  ]
  return `${words.join(', ')}: ${what}`
}

/** What a person must know, on stderr, and the exit code that says it to a script. */
export function complain(report: ImportReport, verb: 'import' | 'restore' | 'rescue', flags: CommonFlags): void {
  const say = (text: string) => process.stderr.write(`ocvault: ${safeLine(text)}\n`)
  for (const note of report.notes) say(note)
  for (const { id, note, result } of report.sessions) if (note !== null && result !== 'failed') say(`session ${id}: ${note}`)
  for (const { path, reason, hint: next } of report.problems) {
    say(advised(`could not ${verb} ${path}: ${reason.replace(`${path} `, '')}`, next))
  }
  const refused = report.sessions.filter(({ result }) => result === 'refused')
  for (const { id, plan, messages, differences, from } of refused) {
    if (plan !== 'replaces' && plan !== 'diverged') continue
    const only =
      messages && plan === 'diverged' ? `; ${count(messages.missing, 'message')} only here, ${messages.added} only there` : ''
    const what = differences.length > 0 ? `; different: ${differences.join(', ')}` : ''
    const flag =
      verb === 'rescue'
        ? `ocvault import ${quotedWord(from)} --as-copy takes it beside`
        : plan === 'replaces'
          ? `--update replaces what is here, --as-copy ${verb}s it beside`
          : `--as-copy ${verb}s it beside`
    say(`session ${id} is here with other content${only}${what} (${flag})`)
  }
  if (refused.length > 0) process.exitCode = exitCode.refused
  else if (report.problems.length > 0) {
    const nothing = report.sessions.every(({ result }) => result === 'failed')
    process.exitCode = nothing ? exitCode.failed : exitCode.incomplete
  }
  const first = report.sessions.find(({ result, parentID }) => result === 'written' && parentID === null)
  if (report.dryRun || report.change === null) return
  if (first && report.generation === 'v1')
    hint(`opencode -s ${first.id} goes on with it; ocvault undo takes the ${verb} back`, flags)
  else hint(`ocvault undo takes the ${verb} back`, flags)
}
