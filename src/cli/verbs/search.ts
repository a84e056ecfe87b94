import { archived, beside, common, keys } from '../common-flags.ts'
import { choice, choiceFrom, count, countFrom, type Given, list, on, text, unless } from '../flags.ts'
import { several, verb } from '../verb.ts'

const flags = {
  all: on('sessions of all projects, this directory’s first'),
  project: text('<dir>', 'sessions of this directory’s project instead of the current one’s (project:)'),
  since: text('<time>', 'sessions updated at or after: 2026-08-01, today, yesterday, 7d, 36h (since:)'),
  until: text('<time>', 'sessions updated before (until:)'),
  archived,
  session: text('<id>', 'only this session (session:)'),
  role: list('<role>', 'only in messages of user, assistant or system (role:)'),
  kind: list('<kind>', 'only in messages that are a prompt, answer, synthetic, compaction, shell or notice (kind:)'),
  tool: list('<name>', 'only in calls of this tool (tool:)'),
  agent: list('<name>', 'only in messages of this agent (agent:)'),
  model: list('<text>', 'only in messages of a model whose provider/name holds this (model:)'),
  path: list('<path>', 'sessions that touched this file or folder, and with which calls (path: without them)'),
  in: list('<area>', 'where words may stand: text, tools, reasoning, paths, title (repeatable)'),
  case: on('words with capitals must stand with these capitals'),
  sort: choiceFrom('relevance', '<order>', ['relevance', 'newest', 'oldest'], 'order'),
  tier: choice(
    '<tier>',
    ['exact', 'close', 'relevance'],
    'only what this gives: every word, words near to them, some of the words',
  ),
  limit: countFrom(10, '<n>', 'at most so many sessions (0 is all)'),
  context: count('<n>', 'show so many messages around each hit', 'C'),
  explain: on('why a session stands where it does'),
  index: unless('read everything instead of using the index'),
  ...keys,
  ...beside,
  ...common(),
}

export type SearchFlags = Given<typeof flags>

export const search = verb({
  name: 'search',
  alias: 'find',
  about: 'find sessions by what was said and done in them: those of this directory’s project, or of --root',
  words: [several('query', 'words, "a phrase", -word, a OR b, prefix*, /regex/i, and filters like role:user')],
  flags,
  examples: [
    ['ocvault search jwt expiry', 'sessions of this project that hold both words'],
    ['ocvault search --all \'"connection reset" -docker tool:bash\'', 'a phrase in what bash was asked or printed'],
  ],
})
