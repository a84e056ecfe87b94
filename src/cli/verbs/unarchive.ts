import { common, dryRun } from '../common-flags.ts'
import type { Given } from '../flags.ts'
import { one, verb } from '../verb.ts'

const flags = {
  dryRun,
  ...common('the data directory, home or database to change, instead of the machine’s own'),
}

export type UnarchiveFlags = Given<typeof flags>

export const unarchive = verb({
  name: 'unarchive',
  about: 'take the archive mark off a session and its subagents, so that OpenCode lists it again',
  words: [one('session', 'an id, or the beginning of one')],
  flags,
  examples: [
    ['ocvault list --all --archived only', 'what is archived'],
    ['ocvault unarchive ses_e0357cce', 'as if it had not been'],
  ],
})
