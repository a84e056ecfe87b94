import { blocksOf } from '../../base/blocks.ts'
import { OcvaultError, StoreChanged } from '../../base/errors.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import type { Store } from '../../stores/store.ts'
import { type PrintedEntry, printEntry } from '../format/entry.ts'
import type { IndexCheck } from '../format/index-check.ts'
import { blobName } from '../format/names.ts'
import type { BlobSource, SideFileName } from '../format/side-files.ts'
import { saysNoMore, type Transcript, transcriptOf } from '../format/transcript.ts'
import { documentIn } from './compare.ts'
import type { PrintedDocument } from './put.ts'
import type { MirrorRun } from './run.ts'

/** How often a session is read again that OpenCode changes meanwhile. */
const mostReads = 8

/**
 * Reads sessions of one tree, in one state of the stores. Those that cannot be read are named, and not among them.
 * @throws StoreChanged when the stores change faster than they can be read
 */
export async function printTree(
  run: MirrorRun,
  catalog: Catalog,
  check: IndexCheck,
  ids: readonly SessionID[],
): Promise<[Session, PrintedDocument[]][]> {
  for (let attempt = 1; ; attempt++) {
    const printed: [Session, PrintedDocument[]][] = []
    try {
      await catalog.held(() => {
        const names = growingNames()
        for (const id of ids) {
          const session = catalog.session(id)
          const documents = session ? printSession(run, catalog, check, session, names) : []
          if (session && documents.length > 0) printed.push([session, documents])
        }
      })
      return printed
    } catch (error) {
      if (!(error instanceof StoreChanged) || attempt >= mostReads) throw error
    }
  }
}

/** Documents of a tree grow beside each other. */
function* growingNames(): Generator<string, never> {
  for (let number = 0; ; number++) yield `document-${number}`
}

/** The documents of a session, the leading one first, and of the others those that say something else. */
function printSession(
  run: MirrorRun,
  catalog: Catalog,
  check: IndexCheck,
  session: Session,
  names: Iterator<string>,
): PrintedDocument[] {
  const printed: PrintedDocument[] = []
  const transcripts: Transcript[] = []
  for (const { store: kind, path } of session.copies) {
    const found = catalog.stores.find(({ store }) => store.kind === kind && store.path === path)
    if (!found) continue
    if (session.copies.length > 1) {
      const transcript = transcriptOf(found.store, session.id)
      if (transcripts.some((other) => saysNoMore(transcript, other))) continue
      transcripts.push(transcript)
    }
    const earlier = printed.length === 0 ? filesBefore(run, session.id) : []
    const document = printDocument(run, check, found.store, session.id, names.next().value, earlier)
    // Without its leading copy a session is not written: another one would pass for it.
    if (!document && printed.length === 0) return []
    if (document) printed.push(document)
  }
  return printed
}

/** Undefined for a session that cannot be read: the others are worth having all the same. */
function printDocument(
  run: MirrorRun,
  check: IndexCheck,
  store: Store,
  id: SessionID,
  name: string,
  earlier: readonly SideFileName[],
): PrintedDocument | undefined {
  let isWhole = true
  const onProblem = (reason: string) => {
    isWhole = false
    run.onProblem(store.path, `session ${id}: ${reason}`)
  }
  let printed: PrintedEntry
  try {
    printed = printEntry(store, id, onProblem, earlier)
  } catch (error) {
    if (error instanceof StoreChanged || !(error instanceof OcvaultError)) throw error
    onProblem(error.message)
    return undefined
  }
  const grown = run.folder.grow(name, blocksOf(printed.pieces))
  const damage = check.reasonFor(store, id)
  if (damage !== undefined) onProblem(damage)
  const { counts, files, long } = printed.facts
  for (const blob of [...files, ...long]) putBlob(run, blob)
  const gone = earlier.filter((file) => !files.some(({ path }) => path === file.path))
  const blobs = [...new Set([...files, ...long, ...gone].map((file) => file.sha256))].sort()
  const isRemains = store.remains().has(id)
  const source = run.sourceOf(store.kind, store.path)
  return { ...grown, counts: { ...counts }, blobs, source, isWhole: isWhole && !isRemains, isRemains }
}

/**
 * Files that the last document of a session names, and that are in the mirror: OpenCode deletes the long output of a tool after
 * some days.
 */
function filesBefore({ own, folder }: MirrorRun, id: SessionID): readonly SideFileName[] {
  const claim = own.sessions.get(id)
  if (!claim || claim.blobs.length === 0) return []
  const files = documentIn(folder, claim.entry)?.files ?? []
  return files.filter(({ sha256, bytes }) => folder.size(blobName(sha256)) === bytes)
}

/** @throws StoreChanged when the file is another one by now */
function putBlob(run: MirrorRun, { from, sha256, bytes, blocks }: BlobSource): void {
  const entry = blobName(sha256)
  if (run.folder.size(entry) !== bytes) {
    const grown = run.folder.grow('blob', blocks())
    if (grown.sha256 !== sha256) throw new StoreChanged(from)
    run.journal.add({ blob: { entry, bytes, sha256 } })
    run.move(grown, entry)
  }
  run.own.blobs.set(entry, { entry, bytes, sha256 })
}
