import { beside, common, keys } from '../common-flags.ts'
import { type Given, on } from '../flags.ts'
import { verb } from '../verb.ts'

const flags = {
  status: on('only say what there is'),
  rebuild: on('make it anew'),
  drop: on('delete it'),
  ...keys,
  ...beside,
  ...common(),
}

export type IndexFlags = Given<typeof flags>

export const index = verb({
  name: 'index',
  about: 'bring the search index up to date; search does so by itself',
  flags,
  examples: [
    ['ocvault index --status', 'how large it is, and where'],
    ['ocvault index --rebuild', 'when you doubt what search says'],
  ],
})
