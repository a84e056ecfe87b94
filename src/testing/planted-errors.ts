import type { Line } from './dialogue.ts'
import { npm, python, tsc } from './planted/scripts.ts'
import { docker, git, go, network, rust } from './planted/systems.ts'

/** An error in a session, and what cured it: real messages of real tools, each cured in the way that tool's users do. */
export interface PlantedError {
  readonly name: string
  /** What was run, and what it printed. */
  readonly run: string
  readonly printed: string
  /** From the error to the call that succeeds. */
  readonly cure: readonly Line[]
  /** What every good answer names among the steps. */
  readonly key: string
  /** The same error as another project meets it, months later. */
  readonly again: string
}

/** Every planted error, by tool. */
export const plantedErrors: readonly PlantedError[] = Object.entries({
  npm,
  tsc,
  python,
  rust,
  go,
  docker,
  git,
  network,
}).flatMap(([, rows]) => rows.map(([name, run, printed, cure, key, again]) => ({ name, run, printed, cure, key, again })))
