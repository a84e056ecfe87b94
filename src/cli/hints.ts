import type { Hint } from '../base/errors.ts'

type Name = Extract<Hint, string> | Exclude<Hint, string>['name']

/** What the command line says for each hint of the core. */
const words: { readonly [N in Name]: N extends Hint ? string : (hint: Extract<Hint, { name: N }>) => string } = {
  'all-projects': 'ocvault list --all shows those of all projects',
  list: 'ocvault list --all shows what there is',
  where: 'ocvault where tells more',
  force: '--force replaces what is there',
  root: '--root names one elsewhere',
  areas: '--in chooses it',
  key: '--identity FILE, or its pass phrase in OCVAULT_PASSPHRASE, opens it',
  'export-file': 'ocvault export -o FILE writes a file anywhere',
  'export-to-import': 'ocvault export --format opencode makes files to import',
  export: 'ocvault export and opencode import still work',
  import: 'ocvault import takes it',
  'export-files': '-o FOLDER or -o sessions.zip takes them',
  changes: 'ocvault undo --list shows them',
  deleted: 'ocvault undelete lists what can',
  saved: 'ocvault load lists what is',
  'relink-anyway': '--force relinks to it all the same, for another machine or a container',
  save: 'ocvault save --ref saves a session',
  'save-again':
    'git checkout --theirs (or --ours) takes one side; what you did yourself is in your OpenCode, and ocvault save writes it again',
  'undo-or-repeat': 'ocvault undo takes them back, the same command goes on with the rest',
  'serve-team': '--public-url and --token-file say both',
  'storage-keys': 'ocvault storage list shows which keys there are',
  'bring-back': '--bring-back saves it again',
  verify: ({ archive }) => `ocvault verify ${archive} lists what there is`,
  'undo-anyway': ({ change }) => `ocvault undo ${change} --force loses that`,
}

/** What to do, in the words of the command line. */
export function hintWords(hint: Hint): string {
  if (typeof hint === 'string') return words[hint]
  return hint.name === 'verify' ? words.verify(hint) : words['undo-anyway'](hint)
}

/** A sentence of the core, and what to do. */
export const advised = (text: string, hint: Hint | undefined): string =>
  hint === undefined ? text : `${text}; ${hintWords(hint)}`

/** What the printers of `render/` say about how to see more. */
export const more = {
  /** Of a tool's output that is cut. */
  lines: '--full shows all',
  subagents: '--tree shows them in place',
  stranded: '--json names all',
} as const

/** The command that shows a message, or a session: its name, and what it is given. */
export const showing = (sessionID: string, messageID: string | null): readonly [string, string] => [
  'ocvault show',
  messageID === null ? sessionID : `${sessionID} --message ${messageID}`,
]

/** Of a database that two generations have tables in, one was taken. */
export const otherTables = (other: 'v1' | 'v2' | undefined): string =>
  other === undefined ? '' : `; --into ${other} takes the tables of ${other === 'v1' ? '1.x' : '2.x'}`
