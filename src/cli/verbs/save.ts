import { common, dryRun } from '../common-flags.ts'
import { type Given, on, unless } from '../flags.ts'
import { maybe, verb } from '../verb.ts'

const flags = {
  ref: on('into refs/ocvault/sessions, which no branch has, instead of the work tree; ocvault share push shares it'),
  commit: on('also commit the files, and nothing else'),
  dryRun,
  pii: on('also take out what is personal: e-mail addresses, numbers of telephones, cards and accounts (IBAN)'),
  redact: unless('leave keys and passwords in; needs --force'),
  force: on('allow --no-redact'),
  bringBack: on('with --ref: save again what was taken out for everybody'),
  trust: on('agree to the rules of .opencode/ocvault.json that let secrets stay; asked once on a terminal'),
  ...common(),
}

export type SaveFlags = Given<typeof flags>

export const save = verb({
  name: 'save',
  about: 'save a session and its subagents into the repository (.opencode/sessions), for others to go on with',
  words: [
    maybe('session', 'an id, the beginning of one, or latest; without, the one that runs this, or this directory’s newest'),
  ],
  flags,
  examples: [
    ['ocvault save --commit', 'this directory’s newest session, ready to push'],
    ['ocvault save ses_e0357cce --dry-run', 'which file it would be, and how large'],
  ],
})
