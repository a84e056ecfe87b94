import { common, dryRun, keys } from '../common-flags.ts'
import type { Given } from '../flags.ts'
import { anyNumber, oneOf, verb } from '../verb.ts'

const flags = {
  dryRun,
  ...keys,
  ...common(
    'this instead of the machine’s own stores: a storage folder, a data directory, a home, a database, an archive, an exported session',
  ),
}

export type StorageFlags = Given<typeof flags>

const actions = ['read', 'list', 'write', 'update', 'remove'] as const
export type StorageAction = (typeof actions)[number]

export const storage = verb({
  name: 'storage',
  about: 'OpenCode’s storage API of keys and values: read over every layout, written in the JSON trees of 0.6 to 1.1.65',
  words: [
    oneOf('action', actions, 'read values, list keys, write one, change one by a JSON merge patch, or remove some'),
    anyNumber(
      'key',
      'names with / between them: session/<project>/<session>, message/<session>/<message>, part/<message>/<part>',
    ),
  ],
  flags,
  examples: [
    ['ocvault storage list message/ses_e035702e8ffeHkIxpnGoWr1kRo', 'the keys of a session’s messages'],
    ['ocvault storage read todo/ses_e035702e8ffeHkIxpnGoWr1kRo', 'its list of things to do, as JSON'],
    ['ocvault storage update session/global/ses_1 --root storage < patch.json', 'change some of its fields'],
  ],
})
