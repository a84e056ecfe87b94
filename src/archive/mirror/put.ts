import type { SessionID } from '../../opencode/ids.ts'
import { type Claim, type ClaimedCopy, claimOf, filesOf, type SessionFile, sessionFile } from './claim.ts'
import { compareDocuments, documentIn } from './compare.ts'
import type { GrownFile } from './folder.ts'
import { type NextVersion, type Placing, placeOf, type StandingVersion } from './place.ts'
import type { MirrorRun } from './run.ts'

/** What a store says of a session, printed, and not in its place yet. */
export interface PrintedDocument extends GrownFile, Pick<SessionFile, 'counts' | 'blobs' | 'source'> {
  /** Whether all of it could be read. What could not is no reason to forget what was there before. */
  readonly isWhole: boolean
  /** Whether the session's own record is gone from its store, so that what is said of it there is made up. */
  readonly isRemains: boolean
}

/** What is said of a session besides its files. */
export type About = Pick<Claim, 'id' | 'title' | 'parentID' | 'projectID' | 'directory' | 'updated' | 'mark'>

/** Why a session was written. */
export type Written = 'new' | 'changed' | 'diverged'

/**
 * Puts what the stores of this machine say of a session into the mirror: the leading version, and of the others those that say
 * something else.
 * @returns why it was written; undefined when it stood there already, or is held by what another machine has put there
 */
export function putSession(run: MirrorRun, about: About, documents: readonly PrintedDocument[]): Written | undefined {
  return new SessionPut(run, about, documents).put(documents)
}

class SessionPut {
  readonly #run: MirrorRun
  readonly #about: About
  readonly #before: Claim | undefined
  readonly #others: readonly Claim[]
  /** Sources whose present versions are put here. */
  readonly #rewritten: ReadonlySet<number>
  /** Versions that no store says any more, or never said. */
  readonly #taken: ClaimedCopy[]
  /** Versions that stores say, beside the leading one. */
  readonly #copies = new Map<string, SessionFile>()
  /** The leading version as far as it is put. */
  #lead: Claim | undefined

  constructor(run: MirrorRun, about: About, documents: readonly PrintedDocument[]) {
    this.#run = run
    this.#before = run.own.sessions.get(about.id)
    this.#about = documents[0]?.isRemains && this.#before ? { ...about, ...lastToldOf(this.#before) } : about
    // What came from a merge is not what a store here says, also when a kill ends this half way.
    this.#lead = this.#before?.guest ? { ...this.#before, covered: true } : this.#before
    this.#others = run.othersOn(about.id)
    // What OpenCode had deleted stays, when a session with its id comes back.
    const isBack = this.#before !== undefined && this.#before.deleted !== null
    this.#rewritten = new Set(documents.filter(({ isWhole }) => isWhole && !isBack).map(({ source }) => source))
    // One that is gone was pruned elsewhere, or will be taken in again when it comes back.
    this.#taken = (this.#before ? filesOf(this.#before) : [])
      .filter(({ entry, isOwn }) => !isOwn && entry.startsWith('copies/') && run.folder.size(entry) !== undefined)
      .map((file) => ({ ...sessionFile(file), taken: true }))
  }

  put([lead, ...others]: readonly PrintedDocument[]): Written | undefined {
    // What leads now may stand where one of the others stood: that one goes first.
    if (this.#before) for (const document of others) this.#putCopy(document)
    this.#lead = this.#putLead(lead!)
    if (!this.#before) for (const document of others) this.#putCopy(document)
    this.#keepOld()
    const now = this.#claim(this.#lead, this.#about.mark)
    if (JSON.stringify(now) === JSON.stringify(this.#before)) {
      this.#run.own.sessions.set(now.id, now)
      return undefined
    }
    this.#run.say(now)
    if (now.covered || this.#before?.sha256 === now.sha256) return undefined
    if (now.entry.startsWith('copies/')) return 'diverged'
    return this.#before ? 'changed' : 'new'
  }

  #claim(lead: SessionFile & { readonly covered?: true | undefined }, mark: string): Claim {
    const copies = [...this.#taken, ...this.#copies.values()].filter(({ entry }) => entry !== lead.entry)
    const { covered } = lead
    return claimOf({ ...this.#about, ...sessionFile(lead), mark, deleted: null, ...(covered && { covered }), copies })
  }

  #putLead(document: PrintedDocument): Claim {
    const { id, mark } = this.#about
    const entry = this.#run.leadOf(id)
    const standing = this.#run.standing(entry)
    const placing = this.#placing(document, standing, this.#isAbandoned(entry))
    if (placing === 'covered') return this.#covered(standing!, document.source)
    if (placing === 'copy') return this.#claim(this.#putCopy(document), mark)
    if (placing === 'aside') this.#setAside(standing!, fileOf(document, entry))
    return this.#putAt(document, entry)
  }

  /** A backup that was killed while it pruned has left a file, and the session has come back. */
  #isAbandoned(entry: string): boolean {
    return this.#before === undefined && this.#others.length === 0 && this.#run.unused.has(entry)
  }

  #placing(document: PrintedDocument, standing: StandingVersion | undefined, isAbandoned = false): Placing {
    const { folder } = this.#run
    const { sha256, bytes, growing, isRemains } = document
    const next: NextVersion = {
      sha256,
      bytes,
      isRemains,
      updated: this.#about.updated,
      document: () => documentIn(folder, growing),
    }
    const known = { own: this.#lead, others: this.#others, rewritten: this.#rewritten, isAbandoned }
    return placeOf(next, standing, known)
  }

  #putAt(document: PrintedDocument, entry: string): Claim {
    const claim = this.#claim(fileOf(document, entry), '')
    if (this.#run.folder.hash(entry) !== document.sha256) this.#run.put(document, entry, claim)
    return claim
  }

  /** What stands there says all that the store says. It stays what it was said to be by this machine, if anything. */
  #covered(standing: StandingVersion, source: number): Claim {
    const before = this.#before
    const isKnown = before?.entry === standing.entry && before.sha256 === standing.sha256 && before.guest !== true
    if (isKnown) return this.#claim(before, '')
    return this.#claim({ ...this.#run.describe(this.#about.id, standing, source), covered: true }, '')
  }

  /** Makes a copy of what stands in the place of a version that does not hold it. */
  #setAside(standing: StandingVersion, next: SessionFile): void {
    const { id } = this.#about
    const { folder } = this.#run
    const known = [...this.#taken, ...this.#others.flatMap(filesOf)]
    const isKept = (file: SessionFile) =>
      file.entry !== standing.entry && file.sha256 === standing.sha256 && this.#run.holds(file)
    if (known.some(isKept)) return
    const source = this.#before?.sha256 === standing.sha256 ? this.#before.source : next.source
    const entry = this.#run.copyOf(id)
    this.#taken.push({ ...this.#run.describe(id, standing, source), entry, taken: true })
    const grown = folder.grow('aside', folder.blocks(standing.entry))
    this.#run.journal.add({ put: this.#claim(next, '') })
    this.#run.move(grown, entry)
  }

  /** Puts a version beside the leading one, where its store's last one was if that may go. */
  #putCopy(document: PrintedDocument): SessionFile {
    const { id } = this.#about
    const before = this.#ownBefore().find(
      ({ entry, source }) => entry.startsWith('copies/') && source === document.source && !this.#copies.has(entry),
    )
    const placing = before ? this.#placing(document, this.#run.standing(before.entry)) : 'copy'
    const isKept = placing === 'covered' && before && this.#run.holds(before)
    const file = isKept ? before : fileOf(document, placing === 'replace' ? before!.entry : this.#run.copyOf(id))
    this.#copies.set(file.entry, sessionFile(file))
    if (isKept || this.#run.folder.hash(file.entry) === document.sha256) return file
    const lead = this.#lead && this.#lead.entry !== file.entry ? this.#lead : file
    this.#run.put(document, file.entry, this.#claim(lead, ''))
    return file
  }

  #ownBefore(): SessionFile[] {
    return this.#before ? filesOf(this.#before).filter(({ isOwn }) => isOwn) : []
  }

  /**
   * What stores have said before, and no file holds now: it may go where that store says something else; where the store is gone,
   * it is kept.
   */
  #keepOld(): void {
    for (const file of this.#ownBefore()) {
      if (!file.entry.startsWith('copies/') || file.entry === this.#lead?.entry || this.#copies.has(file.entry)) continue
      if (!this.#run.holds(file)) continue
      if (this.#rewritten.has(file.source) || this.#isHeld(file)) this.#run.unused.add(file.entry)
      else this.#taken.push({ ...sessionFile(file), taken: true })
    }
  }

  /** Whether everything in a file is in one that is said of the session now. */
  #isHeld({ entry }: SessionFile): boolean {
    const { folder } = this.#run
    const document = documentIn(folder, entry)
    if (!document) return false
    return [this.#lead!, ...this.#copies.values()].some((file) => {
      const other = documentIn(folder, file.entry)
      return other && ['same', 'behind'].includes(compareDocuments(document, other))
    })
  }
}

/** What a session's own record said when it was there last. */
const lastToldOf = ({ title, parentID, projectID, directory, updated }: Claim) => ({
  title,
  parentID,
  projectID,
  directory,
  updated,
})

const fileOf = ({ source, bytes, sha256, counts, blobs }: PrintedDocument, entry: string): SessionFile => ({
  source,
  entry,
  bytes,
  sha256,
  counts,
  blobs,
})

/**
 * Marks sessions that were here, and that no store has any more.
 * @param seen those that were just put
 * @param goneOf tells of sessions which ones every store that they came from is there without
 */
export function markDeleted(
  run: MirrorRun,
  seen: ReadonlySet<SessionID>,
  goneOf: (ids: readonly SessionID[]) => ReadonlySet<SessionID>,
): void {
  const claims = [...run.own.sessions.values()].filter(({ id, deleted, guest }) => !seen.has(id) && deleted === null && !guest)
  const gone = claims.length > 0 ? goneOf(claims.map(({ id }) => id)) : new Set()
  for (const claim of claims) if (gone.has(claim.id)) run.say({ ...claim, deleted: Date.now() })
}

/**
 * Forgets what another machine has removed, because nobody has it any more; and files in which a merge has left another version:
 * what they held is a stray now, if it is there at all.
 */
export function dropLost(run: MirrorRun): void {
  for (const claim of [...run.own.sessions.values()]) {
    const { id, entry, deleted, guest, copies } = claim
    const isUnstored = deleted !== null || guest === true
    const lost = new Set(
      filesOf(claim)
        .filter((file) => isLost(run, id, file, isUnstored || !file.isOwn))
        .map((file) => file.entry),
    )
    const rest = copies.filter((copy) => !lost.has(copy.entry))
    const isLeadLost = isUnstored && lost.has(entry)
    if (isLeadLost || (isUnstored && run.folder.size(entry) === undefined)) {
      run.own.sessions.delete(id)
      const [first, ...others] = isLeadLost ? rest : []
      if (first) run.own.sessions.set(id, claimOf({ ...claim, ...sessionFile(first), copies: others }))
    } else if (lost.size > 0) run.own.sessions.set(id, claimOf({ ...claim, copies: rest, mark: '' }))
    else continue
    run.changed = true
  }
}

/**
 * Whether a file holds another version than this machine says.
 * @param isUnstored no store says what it held, so that it will not be put again
 */
function isLost(run: MirrorRun, id: SessionID, { entry, sha256, bytes }: SessionFile, isUnstored: boolean): boolean {
  const isElse = (file: SessionFile) => file.entry === entry && file.sha256 !== sha256
  const isDisputed = entry.startsWith('copies/') && run.othersOn(id).flatMap(filesOf).some(isElse)
  if (isDisputed) return run.folder.hash(entry) !== sha256
  const size = run.folder.size(entry)
  // What is no session is damaged, and stays what it was said to be.
  return isUnstored && size !== undefined && size !== bytes && documentIn(run.folder, entry)?.id === id
}
