import { realpathSync } from 'node:fs'
import { OcvaultError } from '../base/errors.ts'
import { type Change, listChanges } from '../transfer/undo/changes.ts'
import { undoFolder } from '../transfer/undo/folder.ts'
import { type TakenBack, takeBack } from '../transfer/undo/take-back.ts'
import { findTarget } from '../transfer/write/target.ts'
import type { Request } from './requests.ts'

/**
 * What can be taken back, the last first.
 * @param roots only of these databases
 * @param warn is told of notes that cannot be read
 */
export function changes(roots: readonly string[] | undefined, warn: (path: string, reason: string) => void): readonly Change[] {
  const all = listChanges(undoFolder(), warn)
  if (!roots) return all
  const databases = new Set(roots.map((each) => realOf(findTarget(each).path)))
  return all.filter(({ database }) => databases.has(realOf(database)))
}

function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

export interface Undone extends TakenBack {
  readonly change: string
  readonly database: string
  readonly dryRun: boolean
}

/**
 * Takes a change back: the one whose name begins so, or the last.
 * @throws OcvaultError `not-found`, `usage` when several begin so, `refused` when it was changed since
 */
export function undo(
  { change: name, roots, force = false, dryRun = false }: Request<'undo'>,
  warn: (path: string, reason: string) => void,
): Undone {
  const all = changes(roots, warn)
  const found = name === undefined ? all.slice(0, 1) : all.filter(({ id }) => id.startsWith(name))
  const [change, other] = found
  if (!change) {
    if (name === undefined) throw new OcvaultError('not-found', 'there is nothing to take back')
    throw new OcvaultError('not-found', `no change ${name}`, { hint: 'changes' })
  }
  if (other) throw new OcvaultError('usage', `several changes begin with ${name}: ${found.map(({ id }) => id).join(', ')}`)
  return { change: change.id, database: change.database, dryRun, ...takeBack(change, { force, dryRun }) }
}
