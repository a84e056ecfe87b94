import { beside, common, keys, selecting } from '../common-flags.ts'
import { choiceFrom, either, type Given, on, text } from '../flags.ts'
import { anyNumber, verb } from '../verb.ts'

const flags = {
  ...selecting,
  format: choiceFrom(
    'opencode',
    '<name>',
    ['opencode', 'opencode2', 'jsonl', 'md', 'html', 'txt'],
    'opencode: what OpenCode 1.x exports and imports; opencode2: the same of 2.x; jsonl: a message a line; md, html, txt: a page to read',
  ),
  output: text('<path>', 'a file, a folder, or a zip (x.zip) instead of the terminal', 'o'),
  tree: either('also the sessions of subagents (as it is for several sessions); a page holds them inside', 'without them'),
  force: on('replace files that are there'),
  ...keys,
  ...beside,
  ...common(),
}

export type ExportFlags = Given<typeof flags>

export const exportVerb = verb({
  name: 'export',
  about: 'write sessions as files that OpenCode imports, or to read',
  words: [anyNumber('session', 'ids, beginnings of ids, or latest; without, the flags select, as those of list do')],
  flags,
  examples: [
    ['ocvault export latest > session.json', 'one session, as opencode import takes it'],
    ['ocvault export --all --since 30d -o month.zip', 'the sessions of a month, with an index'],
  ],
})
