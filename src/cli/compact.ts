import { compactDatabase, forgetCompacted } from '../api/compact.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, fileSize, shortPath } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { ProgressLine } from './progress.ts'
import { onlyRoot } from './selection.ts'
import { hint, Output, styleFor } from './terminal.ts'
import type { CompactFlags } from './verbs/compact.ts'

/** `ocvault compact`. */
export async function compactCommand(flags: CompactFlags): Promise<void> {
  const { events, dryRun } = flags
  const root = flags.root && onlyRoot(flags.root)
  if (flags.forget) return forget(root, flags)
  const progress = new ProgressLine(flags)
  const work = () => compactDatabase({ root, events, dryRun }, (what) => progress.step(what))
  let report: ReturnType<typeof compactDatabase>
  try {
    report = work()
  } finally {
    progress.clear()
  }
  const { database, bytes, sessions, kept, notes } = report
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else {
    const sizes = `${fileSize(bytes.before)} → ${dryRun ? 'about ' : ''}${fileSize(bytes.after)}`
    const what = sessions.length > 0 ? `, without the events of ${count(sessions.length, 'session')}` : ''
    await out.write(
      `${styleFor(process.stdout, flags).good(`${dryRun ? 'would compact' : 'compacted'} ${shortPath(database)}: ${sizes}`)}${what}\n`,
    )
    if (kept !== null) await out.write(`the one before is ${shortPath(kept)}\n`)
  }
  await out.flush()
  for (const note of notes) process.stderr.write(`ocvault: ${safeLine(note)}\n`)
  if (!dryRun) hint('when all is well, ocvault compact --forget removes the one before; ocvault undo puts it back', flags)
}

async function forget(root: string | undefined, flags: CompactFlags): Promise<void> {
  const gone = forgetCompacted(root)
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(gone, 2)}\n`)
  else for (const { path, bytes } of gone) await out.write(`removed ${shortPath(path)}: ${fileSize(bytes)}\n`)
  await out.flush()
  if (gone.length > 0) return
  if (!flags.quiet) process.stderr.write('ocvault: nothing was kept\n')
  process.exitCode = exitCode.notFound
}
