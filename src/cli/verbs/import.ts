import { common, dryRun, map } from '../common-flags.ts'
import { choice, type Given, on, text } from '../flags.ts'
import { several, verb } from '../verb.ts'

const flags = {
  dryRun,
  project: text('<dir>', 'the directory whose project they go to, instead of this one'),
  keepProject: on('leave them in the project and directory that they come from'),
  map,
  update: on('replace sessions that are there and differ'),
  asCopy: on('import sessions that are there and differ once more, under fresh ids'),
  into: choice('<generation>', ['v1', 'v2'], 'write for this OpenCode instead of the one in use'),
  ...common('write into this instead of the machine’s own database: a data directory, a home or a database'),
}

export type ImportFlags = Given<typeof flags>

export const importVerb = verb({
  name: 'import',
  about: 'bring sessions into OpenCode’s database, those of every release; ocvault undo takes it back',
  words: [several('path', 'exported files, zips and folders of them, or stores')],
  flags,
  examples: [
    ['ocvault import session.json', 'a session from somewhere else, into this directory’s project'],
    ['ocvault import month.zip --keep-project --dry-run', 'what an export would bring back'],
  ],
})
