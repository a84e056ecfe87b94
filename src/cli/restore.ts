import { checkDirectory } from '../api/import.ts'
import { drillFrom, restoreFrom } from '../api/restore.ts'
import { isEncrypted } from '../api/verify.ts'
import type { DrillReport } from '../archive/restore/drill.ts'
import type { RestoreReport } from '../archive/restore/restore.ts'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, duration, fileSize } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { otherTables } from './hints.ts'
import { pairOf } from './import.ts'
import { complain, reportLines } from './import-report.ts'
import { keysFor } from './passphrase.ts'
import { ProgressLine } from './progress.ts'
import { onlyRoot } from './selection.ts'
import { Output } from './terminal.ts'
import type { RestoreFlags } from './verbs/restore.ts'

/** `ocvault restore`. */
export async function restore(path: string, names: readonly string[], flags: RestoreFlags): Promise<void> {
  keepMemoryLow()
  if (flags.drill) return drill(path, names, flags)
  const { into, project, update, asCopy, dryRun } = flags
  const root = flags.root && onlyRoot(flags.root)
  const map = (flags.map ?? []).map(pairOf)
  await checkDirectory(project)
  const keys = await keysFor(flags, isEncrypted(path))
  const progress = new ProgressLine(flags)
  const start = performance.now()
  const request = { archive: path, sessions: names, root, into, project, update, asCopy, dryRun, map }
  const report = await restoreFrom(request, keys, (state) => progress.update(dryRun ? 'read' : 'restored', state)).finally(() =>
    progress.clear(),
  )
  const took = performance.now() - start
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else {
    for (const line of reportLines(report, flags, storeWords(report))) await out.write(`${line}\n`)
    for (const line of proofLines(report, took)) await out.write(`${line}\n`)
  }
  await out.flush()
  complain(report, 'restore', flags)
  if (report.sessions.some(({ proof }) => proof === 'differs')) process.exitCode = exitCode.failed
}

function storeWords({ database, into, why, other }: RestoreReport): string {
  const what = { v1: 'OpenCode 1.x', v2: 'OpenCode 2.x', json: 'JSON tree of OpenCode 1.1 and before' }[into]
  return `${safeLine(database)} (${what}, ${why}${otherTables(other)})`
}

function* proofLines({ sessions, files, bytes, dryRun }: RestoreReport, took: number): Iterable<string> {
  const by = Object.groupBy(sessions, ({ proof }) => proof ?? 'none')
  const number = (proof: 'exact' | 'same' | 'differs') => by[proof]?.length ?? 0
  if (dryRun || sessions.length === (by.none?.length ?? 0)) return
  const words = [
    ...(number('exact') > 0 ? [`${count(number('exact'), 'session')} byte for byte`] : []),
    ...(number('same') > 0 ? [`${count(number('same'), 'session')} with the same content`] : []),
    ...(number('differs') > 0 ? [`${count(number('differs'), 'session')} NOT as in the archive`] : []),
  ]
  yield `read back: ${words.join(', ')}${files > 0 ? `; ${count(files, 'file')} beside the store` : ''}; ${speed(bytes, took)}`
}

const speed = (bytes: number, took: number) =>
  `${fileSize(bytes)} in ${duration(took)}, ${fileSize((bytes / Math.max(1, took)) * 1000)}/s`

async function drill(path: string, names: readonly string[], flags: RestoreFlags): Promise<void> {
  const ours = ['into', 'project', 'map', 'update', 'asCopy', 'dryRun', 'root'] as const
  if (ours.some((flag) => flags[flag] !== undefined)) {
    throw new OcvaultError('usage', '--drill restores into stores of its own; of the other flags only --identity goes with it')
  }
  const keys = await keysFor(flags, isEncrypted(path))
  const progress = new ProgressLine(flags)
  const start = performance.now()
  const report = await drillFrom({ archive: path, sessions: names }, keys, (state) => progress.update('tried', state)).finally(
    () => progress.clear(),
  )
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else for (const line of drillLines(report, performance.now() - start)) await out.write(`${line}\n`)
  await out.flush()
  for (const note of report.notes) process.stderr.write(`ocvault: ${safeLine(note)}\n`)
  for (const { path: at, reason } of report.problems) {
    process.stderr.write(`ocvault: could not restore ${safeLine(at)}: ${safeLine(reason.replace(`${at} `, ''))}\n`)
  }
  if (report.failed + report.differ > 0 || report.problems.length > 0) process.exitCode = exitCode.failed
}

function* drillLines(
  { archive, sessions, messages, exact, same, differ, failed, bytes }: DrillReport,
  took: number,
): Iterable<string> {
  const lines: [number, string][] = [
    [exact, 'came back byte for byte'],
    [same, 'came back with the same content, in the layout of 1.x'],
    [differ, 'came back DIFFERENT from the archive'],
    [failed, 'could NOT be restored'],
  ]
  yield `tried ${safeLine(archive)}: ${count(sessions.length, 'session')}, ${count(messages, 'message')} into throw-away stores, which are gone again; ${speed(bytes, took)}`
  for (const [number, words] of lines) if (number > 0) yield `  ${count(number, 'session')} ${words}`
}
