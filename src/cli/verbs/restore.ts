import { common, dryRun, keys, map } from '../common-flags.ts'
import { choice, type Given, on, text } from '../flags.ts'
import { anyNumber, one, verb } from '../verb.ts'

const flags = {
  dryRun,
  drill: on('restore everything into throw-away stores and compare: a test that touches nothing'),
  project: text('<dir>', 'the directory whose project they go to, instead of their own'),
  map,
  update: on('replace sessions that are there and differ'),
  asCopy: on('restore sessions that are there and differ once more, under fresh ids'),
  ...keys,
  into: choice(
    '<layout>',
    ['v1', 'v2', 'json'],
    'write for this OpenCode instead of the one in use; json is the tree of 1.1 and before',
  ),
  ...common('restore into this instead of the machine’s own database: a data directory, a home or a database'),
}

export type RestoreFlags = Given<typeof flags>

export const restore = verb({
  name: 'restore',
  about: 'bring sessions back from a backup, deleted ones too; ocvault undo takes it back',
  words: [
    one('archive', 'a zip or a folder that backup wrote'),
    anyNumber('session', 'only these with their subagents: ids, or their beginnings'),
  ],
  flags,
  examples: [
    ['ocvault restore all.zip --dry-run', 'what would come back, session by session'],
    ['ocvault restore all.zip ses_e0357cce', 'one session that was deleted, with its subagents'],
    ['ocvault restore all.zip --drill', 'is the backup worth anything?'],
  ],
})
