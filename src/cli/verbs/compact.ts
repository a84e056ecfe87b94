import { common, dryRun } from '../common-flags.ts'
import { type Given, on, text } from '../flags.ts'
import { verb } from '../verb.ts'

const flags = {
  events: text('<which>', 'events of which sessions go: all, none, or those not updated for so long (30d)'),
  dryRun,
  forget: on('remove the databases that were kept when this one was compacted'),
  ...common('this database instead of the machine’s own: a data directory, a home or a database'),
}

export type CompactFlags = Given<typeof flags>

export const compact = verb({
  name: 'compact',
  about: 'give back what a database takes for nothing: free pages, and the log of events, which no session needs',
  flags,
  examples: [
    ['ocvault compact --dry-run', 'how much would it be?'],
    ['ocvault compact --forget', 'all is well: remove the database that was kept'],
  ],
})
