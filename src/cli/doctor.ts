import { diagnose } from '../api/doctor.ts'
import type { DatabaseFigures } from '../mend/doctor/database-figures.ts'
import type { DoctorReport } from '../mend/doctor/doctor.ts'
import type { Finding } from '../mend/doctor/finding.ts'
import type { FolderFigures } from '../mend/doctor/folder-findings.ts'
import { table, truncate, wrap } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import type { Style } from '../render/terminal/style.ts'
import { count, fileSize, grouped, shortPath } from '../render/words.ts'
import { cureWords } from '../serve/pages/cure-words.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { catalogOf } from './selection.ts'
import { Output, styleFor, widthOf } from './terminal.ts'
import type { DoctorFlags } from './verbs/doctor.ts'

/** `ocvault doctor`. What cannot be read is a finding here like any other. */
export async function doctorCommand(flags: DoctorFlags): Promise<void> {
  const catalog = await catalogOf(flags)
  const progress = new ProgressLine(flags)
  let report: DoctorReport
  try {
    report = diagnose(catalog, flags.root === undefined, (what) => progress.step(`looking at ${shortPath(what)}`))
  } finally {
    progress.clear()
    catalog.close()
  }
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else
    for (const line of reportLines(report, styleFor(process.stdout, flags), widthOf(process.stdout))) await out.write(`${line}\n`)
  await out.flush()
  if (flags.check && report.findings.length > 0) process.exitCode = exitCode.failed
}

function* reportLines(report: DoctorReport, style: Style, width: number): Iterable<string> {
  for (const database of report.databases) yield* databaseLines(database, style)
  const folders = report.folders.flatMap(folderRows)
  if (folders.length > 0) yield* ['', ...table(folders, [0])]
  const { all, archived } = report.sessions
  yield ''
  yield `${count(all, 'session')}${archived > 0 ? `, ${grouped(archived)} of them archived` : ''}`
  for (const { pid, name, database } of report.running)
    yield style.dim(`${safeLine(name)} (process ${pid}) has ${shortPath(database)} open`)
  for (const note of report.notes) yield wrap(style.dim(safeLine(note)), width, '')
  yield ''
  if (report.findings.length === 0) yield style.good(report.notes.length === 0 ? 'All is well.' : 'Nothing else to mend.')
  for (const each of report.findings) yield* findingLines(each, style, width)
}

/** The largest parts of a database. */
const mostTables = 4

function* databaseLines({ path, bytes, wal, free, tables, events, isEstimate }: DatabaseFigures, style: Style): Iterable<string> {
  const about = isEstimate ? '~' : ''
  yield style.bold(`${shortPath(path)}  ${fileSize(bytes)}${wal > 0 ? ` and ${fileSize(wal)} of log` : ''}`)
  const parts = tables.slice(0, mostTables).map(({ table: name, bytes: size }) => `${safeLine(name)} ${about}${fileSize(size)}`)
  yield `  ${[...parts, ...(free > 0 ? [`free ${fileSize(free)}`] : [])].join(' · ')}`
  const types = events.types.slice(0, mostTables).map(({ name, bytes: size }) => `${safeLine(name)} ${about}${fileSize(size)}`)
  if (types.length > 0) yield style.dim(`  events: ${types.join(' · ')}`)
  const [first] = events.sessions
  if (first && events.bytes > 0)
    yield style.dim(
      `  most events: ${events.sessions.map(({ name, bytes: size }) => `${safeLine(name)} ${about}${fileSize(size)}`).join(' · ')}`,
    )
}

function folderRows({ path, snapshots, toolOutput, logs, cache }: FolderFigures): string[][] {
  const snapshotBytes = snapshots.reduce((sum, { bytes }) => sum + bytes, 0)
  const rows: readonly (readonly [number, string])[] = [
    [snapshotBytes, `snapshots of ${count(snapshots.length, 'work tree')}  ${shortPath(path)}/snapshot`],
    [toolOutput, 'long tool outputs'],
    [logs, 'logs'],
    [cache, 'cache'],
  ]
  return rows.filter(([bytes]) => bytes > 0).map(([bytes, what]) => [fileSize(bytes), what])
}

function* findingLines({ path, says, gain, isEstimate, sessions, cure }: Finding, style: Style, width: number): Iterable<string> {
  const back = gain === null ? '' : `  ${style.bold(`${isEstimate ? '~' : ''}${fileSize(gain)} to gain`)}`
  yield `${style.warn('✗')} ${truncate(shortPath(path), width - 24)}${back}`
  yield wrap(safeLine(says), width, '  ')
  const [first] = sessions
  if (first !== undefined)
    yield style.dim(`  ${safeLine(first)}${sessions.length > 1 ? ` and ${grouped(sessions.length - 1)} more` : ''}`)
  if (cure !== null) yield `  ${style.accent(cureWords(cure))}`
}
