import { changes, undo } from '../api/undo.ts'
import { table, truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count } from '../render/words.ts'
import type { Change } from '../transfer/undo/changes.ts'
import { exitCode } from './exit-code.ts'
import { Output, widthOf } from './terminal.ts'
import type { UndoFlags } from './verbs/undo.ts'

/** `ocvault undo`. */
export async function undoCommand(name: string | undefined, flags: UndoFlags): Promise<void> {
  const warn = (path: string, reason: string) =>
    process.stderr.write(`ocvault: could not read ${safeLine(path)}: ${safeLine(reason)}\n`)
  const { root: roots, force, dryRun } = flags
  if (flags.list) return list(changes(roots, warn), flags)
  const { change, database, removed, restored, files } = undo({ change: name, roots, force, dryRun }, warn)
  const out = new Output()
  const beside = removed.length > 0 || restored.length === 0 ? 'removed' : 'removed or as before'
  if (flags.json) await out.write(`${safeJSON({ change, database, dryRun: dryRun ?? false, removed, restored, files }, 2)}\n`)
  else
    await out.write(
      `${dryRun ? 'would take' : 'took'} back ${change}: ${removed.length} sessions removed, ${restored.length} as they were before${files > 0 ? `, ${count(files, 'file')} beside the store ${beside}` : ''}\n`,
    )
  await out.flush()
}

async function list(those: readonly Change[], flags: UndoFlags): Promise<void> {
  const out = new Output()
  if (flags.json)
    await out.write(
      `${safeJSON(
        those.map(({ path: _path, ...change }) => change),
        2,
      )}\n`,
    )
  else {
    const rows = those.map(({ id, sessions, database }) => [
      id,
      `${sessions.length} session${sessions.length === 1 ? '' : 's'}`,
      truncate(safeLine(sessions[0]?.title ?? ''), 50),
      safeLine(database),
    ])
    for (const row of table(rows, [1])) await out.write(`${truncate(row, widthOf(process.stdout))}\n`)
  }
  await out.flush()
  if (those.length > 0) return
  if (!flags.quiet) process.stderr.write('ocvault: there is nothing to take back\n')
  process.exitCode = exitCode.notFound
}
