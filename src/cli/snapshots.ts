import { type SnapshotsReport, snapshots } from '../api/snapshots.ts'
import { table, truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, fileSize, shortPath } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { hint, Output, styleFor, widthOf } from './terminal.ts'
import type { SnapshotsFlags } from './verbs/snapshots.ts'

/** `ocvault snapshots`. */
export async function snapshotsCommand(flags: SnapshotsFlags): Promise<void> {
  const { root: roots, clean, gc: collect, dryRun } = flags
  const progress = new ProgressLine(flags)
  let reports: SnapshotsReport[]
  try {
    reports = snapshots({ roots, clean, collect, dryRun }, (path) => progress.step(`git gc in ${shortPath(path)}`))
  } finally {
    progress.clear()
  }
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(reports, 2)}\n`)
  else for (const report of reports) for (const line of reportLines(report, flags)) await out.write(`${line}\n`)
  await out.flush()
  for (const { path, isKnown } of reports) {
    if (!isKnown)
      process.stderr.write(`ocvault: a store of ${shortPath(path)} cannot be read: which projects are gone is not known\n`)
  }
  const failures = reports.flatMap(({ cleaned }) => cleaned?.failures ?? [])
  for (const { path, reason } of failures)
    process.stderr.write(`ocvault: could not remove ${shortPath(path)}: ${safeLine(reason)}\n`)
  const leftAlone = reports.flatMap(({ collected }) => collected?.failures ?? [])
  for (const { path, reason } of leftAlone) process.stderr.write(`ocvault: no gc in ${shortPath(path)}: ${safeLine(reason)}\n`)
  if (failures.length + leftAlone.length > 0) process.exitCode = exitCode.incomplete
  const isDirty = reports.some(({ repositories }) => repositories.some((each) => each.isUseless || each.leftovers.length > 0))
  if (isDirty && !clean) hint('ocvault snapshots --clean removes what nobody needs; there is no way back', flags)
}

function* reportLines({ path, repositories, cleaned, collected }: SnapshotsReport, flags: SnapshotsFlags): Iterable<string> {
  const style = styleFor(process.stdout, flags)
  if (repositories.length === 0) {
    yield `no snapshots in ${shortPath(path)}`
    return
  }
  const rows = repositories.map(({ bytes, isCut, worktree, projectID, isUseless, leftovers }) => [
    `${isCut ? '>' : ''}${fileSize(bytes)}`,
    worktree === null ? safeLine(projectID) : shortPath(worktree),
    isUseless
      ? 'no store knows its project'
      : leftovers.length > 0
        ? `${count(leftovers.length, 'file')} left by a killed git`
        : '',
  ])
  for (const row of table(rows, [0])) yield truncate(row, widthOf(process.stdout))
  if (cleaned !== null) {
    const what = `${repositoriesIn(cleaned)} and ${count(cleaned.leftovers, 'leftover')}`
    yield style.good(`${flags.dryRun ? 'would remove' : 'removed'} ${what}: ${fileSize(cleaned.bytes)}`)
  }
  if (collected !== null) {
    const { before, after } = collected.bytes
    const sizes = flags.dryRun ? fileSize(before) : `${fileSize(before)} → ${fileSize(after)}`
    yield style.good(`${flags.dryRun ? 'git would look through' : 'git has packed'} ${repositoriesIn(collected)}: ${sizes}`)
  }
}

const repositoriesIn = ({ repositories }: { readonly repositories: number }) =>
  count(repositories, 'repository').replace('repositorys', 'repositories')
