import type { Manifest } from '../format/manifest.ts'
import type { MirrorFolder } from './folder.ts'
import { journals, replay } from './journal.ts'
import { mirrorManifest } from './manifest.ts'
import { emptyState, readStates } from './state.ts'

/** What an interrupted backup has left of a mirror, or a running one has made of it so far. */
export interface InterruptedMirror {
  readonly manifest: Manifest
  /** Files that the manifest need not list. */
  readonly pending: ReadonlySet<string>
}

/** Undefined when no backup into this folder was interrupted, or is running. */
export function interruptedMirror(folder: MirrorFolder): InterruptedMirror | undefined {
  const interrupted = journals(folder)
  if (interrupted.length === 0) return undefined
  const states = readStates(folder, () => undefined)
  const pending = new Set<string>()
  for (const [machine, lines] of interrupted) {
    const state = states.get(machine) ?? emptyState(machine)
    const { unused, copies } = replay(folder, state, lines)
    for (const entry of [...unused, ...copies]) pending.add(entry)
    states.set(machine, state)
  }
  return { manifest: mirrorManifest(folder, states.values()), pending }
}
