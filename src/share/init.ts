import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { OcvaultError } from '../base/errors.ts'
import { makeFolder, writeAtomically, writingFailed } from '../base/files.ts'
import { readRegular } from '../base/regular.ts'

/** Files for OpenCode, and how they are known again. */
export interface Installable {
  /** By path below the configuration folder, with slashes. Each text holds the mark once. */
  readonly files: Readonly<Record<string, string>>
  /**
   * Where the line goes by which a file is known to be ours, and to be as we wrote it: an HTML comment, which Markdown does not
   * show.
   */
  readonly mark: string
  /** What that line says before the digest. */
  readonly sentence: string
}

const digestOf = (text: string) => createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex').slice(0, 16)

const lineOf = ({ sentence }: Installable, digest: string) => `<!-- ${sentence}; ${digest} -->`

const signed = (text: string, given: Installable) => text.replace(given.mark, lineOf(given, digestOf(text)))

/** Whether a file is one that some release of ocvault wrote, and nobody has changed since. */
function isOurs(text: string, given: Installable): boolean {
  const [opening = ''] = lineOf(given, '\0').split('\0')
  const at = text.indexOf(opening)
  const digest = text.slice(at + opening.length).slice(0, 16)
  return at >= 0 && digest === digestOf(text.replace(lineOf(given, digest), given.mark))
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
 * Installs files in a configuration folder of OpenCode, brings them up to date, or takes them out. What the user wrote or
 * changed stays as it is.
 * @throws OcvaultError `refused` when the folder is a link, `failed` when it may not be written
 */
export function init(folder: string, given: Installable, { remove, dryRun }: InitOptions): InitReport {
  const done = Object.entries(given.files).map(([name, text]) => {
    const path = join(folder, ...name.split('/'))
    checkFolders(folder, path)
    return { path, state: remove ? removed(path, given, dryRun, folder) : installed(path, signed(text, given), given, dryRun) }
  })
  return { folder, files: done }
}

function installed(path: string, content: string, given: Installable, dryRun: boolean): FileState {
  const plural = path.replace(/([\\/])(command|skill)([\\/])/, '$1$2s$3')
  const there = read(path)
  if (read(plural) !== undefined) return 'foreign'
  if (there === content) return 'unchanged'
  if (there !== undefined && !isOurs(there, given)) return 'foreign'
  if (!dryRun) {
    makeFolder(dirname(path), 'shared')
    writeAtomically(path, [Buffer.from(content)], { access: 'shared' })
  }
  return there === undefined ? 'written' : 'updated'
}

function removed(path: string, given: Installable, dryRun: boolean, folder: string): FileState {
  const there = read(path)
  if (there === undefined) return 'absent'
  if (!isOurs(there, given)) return 'foreign'
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
    return readRegular(path).toString()
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
