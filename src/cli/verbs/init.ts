import { common, dryRun } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { verb } from '../verb.ts'

const flags = {
  global: on('for all projects of this machine instead of this one'),
  remove: on('take them out again'),
  dryRun,
  ...common(),
}

export type InitFlags = Given<typeof flags>

export const init = verb({
  name: 'init',
  about: 'give OpenCode the commands /session-save, /session-load and /session-search, and agents a skill',
  flags,
  examples: [
    ['ocvault init', 'for everyone who works in this repository'],
    ['ocvault init --global --remove', 'as if it had never been'],
  ],
})
