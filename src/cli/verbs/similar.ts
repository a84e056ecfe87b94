import { common, keys } from '../common-flags.ts'
import { countFrom, type Given, unless } from '../flags.ts'
import { one, verb } from '../verb.ts'

const flags = {
  limit: countFrom(10, '<n>', 'at most so many sessions (0 is all)'),
  index: unless('read everything instead of using the index'),
  ...keys,
  ...common(),
}

export type SimilarFlags = Given<typeof flags>

export const similar = verb({
  name: 'similar',
  about: 'sessions of all projects that are about the same as one: rare words and files in common',
  words: [one('session', 'an id, the beginning of one, or latest')],
  flags,
  examples: [['ocvault similar latest', 'where something like this was done before']],
})
