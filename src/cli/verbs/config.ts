import { common } from '../common-flags.ts'
import type { Given } from '../flags.ts'
import { anyNumber, maybe, oneOf, verb } from '../verb.ts'

const { json, quiet, color } = common()

const flags = { json, quiet, color }

export type ConfigFlags = Given<typeof flags>

const actions = ['list', 'get', 'set', 'unset', 'path'] as const
export type ConfigAction = (typeof actions)[number]

export const config = verb({
  name: 'config',
  about: 'what is set for all of ocvault: archives, which are looked at beside the machine’s stores',
  words: [
    oneOf('action', actions, 'show all, one, set or take out one, or say where the file is'),
    maybe('key', 'which setting: archives; declined, backups that shall be none of them'),
    anyNumber('value', 'set: what it shall be; several for a list'),
  ],
  flags,
  examples: [
    ['ocvault config set archives ~/backup/opencode', 'what OpenCode deletes stays in list, search and show'],
    ['ocvault config get archives', 'one path a line'],
    ['ocvault config unset archives', 'look at none any more'],
  ],
})
