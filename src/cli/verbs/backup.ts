import { common, selecting } from '../common-flags.ts'
import { type Given, list, on, text } from '../flags.ts'
import { anyNumber, verb } from '../verb.ts'

const flags = {
  ...selecting,
  output: text('<file>', 'the zip to write, or a folder for it; without, a name that says what it is and when it was made', 'o'),
  force: on('replace a file that is there'),
  withSnapshots: on('also OpenCode’s snapshot repositories of these projects'),
  encrypt: list('<recipient>', 'encrypt for an age recipient, age1… (repeatable)'),
  passphrase: on('encrypt with a pass phrase, which is asked for, or in OCVAULT_PASSPHRASE'),
  to: text('<dir>', 'keep a folder up to date instead: only what has changed is written, nothing is lost'),
  prune: on('with --to: show sessions that OpenCode has deleted, and remove them from the folder'),
  remember: on(
    'with --to: look at the folder from now on beside the machine’s stores, so that list, search and show have what is deleted',
  ),
  yes: on('with --prune: without asking'),
  ...common(),
}

export type BackupFlags = Given<typeof flags>

export const backup = verb({
  name: 'backup',
  about: 'everything of this directory’s project, or of the sessions that are selected, in one file',
  words: [anyNumber('text', 'words that title, id, slug or directory hold')],
  flags,
  examples: [
    ['ocvault backup', 'this project: sessions, subagents, attachments, todos, diffs'],
    ['ocvault backup --all -o all.zip', 'every session of every project'],
    ['ocvault backup --all --to ~/backup/opencode', 'the same as files, of which only what changed is written'],
  ],
})
