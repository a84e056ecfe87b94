import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { listOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { archiveVersion, type Manifest, type ManifestCopy, type ManifestSession } from '../format/manifest.ts'
import { blobName, kindOfEntry, manifestName } from '../format/names.ts'
import { leftOut } from '../write.ts'
import { existing, hashOfFile, journals, readWhole, sizeOf } from './files.ts'
import { blobIn, type Claim, claimIn, emptyState, type Held, heldOf, lineOf, type MachineState, readStates } from './state.ts'

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** What one machine says of a session, with where its sources stand among those of all. */
interface Said {
  readonly claim: Claim
  readonly firstSource: number
}

/**
 * The manifest of a mirror: what all machines say of it together. The same states and files give the same manifest, on every machine; so when
 * a merge has spoiled it, it is made again, and when nothing has changed, it does not change.
 */
export function mirrorManifest(mirror: string, states: Iterable<MachineState>): Manifest {
  const machines = [...states].sort((a, b) => compare(a.machine, b.machine))
  const newest = machines.reduce<MachineState | undefined>(
    (last, state) => (last && last.time >= state.time ? last : state),
    undefined,
  )
  const said = new Map<SessionID, Said[]>()
  const sources: Manifest['sources'] = []
  const problems = new Map<string, Manifest['problems'][number]>()
  const blobs = new Map<string, Manifest['entries'][number]>()
  for (const state of machines) {
    const firstSource = sources.length
    for (const source of state.sources) sources.push({ ...source, machine: state.machine })
    for (const problem of state.problems) problems.set(JSON.stringify(problem), problem)
    for (const [entry, { bytes, sha256 }] of state.blobs) blobs.set(entry, { entry, bytes, sha256 })
    for (const [id, claim] of state.sessions) {
      const list = said.get(id)
      if (list) list.push({ claim, firstSource })
      else said.set(id, [{ claim, firstSource }])
    }
  }
  const kept = new Set<SessionID>()
  const sessions = [...said].sort(([a], [b]) => compare(a, b)).flatMap(([, claims]) => sessionOf(mirror, claims) ?? [])
  for (const { id } of sessions) kept.add(id)
  const named = new Set<string>()
  for (const [id, claims] of said) {
    if (!kept.has(id)) continue
    for (const { claim } of claims)
      for (const file of [claim, ...claim.copies]) for (const hash of file.blobs) named.add(blobName(hash))
  }
  return {
    format: 'ocvault-archive',
    version: archiveVersion,
    tool: newest?.tool ?? '',
    time: newest?.time ?? 0,
    scope: { mirror: machines.map(({ machine }) => machine) },
    sources,
    leftOut: [...leftOut, 'snapshots'],
    problems: [...problems].sort(([a], [b]) => compare(a, b)).map(([, problem]) => problem),
    sessions: parentsFirst(sessions),
    entries: [...blobs.values()].filter(({ entry }) => named.has(entry)).sort((a, b) => compare(a.entry, b.entry)),
    sha256: '', // printManifest makes it
  }
}

const mutable = (held: Held): ManifestCopy => ({ ...held, counts: { ...held.counts }, blobs: [...held.blobs] })

const isLead = ({ claim }: Said) => claim.entry.startsWith('sessions/')

/** A session of the manifest; undefined when it is deleted everywhere, and another machine has removed its file. */
function sessionOf(mirror: string, claims: readonly Said[]): ManifestSession | undefined {
  const lead = chosen(mirror, claims.some(isLead) ? claims.filter(isLead) : claims)
  const owners = claims.some(({ claim }) => claim.guest !== true) ? claims.filter(({ claim }) => claim.guest !== true) : claims
  const times = owners.map(({ claim }) => claim.deleted)
  const deleted = times.includes(null) ? null : Math.max(...times.map(Number))
  if (deleted !== null && sizeOf(join(mirror, lead.claim.entry)) === undefined) return undefined
  const copies = new Map<string, Held>()
  for (const { claim, firstSource } of claims) {
    for (const held of [claim, ...claim.copies]) {
      const { entry, source } = held
      if (entry === lead.claim.entry || entry.startsWith('sessions/')) continue
      copies.set(entry, { ...heldOf(held), source: source + firstSource })
    }
  }
  const { id, title, parentID, projectID, directory, updated } = lead.claim
  return {
    id,
    title,
    parentID,
    projectID,
    directory,
    updated,
    ...mutable({ ...heldOf(lead.claim), source: lead.claim.source + lead.firstSource }),
    copies: [...copies.values()].sort((a, b) => compare(a.entry, b.entry)).map(mutable),
    ...(deleted !== null && { deleted }),
  }
}

/** Of several machines' words on one file that which is true of it; where none is, the last one: what is there is damaged, or on its way. */
function chosen(mirror: string, claims: readonly Said[]): Said {
  const order = [...claims].sort(
    (a, b) =>
      Number(a.claim.deleted !== null) - Number(b.claim.deleted !== null) ||
      b.claim.updated - a.claim.updated ||
      compare(b.claim.sha256, a.claim.sha256),
  )
  const [first] = order
  if (order.every(({ claim }) => claim.sha256 === first!.claim.sha256)) return first!
  const hash = hashOfFile(join(mirror, first!.claim.entry))
  return order.find(({ claim }) => claim.sha256 === hash) ?? first!
}

/** Each session after its parent; those whose parents go round in a circle as they come. */
function parentsFirst(sessions: readonly ManifestSession[]): ManifestSession[] {
  const byID = new Map(sessions.map((session) => [session.id, session]))
  const placed = new Set<ManifestSession>()
  for (const session of sessions) {
    const above: ManifestSession[] = []
    for (let at: ManifestSession | undefined = session; at && !placed.has(at) && !above.includes(at); ) {
      above.push(at)
      at = at.parentID === null ? undefined : byID.get(at.parentID)
    }
    for (const next of above.reverse()) placed.add(next)
  }
  return [...placed]
}

/**
 * Brings what a machine said up to what an interrupted backup of its has done: of each file that was announced, whether it is in place.
 * @param lines of the journal
 * @returns files that it may have left, and that need no one to name them: those that only this machine can have put there, or that were to go
 */
export function replay(mirror: string, state: MachineState, lines: readonly unknown[]): Set<string> {
  const leftovers = leftoversIn(state, lines)
  for (const line of lines) {
    const blob = blobIn(lineOf(line, 'blob'))
    if (blob && sizeOf(join(mirror, blob.entry)) === blob.bytes) state.blobs.set(blob.entry, blob)
    const claim = claimIn(lineOf(line, 'put'))
    if (claim && [claim, ...claim.copies].every(({ entry, sha256 }) => hashOfFile(join(mirror, entry)) === sha256)) {
      state.sessions.set(claim.id, claim)
    }
    const pruned = lineOf(line, 'prune')
    if (typeof pruned === 'string') state.sessions.delete(pruned)
  }
  return leftovers
}

/** @param state as it was before the interrupted backup */
function leftoversIn(state: MachineState, lines: readonly unknown[]): Set<string> {
  const entries = new Set<unknown>()
  for (const line of lines) {
    const put = claimIn(lineOf(line, 'put'))
    const before = put && state.sessions.get(put.id)
    for (const claim of [put, before]) {
      for (const { entry } of claim ? [claim, ...claim.copies] : []) if (isCopy(entry)) entries.add(entry)
    }
    entries.add(blobIn(lineOf(line, 'blob'))?.entry)
    for (const entry of listOf(lineOf(line, 'files'))) entries.add(entry)
  }
  return new Set([...entries].filter((entry): entry is string => typeof entry === 'string' && kindOfEntry(entry) !== undefined))
}

const isCopy = (entry: string) => entry.startsWith('copies/')

/** Removes manifests that a syncer has kept under other names: there is nothing in them that the machines do not say. */
export function removeManifestCopies(mirror: string): void {
  for (const name of existing(mirror)) {
    if (name === manifestName || !/^manifest.+\.json$/.test(name)) continue
    const path = join(mirror, name)
    if (readWhole(path).includes('"format": "ocvault-archive"')) rmSync(path, { force: true })
  }
}

/** What an interrupted backup has left of a mirror, or a running one has made of it so far. */
export interface InterruptedMirror {
  readonly manifest: Manifest
  /** Files that the manifest need not list. */
  readonly pending: ReadonlySet<string>
}

/** Undefined when no backup into this folder was interrupted, or is running. */
export function interruptedMirror(mirror: string): InterruptedMirror | undefined {
  const interrupted = journals(mirror)
  if (interrupted.length === 0) return undefined
  const states = readStates(mirror, () => undefined)
  const pending = new Set<string>()
  for (const [machine, lines] of interrupted) {
    const state = states.get(machine) ?? emptyState(machine)
    for (const entry of replay(mirror, state, lines)) pending.add(entry)
    states.set(machine, state)
  }
  return { manifest: mirrorManifest(mirror, states.values()), pending }
}
