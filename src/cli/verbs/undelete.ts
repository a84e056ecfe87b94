import { beside, common, dryRun, keys } from '../common-flags.ts'
import { type Given, list, unless } from '../flags.ts'
import { maybe, verb } from '../verb.ts'

const flags = {
  from: list('<archive>', 'look in this backup, too: a zip or a mirror (repeatable)'),
  pages: unless('do not look through the pages of the database that SQLite has freed'),
  dryRun,
  ...keys,
  ...beside,
  ...common('the data directory, home or database that sessions were deleted from, instead of the machine’s own'),
}

export type UndeleteFlags = Given<typeof flags>

export const undelete = verb({
  name: 'undelete',
  about: 'what was deleted in OpenCode and can be had back; with a session, bring it back with its subagents',
  words: [maybe('session', 'the id, the beginning of one, or words of the title of what shall come back')],
  flags,
  examples: [
    ['ocvault undelete', 'what can be had back, and how whole it is'],
    ['ocvault undelete "flaky parser"', 'bring a session back'],
  ],
})
