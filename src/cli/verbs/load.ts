import { common, dryRun } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { maybe, verb } from '../verb.ts'

const flags = {
  ref: on('from refs/ocvault/sessions instead of the work tree; ocvault share pull fetches it'),
  dryRun,
  ...common('write into this instead of the machine’s own database: a data directory, a home or a database'),
}

export type LoadFlags = Given<typeof flags>

export const load = verb({
  name: 'load',
  about: 'bring a session that was saved in the repository into OpenCode, or what is new of it',
  words: [maybe('session', 'a file, its number in the list, or a part of its name; without, pick from the list')],
  flags,
  examples: [
    ['ocvault load', 'what is saved here, newest first'],
    ['ocvault load 1', 'the newest one; opencode -s goes on with it'],
  ],
})
