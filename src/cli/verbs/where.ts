import { beside, common, keys } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { maybe, verb } from '../verb.ts'

const flags = {
  check: on('read every page of each database, and every index: what SQLite’s quick_check says'),
  deep: on('the same, and what the pages of each database could give: what damage has left, and what was deleted'),
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
    ['ocvault where --deep', 'the database is damaged: what is left of it?'],
  ],
})
