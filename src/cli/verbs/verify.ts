import { common, keys } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { one, verb } from '../verb.ts'

const flags = {
  againstStore: on('say what has come, changed and gone in the stores since'),
  ...keys,
  ...common(
    'compare with this instead of the machine’s own stores: a data directory, a home, a database or a JSON tree (repeatable)',
  ),
}

export type VerifyFlags = Given<typeof flags>

export const verify = verb({
  name: 'verify',
  about: 'check every byte of a backup, and say which session is damaged',
  words: [one('archive', 'a zip or a folder that backup wrote')],
  flags,
  examples: [
    ['ocvault verify all.zip', 'is it whole?'],
    ['ocvault verify all.zip --against-store', 'what it lacks by now'],
  ],
})
