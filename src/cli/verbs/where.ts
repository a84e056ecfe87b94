import { beside, common, keys } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { maybe, verb } from '../verb.ts'

const flags = {
  check: on('read every page of each database, and every index: what SQLite’s quick_check says'),
  ...keys,
  ...beside,
  ...common(),
}

export type WhereFlags = Given<typeof flags>

export const where = verb({
  name: 'where',
  about: 'every store that was found, what OpenCode no longer shows, and what could not be read',
  words: [maybe('session', 'only where this session stands')],
  flags,
  examples: [
    ['ocvault where', 'after an upgrade: where are my sessions?'],
    ['ocvault where ses_e0357cce', 'every copy of one session'],
  ],
})
