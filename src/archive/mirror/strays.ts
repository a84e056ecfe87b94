import { headerOfInfo } from '../../stores/session-info.ts'
import { countsOf, type SessionDocument } from '../format/document.ts'
import { blobName, kindOfEntry } from '../format/names.ts'
import { type Claim, filesOf, type SessionFile, withTaken } from './claim.ts'
import { compareDocuments, documentIn } from './compare.ts'
import { conflictSides } from './conflict.ts'
import type { GrownFile } from './folder.ts'
import { blobsOf, type MirrorRun } from './run.ts'

/** A version that was found where nobody has put it. */
interface Stray extends GrownFile {
  readonly document: SessionDocument
}

/**
 * Takes in what merging has left in a mirror: files that a syncer has kept beside each other under a name of its own, and files
 * in which git has left the marks of a conflict. Each version in them that says something of its own is kept: as the session's
 * file, or as a copy. What is no session is named, and left alone.
 */
export function takeInStrays(run: MirrorRun): void {
  const claimed = new Map<string, SessionFile[]>()
  for (const { sessions } of run.states.values()) {
    for (const file of [...sessions.values()].flatMap(filesOf))
      claimed.set(file.entry, [...(claimed.get(file.entry) ?? []), file])
  }
  for (const folder of ['sessions', 'copies']) {
    for (const name of run.folder.names(folder)) {
      if (name.startsWith('.') || !name.endsWith('.json')) continue
      const entry = `${folder}/${name}`
      const claims = claimed.get(entry) ?? []
      // What was put here just now, and what a killed backup was about to remove.
      if (run.fresh.has(entry) || (claims.length === 0 && run.unused.has(entry))) continue
      const bytes = run.folder.size(entry)
      // One that has the size that somebody says is as it should be, as far as a look can tell.
      if (bytes === undefined || claims.some((claim) => claim.bytes === bytes)) continue
      takeIn(run, entry, claims.length > 0)
    }
  }
}

/** @param isClaimed whose own file it is will tell what became of it: damaged, or on its way from another machine */
function takeIn(run: MirrorRun, entry: string, isClaimed: boolean): void {
  const content = run.folder.read(entry)
  const text = Buffer.from(content.buffer, content.byteOffset, content.length)
  const sides = text.includes('<<<<<<< ') ? conflictSides(text.toString()) : undefined
  if (isClaimed && !sides) return
  const contents = sides?.map((side) => Buffer.from(side)) ?? [content]
  const strays = contents.flatMap((side, number): Stray[] => {
    const grown = run.folder.grow(`stray-${number}`, [side])
    const document = documentIn(run.folder, grown.growing)
    if (!document) run.folder.remove(grown.growing)
    return document ? [{ ...grown, document }] : []
  })
  const isWhole = strays.length === contents.length
  if (!isWhole) run.onProblem(run.folder.pathOf(entry), 'is no session of the mirror; it is left alone')
  // The file itself goes last, when everything else that it holds is in another one.
  let heir: Stray | undefined
  for (const stray of strays) {
    if (isKnown(run, stray, entry)) run.folder.remove(stray.growing)
    else if (!isWhole || run.leadOf(stray.document.id) !== entry) keep(run, stray, entry)
    else heir = heirOf(run, heir, stray, entry)
  }
  if (heir) put(run, heir, entry, entry)
  else if (isWhole && !run.fresh.has(entry)) run.unused.add(entry)
}

/**
 * Of two versions in the file that stands in a session's place, the one that shall stand there alone. The other one is in it, or
 * becomes a copy.
 */
function heirOf(run: MirrorRun, heir: Stray | undefined, stray: Stray, from: string): Stray {
  if (!heir) return stray
  const comparison = compareDocuments(stray.document, heir.document)
  if (comparison === 'ahead') return stray
  if (comparison === 'diverged') put(run, stray, run.copyOf(stray.document.id), from)
  return heir
}

/** Whether another file that somebody names says everything that this version says. */
function isKnown(run: MirrorRun, { document, sha256 }: Stray, from: string): boolean {
  const files = [...run.states.values()].flatMap(({ sessions }) => sessions.get(document.id) ?? []).flatMap(filesOf)
  const others = files.filter((file) => file.entry !== from)
  if (others.some((file) => file.sha256 === sha256 && run.holds(file))) return true
  return others.some((file) => {
    const other = documentIn(run.folder, file.entry)
    return other?.id === document.id && ['same', 'behind'].includes(compareDocuments(document, other))
  })
}

/** Keeps a version that nothing else holds: in the session's place, where it holds what is there, else as a copy. */
function keep(run: MirrorRun, stray: Stray, from: string): void {
  const { id } = stray.document
  const lead = run.leadOf(id)
  const there = run.folder.size(lead) === undefined ? undefined : documentIn(run.folder, lead)
  const isFree = lead !== from && run.folder.size(lead) === undefined
  const isAhead = lead !== from && there !== undefined && compareDocuments(stray.document, there) === 'ahead'
  put(run, stray, isFree || isAhead ? lead : run.copyOf(id), from)
}

/** Puts a version into its place, and says that this machine vouches for it: as a guest, where no store here has the session. */
function put(run: MirrorRun, stray: Stray, entry: string, from: string): void {
  if (kindOfEntry(entry) === undefined) return
  const { document, sha256, bytes } = stray
  for (const file of [...document.files, ...document.blobs]) vouchForBlob(run, file.sha256, file.bytes)
  const source = run.sourceOf(document.kind, from)
  const file: SessionFile = { source, entry, bytes, sha256, counts: countsOf(document), blobs: blobsOf(document) }
  const before = run.own.sessions.get(document.id)
  run.put(stray, entry, before ? withTaken(before, file) : guestOf(document, file))
}

function guestOf(document: SessionDocument, file: SessionFile): Claim {
  const { title, parentID, projectID, directory, time } = headerOfInfo(document.id, document.info)
  const about = { id: document.id, title, parentID, projectID, directory, updated: time.updated }
  return { ...file, ...about, copies: [], mark: '', deleted: null, guest: true }
}

/** A file of a version that was taken in, if it has come along. */
function vouchForBlob(run: MirrorRun, sha256: string, bytes: number): void {
  const entry = blobName(sha256)
  if (run.own.blobs.has(entry) || run.folder.hash(entry) !== sha256) return
  run.journal.add({ blob: { entry, bytes, sha256 } })
  run.own.blobs.set(entry, { entry, bytes, sha256 })
}
