import { common, dryRun } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { verb } from '../verb.ts'

const flags = {
  clean: on('remove snapshots of projects that no store knows, and what killed processes left in the others'),
  gc: on('let git pack what is kept, and remove states older than a week, as OpenCode does where it is used'),
  dryRun,
  ...common(),
}

export type SnapshotsFlags = Given<typeof flags>

export const snapshots = verb({
  name: 'snapshots',
  about: 'what OpenCode keeps of work trees to undo changes: by project, and what of it nobody needs',
  flags,
  examples: [
    ['ocvault snapshots', 'which project takes how much'],
    ['ocvault snapshots --clean --dry-run', 'what would be removed'],
    ['ocvault snapshots --gc', 'git makes the rest smaller'],
  ],
})
