import { hasEncrypted } from '../api/stores.ts'
import { type Undelete, undelete } from '../api/undelete.ts'
import { OcvaultError } from '../base/errors.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import type { DeletedSession } from '../mend/undelete/find-deleted.ts'
import { deletedPlace, missingWords } from '../render/facts/missing-words.ts'
import { sessionJSON } from '../render/json/session-json.ts'
import { table, truncate } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, dateTime, shortPath, titleOf } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { complain, reportLines } from './import-report.ts'
import { ProgressLine } from './progress.ts'
import { archivesBeside, onlyRoot } from './selection.ts'
import { hint, Output, reportAway, styleFor } from './terminal.ts'
import type { UndeleteFlags } from './verbs/undelete.ts'

/** `ocvault undelete`. */
export async function undeleteCommand(name: string | undefined, flags: UndeleteFlags): Promise<void> {
  keepMemoryLow()
  const { from: archives = [], pages, identity } = flags
  const root = flags.root && onlyRoot(flags.root)
  const remembered = await archivesBeside(flags)
  const keys = hasEncrypted([...archives, ...remembered])
    ? await (await import('./passphrase.ts')).keysFor({ identity }, hasEncrypted(archives))
    : undefined
  const progress = new ProgressLine(flags)
  const onProgress = (done: number, all: number) =>
    progress.step(`looking through the database, ${Math.floor((100 * done) / all)} %`)
  const found = await undelete({ root, archives, remembered, keys, pages, onProgress }).finally(() => progress.clear())
  reportAway(found.problems, flags)
  try {
    if (name === undefined) await print(found, found.sessions, flags)
    else await back(found, name, flags)
  } finally {
    found.close()
  }
}

/** Brings back what one name means. */
async function back(found: Undelete, name: string, flags: UndeleteFlags): Promise<void> {
  const named = found.named(name)
  const roots = named.filter(({ session }) => !named.some((other) => other.session.id === session.parentID))
  if (roots.length === 0) {
    throw new OcvaultError('not-found', `no deleted session ${JSON.stringify(name)} can be had back`, { hint: 'deleted' })
  }
  if (roots.length > 1) {
    await print(found, roots, flags)
    throw new OcvaultError('usage', `${JSON.stringify(name)} means ${count(roots.length, 'deleted session')}; name one by its id`)
  }
  for (const each of roots)
    if (!each.whole) process.stderr.write(`ocvault: session ${safeLine(each.session.id)}: ${missingWords(each.missing)}\n`)
  const report = await found.bringBack(roots, { dryRun: flags.dryRun ?? false })
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else for (const line of reportLines(report, flags)) await out.write(`${line}\n`)
  await out.flush()
  complain(report, 'restore', flags)
}

async function print(found: Undelete, sessions: readonly DeletedSession[], flags: UndeleteFlags): Promise<void> {
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(sessions.map(deletedJSON), 2)}\n`)
  else for (const line of lines(found, sessions, flags)) await out.write(`${line}\n`)
  await out.flush()
  if (sessions.length > 0) hint('\nocvault undelete <id> brings one back', flags)
  else {
    if (!flags.quiet) process.stderr.write('ocvault: nothing that was deleted can be had back\n')
    process.exitCode = exitCode.notFound
  }
}

const deletedJSON = ({ session, from, path, whole, missing }: DeletedSession) => ({
  ...sessionJSON(session),
  deleted: { from, path, whole, missing },
})

function* lines(found: Undelete, sessions: readonly DeletedSession[], flags: UndeleteFlags): Iterable<string> {
  const style = styleFor(process.stdout, flags)
  const ids = new Set(sessions.map(({ session }) => session.id))
  // A subagent comes back with the session that started it.
  const roots = sessions.filter(({ session }) => session.parentID === null || !ids.has(session.parentID))
  const rows = table(
    roots.map((each) => [
      dateTime(each.session.time.updated),
      safeLine(each.session.id),
      each.whole ? 'whole' : 'in part',
      truncate(titleOf(each.session), 50),
      deletedPlace(each.from, each.path),
    ]),
  )
  for (const [index, row] of rows.entries()) {
    yield roots[index]!.whole ? row : style.warn(row)
    if (!roots[index]!.whole) yield style.dim(`  ${missingWords(roots[index]!.missing)}`)
  }
  if (roots.length === 0) return
  yield style.dim(`${count(roots.length, 'session')} deleted from ${shortPath(found.target.path)}`)
}
