import { common, dryRun } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { maybe, verb } from '../verb.ts'

const flags = {
  all: on('every directory that is gone, and that doctor knows the new place of'),
  dryRun,
  force: on('also to a place that is not on this machine'),
  ...common(),
}

export type RelinkFlags = Given<typeof flags>

export const relink = verb({
  name: 'relink',
  about: 'a directory was moved or renamed: its sessions, projects and snapshots follow; ocvault undo takes it back',
  words: [maybe('old', 'where it was'), maybe('new', 'where it is now')],
  flags,
  examples: [
    ['ocvault relink ~/code/old-name ~/code/new-name', 'after a project was renamed'],
    ['ocvault relink --all --dry-run', 'what would be done for everything that moved'],
  ],
})
