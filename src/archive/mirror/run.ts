import type { SessionID } from '../../opencode/ids.ts'
import { blobsNamed, countsOf, type SessionDocument } from '../format/document.ts'
import { blobName, EntryNames } from '../format/names.ts'
import { type Claim, claimOf, filesOf, type SessionFile, sessionFile } from './claim.ts'
import { documentIn, updatedOf } from './compare.ts'
import { CopyNames } from './copy-names.ts'
import type { GrownFile, MirrorFolder } from './folder.ts'
import { Journal, journals, replay } from './journal.ts'
import type { StandingVersion } from './place.ts'
import { emptyState, entryOfState, type MachineState, readStates } from './state.ts'

/** One backup of one machine into a mirror: what is known in it, and what was done so far. */
export class MirrorRun {
  readonly folder: MirrorFolder
  readonly states: ReadonlyMap<string, MachineState>
  /** What this machine says; the one state that may change. */
  readonly own: MachineState
  readonly journal: Journal
  readonly copyNames: CopyNames
  readonly onProblem: (path: string, reason: string) => void
  /** Files that are to go once nothing names them. */
  readonly unused = new Set<string>()
  /** Files that were put in place. */
  readonly fresh = new Set<string>()
  /** Whether anything in the mirror is other than before. */
  changed: boolean
  /** Bytes of the files that were put in place. */
  bytes = 0
  readonly #names = new EntryNames()

  constructor(folder: MirrorFolder, machine: string, onProblem: (path: string, reason: string) => void) {
    this.folder = folder
    this.onProblem = onProblem
    const states = readStates(folder, (entry, reason) => onProblem(folder.pathOf(entry), reason))
    this.own = states.get(machine) ?? emptyState(machine)
    states.set(machine, this.own)
    this.states = states
    this.journal = new Journal(folder, machine)
    // What another machine's killed backup has put in place is that machine's, too.
    for (const [other, lines] of journals(folder)) {
      if (other === machine) continue
      const state = states.get(other) ?? emptyState(other)
      replay(folder, state, lines)
      states.set(other, state)
    }
    const lines = this.journal.lines()
    this.changed = lines.length > 0 || folder.size(entryOfState(machine)) === undefined
    // Where the last backup was killed, files may be left that nothing names.
    for (const entry of replay(folder, this.own, lines).unused) this.unused.add(entry)
    this.copyNames = new CopyNames(machine, states.values(), folder)
    this.#nameKnown()
  }

  /** A session keeps its name; of two that differ in case only, the plain one is that which had it. */
  #nameKnown(): void {
    const claims = [...this.states.values()].flatMap(({ sessions }) => [...sessions.values()])
    claims.sort((a, b) => a.entry.length - b.entry.length || (a.entry < b.entry ? -1 : 1))
    for (const { id } of claims) this.#names.nameFor(id)
  }

  /** The file that a session has, unless another version of it is there. */
  leadOf(id: SessionID): string {
    return `sessions/${this.#names.nameFor(id)}.json`
  }

  /** A name for a further version of a session; each is given once. */
  copyOf(id: SessionID): string {
    return this.copyNames.next(this.#names.nameFor(id))
  }

  /** What other machines say of a session. */
  othersOn(id: SessionID): Claim[] {
    return [...this.states.values()].flatMap((state) => (state === this.own ? [] : (state.sessions.get(id) ?? [])))
  }

  /** What stands in a file; undefined where there is none. */
  standing(entry: string): StandingVersion | undefined {
    const sha256 = this.folder.hash(entry)
    if (sha256 === undefined) return undefined
    const bytes = this.folder.size(entry) ?? 0
    return { entry, sha256, bytes, document: () => documentIn(this.folder, entry), updated: updatedOf }
  }

  /** Whether a file holds what is said of it. */
  holds({ entry, bytes, sha256 }: SessionFile): boolean {
    return this.folder.size(entry) === bytes && this.folder.hash(entry) === sha256
  }

  /**
   * Puts a file into its place, and says so.
   * @param claim what this machine says of the session from then on
   */
  put(file: GrownFile, entry: string, claim: Claim): void {
    this.journal.add({ put: claimOf(claim) })
    if (this.folder.hash(entry) !== file.sha256) this.move(file, entry)
    this.own.sessions.set(claim.id, claimOf(claim))
  }

  /** @throws OcvaultError `failed` when it cannot be written */
  move({ growing, bytes }: GrownFile, entry: string): void {
    this.folder.move(growing, entry)
    this.fresh.add(entry)
    this.unused.delete(entry)
    this.bytes += bytes
    this.changed = true
  }

  /** Says something else of a session whose files stay as they are. */
  say(claim: Claim): void {
    this.journal.add({ put: claimOf(claim) })
    this.own.sessions.set(claim.id, claimOf(claim))
    this.changed = true
  }

  /** Where among the sources of this machine one stands; it is added where it is new. */
  sourceOf(kind: string, path: string): number {
    const { sources } = this.own
    const at = sources.findIndex((source) => source.kind === kind && source.path === path)
    return at >= 0 ? at : sources.push({ kind, path }) - 1
  }

  /** What is to be said of a version of a session that stands there already. */
  describe(id: SessionID, standing: StandingVersion, source: number): SessionFile {
    const { entry, sha256, bytes } = standing
    const said = [...this.states.values()].flatMap(({ sessions }) => sessions.get(id) ?? []).flatMap(filesOf)
    const known = said.find((file) => file.entry === entry && file.sha256 === sha256)
    if (known) return { ...sessionFile(known), source }
    const document = standing.document()
    const counts = document ? countsOf(document) : { messages: 0, parts: 0 }
    return { source, entry, bytes, sha256, counts, blobs: blobsOf(document) }
  }

  /** Every file that some machine names. @param without sessions that no longer count */
  named(without: ReadonlySet<SessionID>): Set<string> {
    const named = new Set<string>()
    for (const { sessions, blobs } of this.states.values()) {
      for (const claim of sessions.values()) {
        if (without.has(claim.id)) continue
        for (const { entry, blobs: hashes } of filesOf(claim)) {
          named.add(entry)
          for (const hash of hashes) named.add(blobName(hash))
        }
      }
      for (const entry of without.size > 0 ? [] : blobs.keys()) named.add(entry)
    }
    return named
  }
}

/** Hashes of the blobs that a document names. */
export const blobsOf = (document: SessionDocument | undefined): string[] => (document ? blobsNamed(document).sort() : [])
