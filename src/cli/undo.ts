import { realpathSync } from 'node:fs'
import { OcvaultError } from '../base/errors.ts'
import { table, truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count } from '../render/words.ts'
import { type Change, listChanges } from '../transfer/undo/changes.ts'
import { undoFolder } from '../transfer/undo/folder.ts'
import { takeBack } from '../transfer/undo/take-back.ts'
import { findTarget } from '../transfer/write/target.ts'
import type { CommonFlags } from './common-flags.ts'
import { exitCode } from './exit-code.ts'
import { Output, widthOf } from './terminal.ts'
import type { UndoFlags } from './verbs/undo.ts'

/** `ocvault undo`. */
export async function undoCommand(name: string | undefined, flags: UndoFlags): Promise<void> {
  const folder = undoFolder()
  const warn = (path: string, reason: string) =>
    process.stderr.write(`ocvault: could not read ${safeLine(path)}: ${safeLine(reason)}\n`)
  const changes = inDatabase(listChanges(folder, warn), flags)
  if (flags.list) return list(changes, flags)
  const found = name === undefined ? changes.slice(0, 1) : changes.filter(({ id }) => id.startsWith(name))
  const [change, other] = found
  if (!change) {
    throw new OcvaultError(
      'not-found',
      name === undefined ? 'there is nothing to take back' : `no change ${name}; ocvault undo --list shows them`,
    )
  }
  if (other) throw new OcvaultError('usage', `several changes begin with ${name}: ${found.map(({ id }) => id).join(', ')}`)
  const { removed, restored, files } = takeBack(change, { force: flags.force ?? false, dryRun: flags.dryRun ?? false })
  const out = new Output()
  if (flags.json)
    await out.write(
      `${safeJSON({ change: change.id, database: change.database, dryRun: flags.dryRun ?? false, removed, restored, files }, 2)}\n`,
    )
  else
    await out.write(
      `${flags.dryRun ? 'would take' : 'took'} back ${change.id}: ${removed.length} sessions removed, ${restored.length} as they were before${files > 0 ? `, ${count(files, 'file')} beside the store removed` : ''}\n`,
    )
  await out.flush()
}

/** @returns the changes of the database that `--root` names, or all */
function inDatabase(changes: readonly Change[], { root }: CommonFlags): readonly Change[] {
  if (!root) return changes
  const real = (path: string) => {
    try {
      return realpathSync(path)
    } catch {
      return path
    }
  }
  const databases = new Set(root.map((each) => real(findTarget(each).path)))
  return changes.filter(({ database }) => databases.has(real(database)))
}

async function list(changes: readonly Change[], flags: UndoFlags): Promise<void> {
  const out = new Output()
  if (flags.json)
    await out.write(
      `${safeJSON(
        changes.map(({ path: _, ...change }) => change),
        2,
      )}\n`,
    )
  else {
    const rows = changes.map(({ id, sessions, database }) => [
      id,
      `${sessions.length} session${sessions.length === 1 ? '' : 's'}`,
      truncate(safeLine(sessions[0]?.title ?? ''), 50),
      safeLine(database),
    ])
    for (const row of table(rows, [1])) await out.write(`${truncate(row, widthOf(process.stdout))}\n`)
  }
  await out.flush()
  if (changes.length > 0) return
  if (!flags.quiet) process.stderr.write('ocvault: there is nothing to take back\n')
  process.exitCode = exitCode.notFound
}
