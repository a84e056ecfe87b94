import { common, keys, selecting } from '../common-flags.ts'
import { type Given, list, on } from '../flags.ts'
import { anyNumber, verb } from '../verb.ts'

const flags = {
  ...selecting,
  check: on('exit with 4 when there are any that .opencode/ocvault.json does not allow'),
  pii: on('also look for what is personal: e-mail addresses, numbers of telephones, cards and accounts (IBAN)'),
  allow: list(
    '<match>',
    'let this stay from now on, noted in .opencode/ocvault.json: sha256:… (see --json), /an expression/, or the text itself, which is noted as its hash (repeatable)',
  ),
  ...keys,
  ...common(),
}

export type ScanFlags = Given<typeof flags>

export const scan = verb({
  name: 'scan',
  about: 'find keys, passwords and other secrets in sessions; changes nothing',
  words: [anyNumber('session or file', 'ids, beginnings of ids, latest, or files; without, the newest session here')],
  flags,
  examples: [
    ['ocvault scan latest', 'what would be redacted, masked, and where it stands'],
    ['ocvault scan --check .opencode/sessions/*.json', 'before a push'],
  ],
})
