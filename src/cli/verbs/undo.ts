import { common } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { maybe, verb } from '../verb.ts'

const flags = {
  list: on('show what can be taken back'),
  dryRun: on('say what would be done, and change nothing'),
  force: on('also what was changed since, which is lost then'),
  ...common('only changes of this database (a data directory, a home or a database)'),
}

export type UndoFlags = Given<typeof flags>

export const undo = verb({
  name: 'undo',
  about: 'take back what an import, relink, move or compact has changed; refused when it was changed since',
  words: [maybe('change', 'which one, by the beginning of its name; without, the last')],
  flags,
  examples: [
    ['ocvault undo --list', 'what can be taken back'],
    ['ocvault undo', 'take the last one back'],
  ],
})
