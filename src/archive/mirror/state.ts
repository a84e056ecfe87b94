import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { writeAtomically, writeIfAbsent, writingFailed } from '../../base/files.ts'
import { isObject } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { copySchema, entrySchema, type ManifestEntry, sessionSchema } from '../format/manifest.ts'
import { existing, machinesFolder } from './files.ts'

/** Grows when an older release would misread the state; it is then made anew from the stores. */
const stateVersion = 1

const claimSchema = v.looseObject({
  ...sessionSchema.entries,
  mark: v.string(),
  deleted: v.nullable(v.number()),
  guest: v.optional(v.literal(true)),
  copies: v.array(v.looseObject({ ...copySchema.entries, taken: v.optional(v.literal(true)) })),
})

/**
 * What one machine says of one of its sessions: which file of the mirror holds it, and by which mark of its stores it was read. Mostly that is
 * `sessions/<id>.json`; where another machine has other messages in its session of that id, it is a copy.
 */
export interface Claim extends Held {
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  readonly projectID: string | null
  readonly directory: string | null
  readonly updated: number
  readonly copies: readonly (Held & {
    /** It came from a merge, and not from a store here. */
    readonly taken?: true | undefined
  })[]
  /** What told in the stores that nothing has changed. */
  readonly mark: string
  /** When it was seen that no store here has the session any more, in ms since the epoch. */
  readonly deleted: number | null
  /** It came from a merge: no store here has ever had it. */
  readonly guest?: true | undefined
}

/** A file that holds a session, as the manifest has it. */
export interface Held {
  readonly source: number
  readonly entry: string
  readonly bytes: number
  readonly sha256: string
  readonly counts: { readonly messages: number; readonly parts: number }
  readonly blobs: readonly string[]
}

/** The same, with its keys in one order, so that equal ones are printed the same. */
export const heldOf = ({ source, entry, bytes, sha256, counts: { messages, parts }, blobs }: Held): Held => ({
  source,
  entry,
  bytes,
  sha256,
  counts: { messages, parts },
  blobs,
})

/** A claim with its keys in one order. */
export function claimOf(claim: Claim): Claim {
  const { id, title, parentID, projectID, directory, updated, mark, deleted, guest, copies } = claim
  return {
    id,
    title,
    parentID,
    projectID,
    directory,
    updated,
    ...heldOf(claim),
    mark,
    deleted,
    ...(guest && { guest }),
    copies: copies.map((copy) => ({ ...heldOf(copy), ...(copy.taken && { taken: copy.taken }) })),
  }
}

/** What one machine knows of a mirror. No other machine writes this file, so nothing that merges files can damage it. */
export interface MachineState {
  readonly machine: string
  /** The release that printed the files. */
  tool: string
  /** When something was changed, in ms since the epoch. */
  time: number
  sources: { readonly kind: string; readonly path: string }[]
  problems: { readonly path: string; readonly reason: string }[]
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
  blobs: v.array(entrySchema),
  sessions: v.array(claimSchema),
})

export function emptyState(machine: string): MachineState {
  return { machine, tool: '', time: 0, sources: [], problems: [], sessions: new Map(), blobs: new Map() }
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** A line for each session, so that `git diff` shows which ones changed. */
function printState({ machine, tool, time, sources, problems, sessions, blobs }: MachineState): string {
  const head = JSON.stringify({ format: 'ocvault-mirror', version: stateVersion, machine, tool, time, sources, problems })
  const list = (items: readonly object[]) => items.map((item) => `\n${JSON.stringify(item)}`).join(',')
  const files = [...blobs.values()].sort((a, b) => compare(a.entry, b.entry))
  const claims = [...sessions.values()].sort((a, b) => compare(a.id, b.id))
  return `${head.slice(0, -1)},\n"blobs":[${list(files)}],\n"sessions":[${list(claims)}\n]}\n`
}

/** A claim as a journal or a state has it, undefined when it is none. */
export function claimIn(value: unknown): Claim | undefined {
  const parsed = v.safeParse(claimSchema, value)
  return parsed.success ? claimOf(parsed.output) : undefined
}

export function blobIn(value: unknown): ManifestEntry | undefined {
  const parsed = v.safeParse(entrySchema, value)
  return parsed.success ? parsed.output : undefined
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
  const { machine, tool, time, sources, problems, sessions, blobs } = parsed.output
  return {
    machine,
    tool,
    time,
    sources,
    problems,
    sessions: new Map(sessions.map((claim) => [claim.id, claimOf(claim)])),
    blobs: new Map(blobs.map((blob) => [blob.entry, blob])),
  }
}

const stateName = (machine: string) => `${machine}.json`

/**
 * What each machine says. Of one machine's that a syncer has kept twice the newer counts, whatever it is called.
 * @param onProblem is told of a state that cannot be read
 */
export function readStates(mirror: string, onProblem: (path: string, reason: string) => void): Map<string, MachineState> {
  const states = new Map<string, MachineState>()
  for (const name of existing(join(mirror, machinesFolder))) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue
    const path = join(mirror, machinesFolder, name)
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      throw new OcvaultError('failed', `cannot read ${path}: ${reasonOf(error)}`, { cause: error })
    }
    const state = parseState(text)
    if (!state) onProblem(path, 'is damaged, or of a newer ocvault; it is made anew by the next backup of that machine')
    else if (state.time >= (states.get(state.machine)?.time ?? -1)) states.set(state.machine, state)
  }
  return states
}

export const pathOfState = (mirror: string, machine: string): string => join(mirror, machinesFolder, stateName(machine))

/** @returns whether the file had to be written */
export function writeState(mirror: string, state: MachineState): void {
  writeAtomically(pathOfState(mirror, state.machine), [Buffer.from(printState(state))])
}

/** Removes what syncers have kept of this machine's state under other names. */
export function removeStateCopies(mirror: string, machine: string): void {
  for (const name of existing(join(mirror, machinesFolder))) {
    if (name === stateName(machine) || !name.startsWith(machine) || !name.endsWith('.json')) continue
    const path = join(mirror, machinesFolder, name)
    if (parseState(readFileSync(path, 'utf8'))?.machine === machine) rmSync(path, { force: true })
  }
}

/**
 * The name of this machine in every mirror: the host's, and some random digits, because names change and are not unique. Made once, and kept beside
 * the notes of `ocvault undo`: so a home that two hosts share is one machine, as the stores in it are.
 * @param folder of ocvault's own data
 * @throws OcvaultError `failed` when it cannot be kept
 */
export function machineName(folder: string): string {
  const path = join(folder, 'machine')
  const kept = machineNameIn(path)
  if (kept !== undefined) return kept
  const host = hostname()
    .split('.')[0]!
    .replace(/[^0-9A-Za-z]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  const name = `${host || 'machine'}-${randomBytes(4).toString('hex')}`
  const content = [Buffer.from(`${name}\n`)]
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw writingFailed(path, error)
  }
  writeIfAbsent(path, content)
  const first = machineNameIn(path)
  if (first !== undefined) return first
  // What is there is no name.
  writeAtomically(path, content)
  return name
}

function machineNameIn(path: string): string | undefined {
  try {
    const kept = readFileSync(path, 'utf8').trim()
    return /^[0-9A-Za-z-]{1,80}$/.test(kept) ? kept : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw writingFailed(path, error)
  }
}

/**
 * Names for further copies of a session, which no other machine takes: the number's thousands are the machine's.
 * @param isTaken names that this machine uses already
 */
export function copyNames(machine: string, name: string, isTaken: (entry: string) => boolean): () => string {
  const own = 1 + (createHash('sha256').update(machine).digest().readUInt16BE() % 999)
  let number = own * 1000
  return () => {
    for (;;) {
      const entry = `copies/${name}.${number++}.json`
      if (!isTaken(entry)) return entry
    }
  }
}

/** Whether a value is a line of a journal of this kind. */
export const lineOf = (line: unknown, key: string): unknown => (isObject(line) ? line[key] : undefined)
