import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createHash, randomBytes } from './hash.ts'

/**
 * Where a process id means something: this machine, and of its containers this one. Six letters that two places are unlikely to
 * share.
 */
function placeOfProcesses(): string {
  let namespace = ''
  try {
    namespace = readlinkSync('/proc/self/ns/pid')
  } catch {
    // Not Linux: one machine has one numbering.
  }
  return createHash('sha256').update(`${hostname()}\0${namespace}`).digest('hex').slice(0, 6)
}

let place: string | undefined
const here = () => {
  place ??= placeOfProcesses()
  return place
}

/**
 * A place beside a file where its new content grows: a name in the same folder, so that a rename puts it in place at once. It
 * says which process writes it, so that it can be told when nobody does any more.
 */
export const temporaryBeside = (path: string): string =>
  join(dirname(path), `.${basename(path).slice(0, 40)}.${here()}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`)

const form = /^\.(.+)\.([0-9a-f]{6})-(\d{1,10})-[0-9a-f]{8}\.tmp(?:-wal|-shm|-journal)?$/

/**
 * The name that such a file was to have, of which the end may be missing; undefined for any other. What SQLite keeps beside it
 * counts too.
 */
export const nameOfTemporary = (entry: string): string | undefined => form.exec(entry)?.[1]

/** Whether a process of this machine is there. One of another user is. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Of a writer elsewhere nothing is known, but that a file which is still growing is not older than this. */
const abandonedAfterMs = 3_600_000

function isAbandoned(entry: string, changedMs: number): boolean {
  const [, , writtenIn, pid] = form.exec(entry) ?? []
  if (writtenIn === here() && !isRunning(Number(pid))) return true
  return Date.now() - changedMs > abandonedAfterMs
}

/**
 * Removes what killed processes have left where they were writing: at once where the process is known to be gone.
 * @param isOurs by {@link nameOfTemporary}
 */
export function removeAbandoned(folder: string, isOurs: (name: string) => boolean): void {
  try {
    for (const entry of readdirSync(folder)) {
      const name = nameOfTemporary(entry)
      if (name === undefined || !isOurs(name)) continue
      const path = join(folder, entry)
      if (isAbandoned(entry, statSync(path).mtimeMs)) rmSync(path, { force: true })
    }
  } catch {
    // A folder that cannot be read or written is told of where it matters.
  }
}
