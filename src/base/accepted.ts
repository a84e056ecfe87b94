import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically, writingFailed } from './files.ts'
import { listOf, objectOf } from './json.ts'
import { ownDataFolder } from './own-data.ts'

/**
 * What a person can say yes to once: an address that a repository's file names, a rule that came with a repository, a secret that
 * stays in a session of their own.
 */
export type Acceptable = 'remotes' | 'rules' | 'secrets'

const fileIn = (folder: string) => join(folder, 'accepted.json')

function read(folder: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(readFileSync(fileIn(folder), 'utf8')))
  } catch {
    // Not there, or damaged: the person is asked again.
    return {}
  }
}

/**
 * What has been accepted on this machine. It is kept outside of every repository, so that none can bring its own.
 * @param folder of ocvault's own data
 */
export function accepted(what: Acceptable, folder = ownDataFolder()): ReadonlySet<unknown> {
  return new Set(listOf(read(folder)[what]))
}

/**
 * Notes that something is accepted from now on.
 * @throws OcvaultError `failed` when that cannot be kept
 */
export function accept(what: Acceptable, values: readonly string[], folder = ownDataFolder()): void {
  const known = accepted(what, folder)
  if (values.every((value) => known.has(value))) return
  keep(what, [...new Set([...known, ...values])], folder)
}

/** The person says otherwise. @throws as {@link accept} */
export function withdraw(what: Acceptable, values: readonly string[], folder = ownDataFolder()): void {
  const known = accepted(what, folder)
  const gone = new Set<unknown>(values)
  const left = [...known].filter((value) => !gone.has(value))
  if (left.length < known.size) keep(what, left, folder)
}

function keep(what: Acceptable, values: readonly unknown[], folder: string): void {
  const content = { ...read(folder), [what]: values }
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw writingFailed(fileIn(folder), error)
  }
  writeAtomically(fileIn(folder), [Buffer.from(`${JSON.stringify(content, null, 2)}\n`)])
}
