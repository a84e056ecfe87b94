import type { RelocateReport } from '../mend/relocate/relocate.ts'
import { safeLine } from '../render/safe-text.ts'
import { count, shortPath } from '../render/words.ts'
import type { CommonFlags } from './common-flags.ts'
import { styleFor } from './terminal.ts'

/** What was changed in which store. */
export function* storeLines(stores: RelocateReport['stores'], flags: CommonFlags): Iterable<string> {
  const style = styleFor(process.stdout, flags)
  for (const { path, sessions, records } of stores)
    yield style.dim(`  ${shortPath(path)}: ${count(sessions, 'session')}, ${count(records, 'record')}`)
}

/** What a person must know of changes of places, on stderr. */
export function relocationComplaints(reports: readonly RelocateReport[], { quiet }: CommonFlags): void {
  for (const note of new Set(reports.flatMap(({ notes }) => notes))) process.stderr.write(`ocvault: ${safeLine(note)}\n`)
  const [first] = reports.flatMap(({ running, change }) => (change === null ? [] : running))
  if (!first || quiet) return
  const who = `${safeLine(first.name)} (process ${first.pid})`
  process.stderr.write(`ocvault: ${who} is running: it knows the old place until it is started again\n`)
}
