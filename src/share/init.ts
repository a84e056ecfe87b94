import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { OcvaultError } from '../base/errors.ts'
import { writeAtomically, writingFailed } from '../base/files.ts'

/** Where the line goes by which a file is known to be ours, and to be as we wrote it. */
const mark = '<!-- ocvault init -->'
const signed = /<!-- Installed by ocvault init, and taken out by ocvault init --remove; ([0-9a-f]{16}) -->/

const digestOf = (text: string) => createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex').slice(0, 16)

const sign = (text: string) =>
  text.replace(mark, `<!-- Installed by ocvault init, and taken out by ocvault init --remove; ${digestOf(text)} -->`)

/** Whether a file is one that some release of ocvault wrote, and nobody has changed since. */
const isOurs = (text: string) => signed.exec(text)?.[1] === digestOf(text.replace(signed, mark))

function command(description: string, task: string): string {
  return `---\ndescription: ${description}\n---\n${mark}\n\n${task}\n`
}

const run = (line: string, then: string) =>
  `Run exactly this with the bash tool, once:\n\n    ${line}\n\n${then} If it fails, tell me what it said, and try nothing else.`

/**
 * What OpenCode gets, below its configuration folder. `command` and `skill` are read by every release since 1.0, and by 2.x; the plurals are an
 * error to 1.0 (seen with 1.0.162).
 */
const files: Readonly<Record<string, string>> = {
  'command/session-save.md': command(
    'Save this session into the repository, for others to go on with (ocvault)',
    run('ocvault save $ARGUMENTS', 'Then tell me the file, what was redacted, and the lines that share it, as it printed them.'),
  ),
  'command/session-load.md': command(
    'List the sessions saved in the repository, or load one (ocvault)',
    run(
      'ocvault load $ARGUMENTS',
      'Then show me what it printed. If it is a list, I choose a number from it for /session-load; if a session was loaded, tell me how to go on with it.',
    ),
  ),
  'command/session-search.md': command(
    'Search all sessions of this project (ocvault)',
    run(
      'ocvault search --json $ARGUMENTS',
      'Then tell me which sessions fit, with their ids, titles and dates, and what they say, in a few lines.',
    ),
  ),
  'skill/opencode-sessions/SKILL.md': `---
name: opencode-sessions
description: Look up what was said and done in earlier OpenCode sessions of this machine. Use it when the user speaks of earlier work, asks why something was done, or wants a session saved, loaded or continued.
---
${mark}

# Earlier sessions of OpenCode

\`ocvault\` reads every session on this machine and changes nothing by reading. Run it with the bash tool. Add \`--json\` to get one JSON document.

    ocvault search --json jwt expiry              # sessions of this project that hold both words, best first
    ocvault search --json --all '"exact phrase"'  # of all projects
    ocvault list --json --since 7d                # sessions of this project, newest first
    ocvault show --json --last 10 ses_…           # the last messages of one

- \`search\` gives \`[{session: {id, title, directory, time: {created, updated}}, hits: [{messageID, role, kind, time, snippet}], total}]\`.
  A query takes words, "phrases", -word, a OR b, prefix*, and filters: role:user, tool:bash, path:src/x.ts, since:30d, file names as words.
- \`list\` gives \`[{id, title, parentID, directory, agent, time: {created, updated}, subagents}]\`; \`--all\` is all projects, \`--limit N\`.
- \`show\` gives \`{session, messages: [{id, role, kind, time, parts: [{type, text, tool, input, output}]}], subagents}\`; \`--message ID\` is one
  message, \`--last N\` the end. Long sessions are long: search first, then show single messages.
- Times are ms since the epoch. An id may be cut to its beginning; \`latest\` is the newest session of this directory.
- Exit code 3 means that nothing was found.

To share sessions through git: \`ocvault save\` writes this one into \`.opencode/sessions\`, without keys and passwords; \`ocvault load\` lists what is
there, \`ocvault load NUMBER\` brings one into OpenCode. Do so only when the user asks for it.
`,
}

/** What became of a file: `foreign` ones are the user's own, and are left alone. */
type FileState = 'written' | 'updated' | 'unchanged' | 'removed' | 'absent' | 'foreign'

export interface InitReport {
  readonly folder: string
  readonly files: readonly { readonly path: string; readonly state: FileState }[]
}

export interface InitOptions {
  readonly remove: boolean
  readonly dryRun: boolean
}

/** Where OpenCode looks for what is the user's own: `$XDG_CONFIG_HOME/opencode`, on every system. */
export function globalFolder(env: Readonly<Record<string, string | undefined>> = process.env, home = homedir()): string {
  return env.OPENCODE_CONFIG_DIR || join(env.XDG_CONFIG_HOME || join(home, '.config'), 'opencode')
}

/**
 * Installs the commands and the skill in a configuration folder of OpenCode, brings them up to date, or takes them out. What the user wrote or
 * changed stays as it is.
 * @throws OcvaultError `refused` when the folder is a link, `failed` when it may not be written
 */
export function init(folder: string, { remove, dryRun }: InitOptions): InitReport {
  const done = Object.entries(files).map(([name, text]) => {
    const content = sign(text)
    const path = join(folder, ...name.split('/'))
    checkFolders(folder, path)
    return { path, state: remove ? removed(path, dryRun, folder) : installed(path, content, dryRun) }
  })
  return { folder, files: done }
}

function installed(path: string, content: string, dryRun: boolean): FileState {
  const plural = path.replace(/([\\/])(command|skill)([\\/])/, '$1$2s$3')
  const there = read(path)
  if (read(plural) !== undefined) return 'foreign'
  if (there === content) return 'unchanged'
  if (there !== undefined && !isOurs(there)) return 'foreign'
  if (!dryRun) {
    try {
      mkdirSync(dirname(path), { recursive: true })
    } catch (error) {
      throw writingFailed(path, error)
    }
    writeAtomically(path, [Buffer.from(content)])
  }
  return there === undefined ? 'written' : 'updated'
}

function removed(path: string, dryRun: boolean, folder: string): FileState {
  const there = read(path)
  if (there === undefined) return 'absent'
  if (!isOurs(there)) return 'foreign'
  if (dryRun) return 'removed'
  try {
    rmSync(path)
    for (let at = dirname(path); at !== dirname(folder) && readdirSync(at).length === 0; at = dirname(at)) rmdirSync(at)
  } catch (error) {
    throw writingFailed(path, error)
  }
  return 'removed'
}

/** The text of a file; undefined when nothing is there. What is no file is the user's. */
function read(path: string): string | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat) return undefined
  if (!stat.isFile()) return ''
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new OcvaultError('failed', `cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/** A repository that came from somewhere else may have folders that lead elsewhere. */
function checkFolders(folder: string, path: string): void {
  for (let at = dirname(path); at.length >= folder.length; at = dirname(at)) {
    const stat = lstatSync(at, { throwIfNoEntry: false })
    if (stat && !stat.isDirectory()) {
      throw new OcvaultError(
        'refused',
        `${at} is ${stat.isSymbolicLink() ? 'a link' : 'no folder'}: nothing is written through it`,
      )
    }
  }
}
