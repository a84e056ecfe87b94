import { beside, common, keys } from '../common-flags.ts'
import { count, type Given, on, text, unless } from '../flags.ts'
import { one, verb } from '../verb.ts'

const flags = {
  tools: on('what went into the tools and came out'),
  reasoning: on('what the model thought'),
  full: on('everything: nothing folded, nothing cut'),
  last: count('<n>', 'only the last n messages'),
  message: text('<id>', 'only this message'),
  tree: on('the subagents’ sessions inside, where they were started'),
  pager: unless('print at once, not through $PAGER'),
  ...keys,
  ...beside,
  ...common(),
}

export type ShowFlags = Given<typeof flags>

export const show = verb({
  name: 'show',
  about: 'read a session: prompts, answers, and what the tools did in a line each',
  words: [one('session', 'an id, the beginning of one, or latest')],
  flags,
  examples: [
    ['ocvault show latest --last 4', 'how this directory’s newest session ended'],
    ['ocvault show ses_e0357cce --tools --tree', 'a session with its tools and subagents'],
  ],
})
