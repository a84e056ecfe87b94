import { stat } from 'node:fs/promises'
import { table, truncate, truncateStart } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, shortPath } from '../render/words.ts'
import type { Generation } from '../stores/discover.ts'
import { OcvaultError } from '../stores/errors.ts'
import { type ImportedSession, type ImportReport, importSessions } from '../transfer/import.ts'
import { exitCode } from './exit-code.ts'
import type { CommonFlags } from './flags.ts'
import { ProgressLine } from './progress.ts'
import { hint, Output, styleFor, widthOf } from './terminal.ts'

interface ImportFlags extends CommonFlags {
  readonly into?: Generation
  readonly project?: string
  readonly keepProject?: boolean
  readonly map?: readonly string[]
  readonly update?: boolean
  readonly asCopy?: boolean
  readonly dryRun?: boolean
}

/** `ocvault import`. */
export async function importCommand(paths: readonly string[], flags: ImportFlags): Promise<void> {
  const { into, project, keepProject, update, asCopy, dryRun } = flags
  if (project !== undefined && keepProject) throw new OcvaultError('usage', '--project and --keep-project exclude each other')
  if (project !== undefined && !(await stat(project).catch(() => undefined))?.isDirectory()) {
    throw new OcvaultError('not-found', `no such directory: ${project}`)
  }
  const progress = new ProgressLine(flags)
  const report = await importSessions(paths, {
    ...(flags.root && { root: onlyRoot(flags.root) }),
    ...(into && { into }),
    ...(!keepProject && { project: project ?? currentDirectory() }),
    ...{ keepProject: keepProject ?? false, update: update ?? false, asCopy: asCopy ?? false, dryRun: dryRun ?? false },
    map: (flags.map ?? []).map(pairOf),
    onProgress: (done, sessions) => progress.update('importing', { done, sessions }),
  }).finally(() => progress.clear())
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else for (const line of linesOf(report, flags)) await out.write(`${line}\n`)
  await out.flush()
  complain(report, flags)
}

/** @throws OcvaultError when the directory that sessions would go to has been deleted */
function currentDirectory(): string {
  try {
    return process.cwd()
  } catch (error) {
    throw new OcvaultError('failed', 'this directory is gone; --project DIR or --keep-project says where sessions go', {
      cause: error,
    })
  }
}

function onlyRoot(roots: readonly string[]): string {
  if (roots.length === 1) return roots[0]!
  throw new OcvaultError('usage', 'sessions go into one database: give --root once')
}

function pairOf(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1 || at === text.length - 1) throw new OcvaultError('usage', `--map ${text}: write --map OLD=NEW`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** What a session's plan is in a word or two. */
function planWords({ plan, messages, copyOf, result }: ImportedSession): string {
  if (copyOf !== null) return 'copy'
  if (plan === null) return 'failed'
  if (result === 'refused' && plan !== 'replaces' && plan !== 'diverged') return 'held back'
  if (plan === 'adds') return `adds ${messages?.added ?? 0}`
  return { new: 'new', identical: 'identical', behind: 'older', replaces: 'replaces', diverged: 'diverged' }[plan]
}

const most = 50
/** Cells of a terminal that has room for where each session is from. */
const roomy = 140

function* linesOf(report: ImportReport, flags: CommonFlags): Iterable<string> {
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
  yield summary(report)
}

function summary({ sessions, dryRun, database, generation, why }: ImportReport): string {
  const by = Object.groupBy(sessions, ({ result }) => result)
  const words = [
    `${dryRun ? 'would write' : 'wrote'} ${count(by.written?.length ?? 0, 'session')}`,
    ...(by.skipped ? [`${by.skipped.length} already there`] : []),
    ...(by.refused ? [`${by.refused.length} refused`] : []),
    ...(by.failed ? [`${by.failed.length} failed`] : []),
  ]
  return `${words.join(', ')}: ${shortPath(database)} (OpenCode ${generation === 'v1' ? '1.x' : '2.x'}: ${why})`
}

/** What a person must know, on stderr, and the exit code that says it to a script. */
function complain(report: ImportReport, flags: CommonFlags): void {
  const say = (text: string) => process.stderr.write(`ocvault: ${safeLine(text)}\n`)
  for (const note of report.notes) say(note)
  for (const { id, note, result } of report.sessions) if (note !== null && result !== 'failed') say(`session ${id}: ${note}`)
  for (const { path, reason } of report.problems) say(`could not import ${path}: ${reason.replace(`${path} `, '')}`)
  const refused = report.sessions.filter(({ result }) => result === 'refused')
  for (const { id, plan, messages, differences } of refused) {
    if (plan !== 'replaces' && plan !== 'diverged') continue
    const only =
      messages && plan === 'diverged' ? `; ${count(messages.missing, 'message')} only here, ${messages.added} only there` : ''
    const what = differences.length > 0 ? `; different: ${differences.join(', ')}` : ''
    const flag =
      plan === 'replaces' ? '--update replaces what is here, --as-copy imports it beside' : '--as-copy imports it beside'
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
    hint(`opencode -s ${first.id} goes on with it; ocvault undo takes the import back`, flags)
  else hint('ocvault undo takes the import back', flags)
}
