import type { SessionID } from '../../opencode/ids.ts'
import { archiveVersion, leftOut, type Manifest, type ManifestCopy, type ManifestSession } from '../format/manifest.ts'
import { blobName, manifestName } from '../format/names.ts'
import { type Claim, filesOf, type SessionFile, sessionFile } from './claim.ts'
import type { MirrorFolder } from './folder.ts'
import type { MachineState } from './state.ts'

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** What one machine says of a session, with where its sources stand among those of all. */
interface Said {
  readonly claim: Claim
  readonly firstSource: number
}

/**
 * The manifest of a mirror: what all machines say of it together. The same states and files give the same manifest, on every
 * machine; so when a merge has spoiled it, it is made again, and when nothing has changed, it does not change.
 */
export function mirrorManifest(folder: MirrorFolder, states: Iterable<MachineState>): Manifest {
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
  const pinned = new Set(machines.flatMap((state) => state.pinned))
  const listed = new Set<SessionID>()
  const sessions = [...said].sort(([a], [b]) => compare(a, b)).flatMap(([, claims]) => sessionOf(folder, claims) ?? [])
  for (const { id } of sessions) listed.add(id)
  const named = new Set<string>()
  for (const [id, claims] of said) {
    if (!listed.has(id)) continue
    for (const file of claims.flatMap(({ claim }) => filesOf(claim))) for (const hash of file.blobs) named.add(blobName(hash))
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
    ...(pinned.size > 0 && { pinned: [...pinned].filter((id) => listed.has(id)).sort(compare) }),
    entries: [...blobs.values()].filter(({ entry }) => named.has(entry)).sort((a, b) => compare(a.entry, b.entry)),
    sha256: '', // printManifest makes it
  }
}

const mutable = (file: SessionFile): ManifestCopy => ({ ...file, counts: { ...file.counts }, blobs: [...file.blobs] })

const isLead = ({ claim }: Said) => claim.entry.startsWith('sessions/')

/** A session of the manifest; undefined when it is deleted everywhere, and another machine has removed its file. */
function sessionOf(folder: MirrorFolder, claims: readonly Said[]): ManifestSession | undefined {
  const lead = chosen(folder, claims.some(isLead) ? claims.filter(isLead) : claims)
  const owners = claims.some(({ claim }) => claim.guest !== true) ? claims.filter(({ claim }) => claim.guest !== true) : claims
  const times = owners.map(({ claim }) => claim.deleted)
  const deleted = times.includes(null) ? null : Math.max(...times.map(Number))
  const isGuest = claims.every(({ claim }) => claim.guest === true)
  if ((deleted !== null || isGuest) && folder.size(lead.claim.entry) === undefined) return undefined
  const copies = new Map<string, SessionFile>()
  for (const { claim, firstSource } of claims) {
    for (const file of filesOf(claim)) {
      const { entry, source } = file
      if (entry === lead.claim.entry || entry.startsWith('sessions/')) continue
      // Two machines that a syncer had parted may have taken one name.
      const isDisputed = (copies.get(entry)?.sha256 ?? file.sha256) !== file.sha256
      if (isDisputed && folder.hash(entry) !== file.sha256) continue
      copies.set(entry, { ...sessionFile(file), source: source + firstSource })
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
    ...mutable({ ...sessionFile(lead.claim), source: lead.claim.source + lead.firstSource }),
    copies: [...copies.values()].sort((a, b) => compare(a.entry, b.entry)).map(mutable),
    ...(deleted !== null && { deleted }),
  }
}

/**
 * Of several machines' words on one file that which is true of it; where none is, the last one: what is there is damaged, or on
 * its way.
 */
function chosen(folder: MirrorFolder, claims: readonly Said[]): Said {
  const order = [...claims].sort(
    (a, b) =>
      Number(a.claim.deleted !== null) - Number(b.claim.deleted !== null) ||
      b.claim.updated - a.claim.updated ||
      compare(b.claim.sha256, a.claim.sha256),
  )
  const [first] = order
  if (order.every(({ claim }) => claim.sha256 === first!.claim.sha256)) return first!
  const hash = folder.hash(first!.claim.entry)
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

/** Removes manifests that a syncer has kept under other names: there is nothing in them that the machines do not say. */
export function removeManifestCopies(folder: MirrorFolder): void {
  for (const name of folder.names('')) {
    if (name === manifestName || !/^manifest.+\.json$/.test(name)) continue
    if (Buffer.from(folder.read(name)).includes('"format": "ocvault-archive"')) folder.remove(name)
  }
}
