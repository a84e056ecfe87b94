import { choice, type Flag, type Given, list, on, text, unless } from './flags.ts'

const stores =
  'read this instead of the machine’s own stores: a data directory, a home, a database, a JSON tree, an exported session or an archive (repeatable)'

/** The flags of every command. @param root what `--root` is to this one */
export const common = (root = stores) => ({
  root: list('<path>', root),
  json: on('print one JSON document'),
  quiet: on('no hints', 'q'),
  color: unless('no colours (also NO_COLOR)'),
})

export type CommonFlags = Given<ReturnType<typeof common>>

/** What `--archived` is, of sessions and of what is found. */
export const archived: Flag<'only' | 'no' | undefined> = choice('<which>', ['only', 'no'], 'archived sessions alone, or left out')

/** Which sessions of a list are meant; every command that takes many sessions has these. */
export const selecting = {
  all: on('sessions of all projects'),
  project: text('<dir>', 'sessions of this directory’s project instead of the current one’s'),
  since: text('<time>', 'updated at or after: 2026-08-01, today, yesterday, 7d, 36h'),
  until: text('<time>', 'updated before'),
  agent: text('<name>', 'sessions that used this agent'),
  model: text('<text>', 'sessions that used a model whose provider/name holds this'),
  title: text('<text>', 'sessions whose title holds this'),
  archived,
}

export type SelectionFlags = Given<typeof selecting> & CommonFlags

/** What `--map` is to import and restore. */
export const map = list('<old=new>', 'a directory that has moved: rewrites where sessions ran, never what was said (repeatable)')

/** What opens an encrypted archive. */
export const keys = {
  identity: text('<file>', 'the age identities that open an encrypted one; a pass phrase may be in OCVAULT_PASSPHRASE'),
}

export type KeyFlags = Given<typeof keys>

/** Whether a command that reads looks at the archives that are remembered; every one that reads sessions has it. */
export const beside = {
  archives: unless('leave out the archives that ocvault config has'),
}

export type BesideFlags = Given<typeof beside>

export const dryRun = on('show what would be done, and change nothing')
