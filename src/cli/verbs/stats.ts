import { keys } from '../../stats/key-names.ts'
import { beside, common, selecting } from '../common-flags.ts'
import { choice, count, type Given, on, text } from '../flags.ts'
import { anyNumber, verb } from '../verb.ts'

const flags = {
  by: text('<key[,key]>', `rows by ${keys.join(', ')}, or by two of them`),
  ...selecting,
  since: text('<time>', 'messages begun at or after: 2026-08-01, today, yesterday, 7d, 36h'),
  until: text('<time>', 'messages begun before'),
  agent: text('<name>', 'messages of this agent'),
  model: text('<text>', 'answers of a model whose provider/name holds this'),
  tz: text('<zone>', 'days are of this time zone, as Europe/Berlin, not of this machine’s'),
  currency: text('<sign>', 'what stands before amounts, in place of $; nothing is converted'),
  limit: count('<n>', 'at most so many rows (0 is all)'),
  heat: choice('<what>', ['cost', 'tokens', 'sessions'], 'what days of the last year are as dark as'),
  statusline: on('one line for a prompt or a status bar: today’s cost, and the newest session of the project'),
  csv: on('print rows as CSV'),
  ...beside,
  ...common(),
}

export type StatsFlags = Given<typeof flags>

export const stats = verb({
  name: 'stats',
  about: 'what was used: cost, tokens, time and tools, of this directory’s project or of --root',
  words: [anyNumber('text', 'words that title, id, slug or directory hold')],
  flags,
  examples: [
    ['ocvault stats --all --by month,model', 'what each model cost, month by month'],
    ['ocvault stats --since 7d --by tool', 'which tools failed, and how long they took'],
  ],
})
