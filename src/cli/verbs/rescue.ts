import { common, dryRun } from '../common-flags.ts'
import { choice, type Given } from '../flags.ts'
import { anyNumber, verb } from '../verb.ts'

const flags = {
  dryRun,
  into: choice('<generation>', ['v1', 'v2'], 'write for this OpenCode instead of the one in use'),
  ...common('the data directory, home or database to look at and to write into, instead of the machine’s own'),
}

export type RescueFlags = Given<typeof flags>

export const rescue = verb({
  name: 'rescue',
  about:
    'bring every session that OpenCode does not show into its database: of JSON trees, other channels, conflict copies, rows without owners, events; ocvault undo takes it back',
  words: [anyNumber('session', 'only these and their subagents: ids, or beginnings of them')],
  flags,
  examples: [
    ['ocvault rescue --dry-run', 'what would come from where'],
    ['ocvault rescue', 'all of it, after an upgrade that lost sessions'],
  ],
})
