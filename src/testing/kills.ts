import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const preload = { NODE_OPTIONS: `--no-warnings --import=${pathToFileURL(join(import.meta.dirname, 'die-at.ts'))}` }

/** The environment in which a program of Node ends right before its n-th change of a file or a database. */
export const dyingAt = (change: number): Record<string, string> => ({ ...preload, OCVAULT_DIE_AT: String(change) })

/**
 * Runs a program once as it is, and then again and again, each time killed before another one of its changes, which are spread
 * over its whole way: the same moments on every machine, however fast.
 * @param start starts it with this on top of its environment
 * @param prepare what is there before each run
 * @param look is told after each run when it was killed
 * @throws when the program fails, or gets to its end before it is killed
 */
export async function killAtChanges(
  kills: number,
  start: (env: Record<string, string>) => ChildProcess,
  prepare: () => void,
  look: (when: string) => unknown,
): Promise<void> {
  const note = join(tmpdir(), `ocvault-changes-${process.pid}-${Math.random().toString(36).slice(2)}`)
  prepare()
  const [code] = await once(start({ ...preload, OCVAULT_CHANGES: note }), 'close')
  if (code !== 0) throw new Error(`it ended with exit code ${code} before anything was killed`)
  const changes = Number(readFileSync(note, 'utf8'))
  rmSync(note)
  for (let kill = 0; kill < kills; kill++) {
    const change = Math.ceil(((kill + 0.5) * changes) / kills)
    prepare()
    const [, signal] = await once(start(dyingAt(change)), 'close')
    if (signal !== 'SIGKILL') throw new Error(`it was to be killed before change ${change} of ${changes}, and got to its end`)
    await look(`killed before change ${change} of ${changes}`)
  }
}
