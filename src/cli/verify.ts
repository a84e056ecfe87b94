import { isEncrypted, verifyFrom } from '../api/verify.ts'
import type { Damage, Since, VerifyReport } from '../archive/read/verify.ts'
import { keepMemoryLow } from '../base/low-memory.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { count, dateTime, fileSize } from '../render/words.ts'
import { exitCode } from './exit-code.ts'
import { keysFor } from './passphrase.ts'
import { ProgressLine } from './progress.ts'
import { withCatalog } from './selection.ts'
import { Output } from './terminal.ts'
import type { VerifyFlags } from './verbs/verify.ts'

/** `ocvault verify`. */
export async function verify(path: string, flags: VerifyFlags): Promise<void> {
  keepMemoryLow()
  const keys = await keysFor(flags, isEncrypted(path))
  const progress = new ProgressLine(flags)
  const onProgress = (state: { done: number; sessions: number; bytes: number }) => progress.update('verified', state)
  let report: VerifyReport | undefined
  try {
    if (flags.againstStore) {
      await withCatalog(
        flags,
        async (catalog) => {
          report = await verifyFrom({ archive: path }, { keys, catalog, onProgress })
        },
        true,
      )
    } else report = await verifyFrom({ archive: path }, { keys, onProgress })
  } finally {
    progress.clear()
  }
  if (!report) return
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON(report, 2)}\n`)
  else for (const line of linesOf(report)) await out.write(`${line}\n`)
  await out.flush()
  if (!report.sound) process.exitCode = exitCode.failed
}

function* linesOf(report: VerifyReport): Iterable<string> {
  const { path, sound, written, sessions, messages, parts, copies, bytes, damage, notes, since } = report
  const when = written === null ? 'of an unknown time' : `of ${dateTime(written)}`
  yield `${sound ? 'sound   ' : 'DAMAGED '}  ${safeLine(path)}, ${when}`
  const more = copies > 0 ? `, ${copies} further copies` : ''
  yield `${sound ? 'holds   ' : 'whole   '}  ${count(sessions, 'session')}, ${count(messages, 'message')}, ${count(parts, 'part')}${more}, ${fileSize(bytes)} read`
  for (const item of damage) yield `damage    ${damageWords(item)}`
  for (const note of notes) yield `note      ${safeLine(note)}`
  if (since) yield* sinceWords(since)
}

function damageWords({ session, title, entry, reason }: Damage): string {
  const whose = session === null ? '' : `session ${session}${title ? ` "${title}"` : ''}, `
  return safeLine(`${whose}${entry === null ? '' : `${entry}: `}${reason}`)
}

const most = 20

function* sinceWords({ added, changed, gone }: Since): Iterable<string> {
  const lists = [
    ['new', added, 'in the store, not in the archive'],
    ['changed', changed, 'other in the store than in the archive'],
    ['gone', gone, 'in the archive alone'],
  ] as const
  if (lists.every(([, ids]) => ids.length === 0)) yield 'store     has the same sessions, each the same'
  for (const [word, ids, meaning] of lists) {
    if (ids.length === 0) continue
    const shown = ids.slice(0, most).map(safeLine).join(' ')
    yield `${word.padEnd(8)}  ${count(ids.length, 'session')} ${meaning}: ${shown}${ids.length > most ? ' …' : ''}`
  }
}
