import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { SessionID } from '../../opencode/ids.ts'
import { entrySchema, type ManifestEntry } from '../format/manifest.ts'
import { type Claim, claimOf, claimSchema } from './claim.ts'
import { type MirrorFolder, machinesFolder } from './folder.ts'

/** Grows when an older release would misread the state; it is then made anew from the stores. */
const stateVersion = 1

/** What one machine knows of a mirror. No other machine writes this file, so nothing that merges files can damage it. */
export interface MachineState {
  readonly machine: string
  /** The release that printed the files. */
  tool: string
  /** When something was changed, in ms since the epoch. */
  time: number
  sources: { readonly kind: string; readonly path: string }[]
  problems: { readonly path: string; readonly reason: string }[]
  /** Of its sessions those that were pinned in OpenCode. */
  pinned: readonly SessionID[]
  readonly sessions: Map<SessionID, Claim>
  /** Blobs that its sessions name. */
  readonly blobs: Map<string, ManifestEntry>
}

const schema = v.looseObject({
  format: v.literal('ocvault-mirror'),
  version: v.literal(stateVersion),
  machine: v.string(),
  tool: v.string(),
  time: v.number(),
  sources: v.array(v.looseObject({ kind: v.string(), path: v.string() })),
  problems: v.array(v.looseObject({ path: v.string(), reason: v.string() })),
  // Releases before, and machines where nothing is pinned, have none.
  pinned: v.optional(v.array(v.string())),
  blobs: v.array(entrySchema),
  sessions: v.array(claimSchema),
  sha256: v.optional(v.string()),
})

export function emptyState(machine: string): MachineState {
  return { machine, tool: '', time: 0, sources: [], problems: [], pinned: [], sessions: new Map(), blobs: new Map() }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** Before the hash of a state, which is of all that stands before this. */
const beforeHash = ',\n"sha256":"'

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** A line for each session, so that `git diff` shows which ones changed. */
function printState({ machine, tool, time, sources, problems, pinned, sessions, blobs }: MachineState): string {
  const head = JSON.stringify({
    format: 'ocvault-mirror',
    version: stateVersion,
    machine,
    tool,
    time,
    sources,
    problems,
    ...(pinned.length > 0 && { pinned }),
  })
  const list = (items: readonly object[]) => items.map((item) => `\n${JSON.stringify(item)}`).join(',')
  const files = [...blobs.values()].sort((a, b) => compare(a.entry, b.entry))
  const claims = [...sessions.values()].sort((a, b) => compare(a.id, b.id))
  const text = `${head.slice(0, -1)},\n"blobs":[${list(files)}],\n"sessions":[${list(claims)}\n]`
  return `${text}${beforeHash}${hashOf(text)}"}\n`
}

function parseState(text: string): MachineState | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = v.safeParse(schema, value)
  if (!parsed.success) return undefined
  // Releases before have written none.
  const { sha256 } = parsed.output
  if (sha256 !== undefined && sha256 !== hashOf(text.slice(0, text.lastIndexOf(beforeHash)))) return undefined
  const { machine, tool, time, sources, problems, pinned = [], sessions, blobs } = parsed.output
  return {
    machine,
    tool,
    time,
    sources,
    problems,
    pinned,
    sessions: new Map(sessions.map((claim) => [claim.id, claimOf(claim)])),
    blobs: new Map(blobs.map((blob) => [blob.entry, blob])),
  }
}

/** The file that a machine's state is in. */
export const entryOfState = (machine: string): string => `${machinesFolder}/${machine}.json`

const stateIn = (folder: MirrorFolder, entry: string) => parseState(Buffer.from(folder.read(entry)).toString())

/** States of machines, whatever a syncer has called them. */
const stateEntries = (folder: MirrorFolder): string[] =>
  folder
    .names(machinesFolder)
    .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
    .map((name) => `${machinesFolder}/${name}`)

/**
 * What each machine says. Of one machine's that a syncer has kept twice the newer counts, whatever it is called.
 * @param onProblem is told of a state that cannot be read
 */
export function readStates(folder: MirrorFolder, onProblem: (entry: string, reason: string) => void): Map<string, MachineState> {
  const states = new Map<string, MachineState>()
  for (const entry of stateEntries(folder)) {
    const state = stateIn(folder, entry)
    if (!state) {
      onProblem(entry, 'is damaged, or of a newer ocvault; it is made anew by the next backup of that machine')
    } else if (state.time >= (states.get(state.machine)?.time ?? -1)) states.set(state.machine, state)
  }
  return states
}

export function writeState(folder: MirrorFolder, state: MachineState): void {
  folder.write(entryOfState(state.machine), Buffer.from(printState(state)))
}

/** Removes what syncers have kept of this machine's state under other names. */
export function removeStateCopies(folder: MirrorFolder, machine: string): void {
  const own = entryOfState(machine)
  for (const entry of stateEntries(folder)) {
    const isCopy = entry !== own && entry.startsWith(`${machinesFolder}/${machine}`)
    if (isCopy && stateIn(folder, entry)?.machine === machine) folder.remove(entry)
  }
}
