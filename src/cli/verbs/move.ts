import { common, dryRun } from '../common-flags.ts'
import { type Given, needed } from '../flags.ts'
import { several, verb } from '../verb.ts'

const flags = {
  toProject: needed('<dir>', 'the directory whose project they go to'),
  dryRun,
  ...common(),
}

export type MoveFlags = Given<typeof flags>

export const move = verb({
  name: 'move',
  about: 'move sessions with their subagents to another project of this machine; ocvault undo takes it back',
  words: [several('session', 'an id, the beginning of one, or latest')],
  flags,
  examples: [
    ['ocvault move latest --to-project ~/code/other', 'it was started in the wrong directory'],
    ['ocvault move ses_e0357cce ses_e03578c2 --to-project . --dry-run', 'what would be done'],
  ],
})
