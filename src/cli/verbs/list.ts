import { beside, common, keys, selecting } from '../common-flags.ts'
import { choiceFrom, count, type Given, on } from '../flags.ts'
import { anyNumber, verb } from '../verb.ts'

const flags = {
  ...selecting,
  subagents: on('also the sessions of subagents'),
  tree: on('subagents under the session that started them'),
  sort: choiceFrom('updated', '<key>', ['updated', 'created', 'title', 'cost'], 'order'),
  limit: count('<n>', 'at most so many (50 on a terminal, else all; 0 is all)'),
  ...keys,
  ...beside,
  ...common(),
}

export type ListFlags = Given<typeof flags>

export const list = verb({
  name: 'list',
  alias: 'ls',
  about: 'list sessions, newest first: those of this directory’s project, or of --root',
  words: [anyNumber('text', 'words that title, id, slug or directory hold')],
  flags,
  examples: [
    ['ocvault list --since 7d', 'this project’s sessions of the last week'],
    ['ocvault list --all parser --json | jq -r ".[].id"', 'ids of all sessions about a parser'],
  ],
})
