import { resolve } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { mirrorOptions, mirrorSessions } from '../api/backup.ts'
import type { Request } from '../api/requests.ts'
import type { ManifestSession } from '../archive/format/manifest.ts'
import { pruneMirror } from '../archive/mirror/mirror.ts'
import type { MirrorOptions, MirrorReport } from '../archive/mirror/update.ts'
import { OcvaultError } from '../base/errors.ts'
import { table, truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, dateTime, duration, fileSize, shortPath } from '../render/words.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { canAsk, confirm } from './confirm.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { hint, Output, widthOf } from './terminal.ts'
import type { BackupFlags } from './verbs/backup.ts'

interface Problem {
  readonly path: string
  readonly reason: string
}

/** `ocvault backup --to DIR`. @returns false when no session matches, and there is no mirror yet */
export async function mirror(catalog: Catalog, request: Request<'mirror'>, flags: BackupFlags): Promise<boolean> {
  const folder = resolve(request.to)
  const progress = new ProgressLine(flags)
  const problems: Problem[] = []
  const options = mirrorOptions({
    tool: `ocvault ${manifest.version}`,
    onProblem: (path, reason) => {
      progress.clear()
      process.stderr.write(`ocvault: could not read ${safeLine(path)}: ${safeLine(reason)}\n`)
      problems.push({ path, reason })
      process.exitCode = exitCode.incomplete
    },
    onProgress: (state) => progress.update('backed up', state),
  })
  const start = performance.now()
  const report = await mirrorSessions(catalog, request, options).finally(() => progress.clear())
  if (!report) return false
  const took = performance.now() - start
  const pruned = flags.prune ? await prune(folder, report.deleted, options, flags) : []
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(summaryOf(folder, report, pruned, problems), 2)}\n`)
  else for (const line of linesOf(folder, report, pruned, took)) await out.write(`${line}\n`)
  await out.flush()
  await remember(folder, flags)
  if (report.deleted.length > pruned.length && !flags.prune) {
    hint(`ocvault backup --to ${safeLine(request.to)} --prune shows what OpenCode has deleted, and removes it`, flags)
  }
  return true
}

/** Remembers the folder where that is wanted; a person is asked, once for each folder. */
async function remember(folder: string, flags: BackupFlags): Promise<void> {
  if (!flags.remember && (!canAsk() || flags.json || flags.quiet)) return
  const { declineArchive, isDecided, rememberArchive } = await import('../api/config.ts')
  if (!flags.remember) {
    if (isDecided(folder)) return
    const answer = await confirm(
      `Look into ${safeLine(folder)} from now on, so that what OpenCode deletes is still listed and found?`,
    )
    if (answer === false) declineArchive(folder)
    if (!answer) return
  }
  if (rememberArchive(folder)) hint(`from now on ${safeLine(folder)} is looked at beside the machine’s stores`, flags)
}

/** Shows what would go, and lets a person decide. @returns what is gone */
async function prune(
  folder: string,
  deleted: readonly ManifestSession[],
  options: MirrorOptions,
  flags: BackupFlags,
): Promise<readonly ManifestSession[]> {
  if (deleted.length === 0) return []
  if (!flags.json) for (const line of deletedLines(deleted)) process.stderr.write(`${line}\n`)
  if (!flags.yes) {
    const question = `Remove ${count(deleted.length, 'session')} that OpenCode has deleted from ${safeLine(folder)} for good?`
    if (!canAsk()) {
      throw new OcvaultError(
        'refused',
        `the backup is done; --prune --yes removes the ${count(deleted.length, 'deleted session')}`,
      )
    }
    if (!(await confirm(question))) return []
  }
  return pruneMirror(
    folder,
    deleted.map(({ id }) => id),
    options,
  )
}

function* deletedLines(deleted: readonly ManifestSession[]): Iterable<string> {
  const rows = deleted.map(({ id, title, directory, ...session }) => [
    `deleted ${dateTime(Number(session.deleted))}`,
    safeLine(id),
    truncate(safeLine(title ?? ''), 50),
    shortPath(safeLine(directory ?? '')),
  ])
  for (const row of table(rows)) yield truncate(row, widthOf(process.stderr))
}

function summaryOf(path: string, report: MirrorReport, pruned: readonly ManifestSession[], problems: readonly Problem[]) {
  const { machine, sessions, written, unchanged, bytes, changed } = report
  const gone = new Set(pruned.map(({ id }) => id))
  const deleted = report.deleted
    .filter(({ id }) => !gone.has(id))
    .map(({ id, title, deleted: time }) => ({ id, title, deleted: time }))
  return {
    path,
    machine,
    sessions: sessions - gone.size,
    written,
    unchanged,
    bytes,
    changed,
    deleted,
    pruned: [...gone],
    problems,
  }
}

function* linesOf(
  folder: string,
  { machine, sessions, written, unchanged, deleted, bytes }: MirrorReport,
  pruned: readonly ManifestSession[],
  took: number,
): Iterable<string> {
  const by = Object.groupBy(written, ({ why }) => why)
  const words = (['new', 'changed', 'diverged'] as const).flatMap((why) => (by[why] ? [`${by[why].length} ${why}`] : []))
  const left = deleted.length - pruned.length
  yield `mirror    ${shortPath(safeLine(folder))}, from ${safeLine(machine)}`
  yield `wrote     ${count(written.length, 'session')}${words.length > 0 ? ` (${words.join(', ')})` : ''}, ${fileSize(bytes)}, in ${duration(took)}; ${unchanged} unchanged`
  yield `holds     ${count(sessions - pruned.length, 'session')}${left > 0 ? `, ${left} of them deleted in OpenCode` : ''}`
  if (pruned.length > 0) yield `pruned    ${count(pruned.length, 'session')}`
}
