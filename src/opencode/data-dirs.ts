import { posix, win32 } from 'node:path'

/** What decides where OpenCode keeps its data. Passed in, so that every OS's rule can be tested on any machine. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's home directory, as `os.homedir()` gives it. */
  readonly home: string
}

const pathOf = (machine: Machine) => (machine.platform === 'win32' ? win32 : posix)

/**
 * The data directory that OpenCode uses on this machine: `$XDG_DATA_HOME/opencode`, else `<home>/.local/share/opencode`.
 * The same on Linux, macOS and Windows: OpenCode takes the XDG rule everywhere (every release from 0.1 to 2.x); an empty
 * variable counts as unset.
 */
export function dataDir(machine: Machine): string {
  const { join } = pathOf(machine)
  return join(machine.env.XDG_DATA_HOME || join(machine.home, '.local', 'share'), 'opencode')
}

/** Where OpenCode keeps what it remembers, as pins: `$XDG_STATE_HOME/opencode`, else `<home>/.local/state/opencode`. */
function stateDir(machine: Machine): string {
  const { join } = pathOf(machine)
  return join(machine.env.XDG_STATE_HOME || join(machine.home, '.local', 'state'), 'opencode')
}

/** Where OpenCode keeps models.dev, with the price of each model: `models.json` of its cache directory. */
export function modelsFile(machine: Machine): string {
  const { join } = pathOf(machine)
  return join(machine.env.XDG_CACHE_HOME || join(machine.home, '.cache'), 'opencode', 'models.json')
}

/**
 * Every directory that may hold OpenCode's data, the one in use first. The others are where an OpenCode with another
 * environment would have put it: without `XDG_DATA_HOME`, and on Windows under `%USERPROFILE%`.
 */
export function dataDirs(machine: Machine): string[] {
  const { join } = pathOf(machine)
  const homes = [machine.home]
  if (machine.platform === 'win32' && machine.env.USERPROFILE) homes.push(machine.env.USERPROFILE)
  return [...new Set([dataDir(machine), ...homes.map((home) => join(home, '.local', 'share', 'opencode'))])]
}

/**
 * Where state and cache of a data directory are: beside it, as the XDG rule without variables has it, or where they say.
 * Undefined for a data directory that stands nowhere by that rule, as a copy.
 */
export function placesBeside(
  directory: string,
  machine: Machine,
): { readonly state: string; readonly cache: string } | undefined {
  const { join, dirname } = pathOf(machine)
  if (directory === dataDir(machine)) {
    return { state: stateDir(machine), cache: join(machine.env.XDG_CACHE_HOME || join(machine.home, '.cache'), 'opencode') }
  }
  const home = dirname(dirname(dirname(directory)))
  if (directory !== join(home, '.local', 'share', 'opencode')) return undefined
  return { state: join(home, '.local', 'state', 'opencode'), cache: join(home, '.cache', 'opencode') }
}

/** `~/.opencode`: no release writes sessions there, yet some users and tools keep `messages`, `parts` and `sessions` in it. */
export function homeFolder(machine: Machine): string {
  return pathOf(machine).join(machine.home, '.opencode')
}

/**
 * The database that `OPENCODE_DB` names (since 1.3): absolute as it is, relative to the data directory; undefined when
 * unset, empty or `:memory:`.
 */
export function databaseFromEnv(machine: Machine): string | undefined {
  const name = machine.env.OPENCODE_DB
  if (!name || name === ':memory:') return undefined
  return pathOf(machine).resolve(dataDir(machine), name)
}

/** The database of the release channels (latest, beta, prod; 2.x also dev and next). */
export const releaseDatabase = 'opencode.db'

/**
 * The channel of a database file name: `opencode-nightly.db` → `nightly`, `opencode.db` → `release`,
 * anything else → undefined. Source: `opencode-<channel>.db` since 1.2.22.
 */
export function channelOf(fileName: string): string | undefined {
  if (fileName === releaseDatabase) return 'release'
  return /^opencode-([A-Za-z0-9._-]+)\.db$/.exec(fileName)?.[1]
}
