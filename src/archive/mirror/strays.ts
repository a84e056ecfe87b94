import { readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writingFailed } from '../../base/files.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { headerOfInfo } from '../../stores/session-info.ts'
import { countsOf, type SessionDocument, type SideFileName } from '../format/entry.ts'
import { blobName, kindOfEntry } from '../format/names.ts'
import { compareDocuments, conflictSides, documentIn } from './compare.ts'
import { existing, growingFolder, hashOfFile, type Journal, sizeOf, writeGrowing } from './files.ts'
import { type Claim, claimOf, copyNames, type Held, type MachineState } from './state.ts'

export interface StraysContext {
  readonly states: ReadonlyMap<string, MachineState>
  readonly own: MachineState
  readonly journal: Journal
  readonly onProblem: (path: string, reason: string) => void
  /** A session's name, without folder and ending. */
  readonly nameFor: (id: SessionID) => string
  /** Files that a killed backup was about to remove. */
  readonly unwanted: ReadonlySet<string>
}

export interface Strays {
  /** Files that are no longer of use. */
  readonly unused: readonly string[]
  /** Files that were put in place. */
  readonly fresh: readonly string[]
}

/**
 * Takes in what merging has left in a mirror: files that a syncer has kept beside each other under a name of its own, and files in which git has
 * left the marks of a conflict. Each version in them that says something of its own is kept: as the session's file, or as a copy. What is no
 * session is named, and left alone.
 */
export function takeInStrays(mirror: string, context: StraysContext): Strays {
  return new Strayed(mirror, context).takeIn()
}

class Strayed {
  readonly #mirror: string
  readonly #context: StraysContext
  readonly #unused: string[] = []
  readonly #fresh: string[] = []
  /** What machines say of each file. */
  readonly #claimed = new Map<string, Held[]>()

  constructor(mirror: string, context: StraysContext) {
    this.#mirror = mirror
    this.#context = context
    for (const { sessions } of context.states.values()) {
      for (const claim of sessions.values()) {
        for (const file of [claim, ...claim.copies]) {
          const list = this.#claimed.get(file.entry)
          if (list) list.push(file)
          else this.#claimed.set(file.entry, [file])
        }
      }
    }
  }

  takeIn(): Strays {
    for (const folder of ['sessions', 'copies']) {
      for (const name of existing(join(this.#mirror, folder))) {
        if (name.startsWith('.') || !name.endsWith('.json')) continue
        const entry = `${folder}/${name}`
        const claims = this.#claimed.get(entry) ?? []
        if (claims.length === 0 && this.#context.unwanted.has(entry)) continue
        const bytes = sizeOf(join(this.#mirror, entry))
        // One that has the size that somebody says is as it should be, as far as a look can tell.
        if (bytes === undefined || claims.some((claim) => claim.bytes === bytes)) continue
        this.#resolve(entry, claims)
      }
    }
    return { unused: this.#unused, fresh: this.#fresh }
  }

  #resolve(entry: string, claims: readonly Held[]): void {
    const path = join(this.#mirror, entry)
    const content = readFileSync(path)
    const sides = content.includes('<<<<<<< ') ? conflictSides(content.toString()) : undefined
    // Whose own file it is will tell what became of it: damaged, or on its way from another machine.
    if (claims.length > 0 && !sides) return
    let gone = true
    for (const [number, side] of (sides ?? [content]).entries()) {
      const growing = join(this.#mirror, growingFolder, `stray-${number}`)
      const { sha256, bytes } = writeGrowing(growing, [Buffer.from(side)])
      const document = documentIn(growing)
      if (document) this.#keep({ document, growing, sha256, bytes }, entry)
      else {
        gone = false
        rmSync(growing, { force: true })
        this.#context.onProblem(path, 'is no session of the mirror; it is left alone')
      }
    }
    if (gone && !this.#fresh.includes(entry)) this.#unused.push(entry)
  }

  /** Keeps a version of a session, if nothing else says what it says. @param from the file in which it was found */
  #keep(version: { document: SessionDocument; growing: string; sha256: string; bytes: number }, from: string): void {
    const { document, growing, sha256, bytes } = version
    const { nameFor, own } = this.#context
    const { id } = document
    const lead = `sessions/${nameFor(id)}.json`
    const said = [...this.#context.states.values()].flatMap(({ sessions }) => sessions.get(id) ?? [])
    const all = said.flatMap((claim) => [claim, ...claim.copies])
    if (
      all.some((file) => file.entry !== from && file.sha256 === sha256 && hashOfFile(join(this.#mirror, file.entry)) === sha256)
    ) {
      rmSync(growing, { force: true })
      return
    }
    const standing = lead === from && !this.#fresh.includes(lead) ? undefined : documentIn(join(this.#mirror, lead))
    const comparison = standing ? compareDocuments(document, standing) : 'ahead'
    if (comparison === 'same' || comparison === 'behind') {
      rmSync(growing, { force: true })
      return
    }
    const taken = new Set(this.#claimed.keys())
    const entry = comparison === 'ahead' ? lead : copyNames(own.machine, nameFor(id), (name) => taken.has(name))()
    if (kindOfEntry(entry) === undefined) return
    const blobs = [...new Set(document.files.map((file) => file.sha256))].sort()
    for (const blob of document.files) this.#keepBlob(blob)
    const file = { source: this.#sourceOf(document, from), entry, bytes, sha256, counts: countsOf(document), blobs }
    if (!all.some((claim) => claim.entry === entry && claim.sha256 === sha256)) this.#claim(document, file)
    try {
      renameSync(growing, join(this.#mirror, entry))
    } catch (error) {
      throw writingFailed(join(this.#mirror, entry), error)
    }
    this.#fresh.push(entry)
    this.#claimed.set(entry, [...(this.#claimed.get(entry) ?? []), file])
  }

  /** A file of a version that was taken in, if it has come along. */
  #keepBlob({ sha256, bytes }: SideFileName): void {
    const { own, journal } = this.#context
    const entry = blobName(sha256)
    if (own.blobs.has(entry) || hashOfFile(join(this.#mirror, entry)) !== sha256) return
    journal.add({ blob: { entry, bytes, sha256 } })
    own.blobs.set(entry, { entry, bytes, sha256 })
  }

  #sourceOf({ kind }: SessionDocument, from: string): number {
    const { sources } = this.#context.own
    const at = sources.findIndex((source) => source.kind === kind && source.path === from)
    return at >= 0 ? at : sources.push({ kind, path: from }) - 1
  }

  /** Says that this machine vouches for a file: as a guest, where no store here has the session. */
  #claim(document: SessionDocument, file: Held): void {
    const { own, journal } = this.#context
    const before = own.sessions.get(document.id)
    const { title, parentID, projectID, directory, time } = headerOfInfo(document.id, document.info)
    const about = { id: document.id, title, parentID, projectID, directory, updated: time.updated }
    const guest = { ...file, ...about, copies: [], mark: '', deleted: null, guest: true as const }
    const copy = { ...file, taken: true as const }
    let claim: Claim
    if (!before) claim = guest
    else if (file.entry.startsWith('copies/')) claim = { ...before, copies: [...before.copies, copy], mark: '' }
    // Its own store is asked again what it says to that.
    else claim = { ...before, ...file, mark: '' }
    journal.add({ put: claim })
    own.sessions.set(document.id, claimOf(claim))
  }
}
