import { blocksOf } from '../base/blocks.ts'
import { OcvaultError } from '../base/errors.ts'
import { type Bytes, piecesOf } from '../base/file-bytes.ts'
import { numberOf, objectOf } from '../base/json.ts'
import type { MessageV1 } from '../convert/exported.ts'
import type { SessionID } from '../opencode/ids.ts'
import type { LocalSessions, LocalTree, SecretCounts } from './local-sessions.ts'
import { first } from './messages.ts'
import { renumbered } from './renumber.ts'
import { type Document, idOf, printSaved } from './saved-document.ts'
import { folded, savedName, titleOf } from './saved-name.ts'
import {
  authorOf,
  type Content,
  readShelf,
  readTree,
  rootPaths,
  type SavedTree,
  type Shelf,
  stemOf,
  subagentPath,
} from './shelf.ts'
import { compareTrees, standingOf } from './standing.ts'

export interface SaveOptions {
  /** Who saves. */
  readonly author: string | null
  /** ms since the epoch */
  readonly now: number
  /** Writes nothing. */
  readonly dryRun: boolean
  /** Leaves out the turn that is not over: the session saves itself. */
  readonly isRunning: boolean
  /** Saves it also when it was taken out of the ref for everybody, so that it is in again. */
  readonly bringBack?: boolean
  /**
   * The same sessions, redacted without asking anybody: what others saved is compared with them. Default: those that are saved
   * from.
   */
  readonly compareWith?: LocalSessions
}

/** What became of a session: `written`, `unchanged` as it was saved just so, or `behind`: what is saved has more, and stays. */
type SaveResult = 'written' | 'unchanged' | 'behind'

export interface SaveReport extends SecretCounts {
  readonly id: SessionID
  readonly title: string
  readonly result: SaveResult
  /** The session's file on the shelf. */
  readonly path: string
  /** All files that belong to it. */
  readonly files: readonly string[]
  readonly isNew: boolean
  /** A file of the same session that went another way and is left as it is; null when there is none. */
  readonly other: string | null
  readonly bytes: number
  readonly messages: number
  readonly subagents: number
}

/**
 * Saves a session and its subagents on a shelf: into the file that it was saved in before, unless that has gone another way
 * since; then beside it.
 * @throws OcvaultError `not-found` for a session that is not here, `refused` for one that was taken out of the ref
 */
export async function saveSession(local: LocalSessions, id: SessionID, shelf: Shelf, options: SaveOptions): Promise<SaveReport> {
  const found = await local.tree(id)
  if (!found) throw new OcvaultError('not-found', `no session ${id}`)
  const tree = options.isRunning ? await withoutRunningTurn(local, found) : found
  if (tree.shown[0]!.messages.length === 0)
    throw new OcvaultError('not-found', `session ${id} has no messages yet, so there is nothing to save`)
  const isOut = shelf.isRemoved?.(id) ?? false
  if (isOut && !options.bringBack) {
    throw new OcvaultError('refused', `session ${id} was taken out of ${shelf.place} for everybody`, { hint: 'bring-back' })
  }
  const known = placeFor(tree, id, shelf, options.now)
  const original = known.saved === undefined ? await originalOf(options.compareWith ?? local, id, shelf) : undefined
  const place: SavedFile = original ? { ...known, path: original.path, saved: original, result: 'unchanged' } : known
  const [root, ...subagents] = place.documents
  const stem = stemOf(place.path)
  const files = new Map(
    [root!, ...subagents].map((document, index) => {
      const path =
        index === 0 ? place.path : (place.saved?.paths[placeOf(place.saved, document)] ?? subagentPath(stem, idOf(document.info)))
      return [path, new Printed(document, index === 0 ? options.author : null)] as const
    }),
  )
  if (place.result === 'written' && !options.dryRun) {
    const note = isOut ? shelf.bringBack?.(id, options.now) : undefined
    shelf.write(new Map<string, Content>([...changed(files, shelf), ...(note ? [note] : [])]))
  }
  return {
    id,
    title: titleOf(root!),
    result: place.result,
    path: place.path,
    files: [...files.keys()],
    isNew: place.saved === undefined,
    other: place.other,
    bytes: [...files.values()].reduce((sum, printed) => sum + printed.bytes, 0),
    messages: root!.messages.length,
    subagents: subagents.length,
    ...tree.secrets,
  }
}

const placeOf = ({ documents }: SavedTree, { info }: Document) => documents.findIndex((each) => idOf(each.info) === idOf(info))

/** A session as its file holds it, printed anew whenever that is asked for. */
class Printed {
  readonly #document: Document
  readonly #author: string | null
  #bytes: number | undefined

  constructor(document: Document, author: string | null) {
    this.#document = document
    this.#author = author
  }

  *blocks(): Generator<Uint8Array> {
    let bytes = 0
    for (const block of blocksOf(printSaved(this.#document, this.#author))) {
      bytes += block.length
      yield block
    }
    this.#bytes = bytes
  }

  get bytes(): number {
    if (this.#bytes === undefined) for (const _ of this.blocks());
    return this.#bytes!
  }

  isIn(bytes: Bytes): boolean {
    let from = 0
    let buffer = Buffer.alloc(0)
    for (const block of this.blocks()) {
      if (buffer.length < block.length) buffer = Buffer.alloc(block.length)
      const there = buffer.subarray(0, block.length)
      if (bytes.into(there, from) !== block.length || !there.equals(block)) return false
      from += block.length
    }
    return from === bytes.size
  }
}

function changed(files: ReadonlyMap<string, Printed>, shelf: Shelf): Map<string, Printed> {
  const there = new Set(shelf.paths())
  return new Map([...files].filter(([path, printed]) => !there.has(path) || !printed.isIn(shelf.read(path))))
}

interface SavedFile {
  readonly path: string
  readonly result: SaveResult
  readonly saved: SavedTree | undefined
  readonly other: string | null
  /** What is saved there, secrets numbered as they were. */
  readonly documents: readonly Document[]
}

/** The file that this session is in already, if what is there is part of what is here; else a new one. */
function placeFor({ shown }: LocalTree, id: SessionID, shelf: Shelf, now: number): SavedFile {
  let other: string | null = null
  let ahead: SavedFile | undefined
  for (const path of rootPaths(shelf)) {
    if (!mentions(shelf.read(path), id)) continue
    const saved = readTree(shelf, path)
    if (idOf(saved.documents[0]!.info) !== id) continue
    const documents = renumbered(shown, saved.documents)
    const { relation } = compareTrees(documents, saved.documents)
    const place = { path, saved, other: null, documents }
    const isAsSaved = saved.documents.every(({ isOurs, changed }) => isOurs && changed.length === 0)
    if (relation === 'same') return { ...place, result: isAsSaved ? 'unchanged' : 'written' }
    if (relation === 'ahead') return { ...place, result: 'written' }
    if (relation === 'behind') ahead = { ...place, result: 'behind' }
    else other = path
  }
  if (ahead) return ahead
  const taken = new Set(shelf.paths().flatMap((path) => [stemOf(path), path.split('/')[0]!].map(folded)))
  const path = `${savedName(shown[0]!, now, (name) => taken.has(name))}.json`
  return { path, result: 'written', saved: undefined, other, documents: shown }
}

/** The saved session that a session here is a copy of, and nothing more: it is shared already. */
async function originalOf(local: LocalSessions, id: SessionID, shelf: Shelf): Promise<SavedTree | undefined> {
  for (const tree of readShelf(shelf).trees) {
    const { id: here, relation, fork } = await standingOf(tree, local, authorOf(tree, shelf))
    if (fork && here === id && (relation === 'same' || relation === 'behind')) return tree
  }
  return undefined
}

/** Whether it is worth while to parse a file, in order to look for a session. */
const mentions = (bytes: Bytes, id: SessionID) => Iterator.from(piecesOf(bytes, id.length)).some((piece) => piece.includes(id))

/** A session that saves itself is in the middle of a turn, of which nobody could make anything later. */
async function withoutRunningTurn(local: LocalSessions, tree: LocalTree): Promise<LocalTree> {
  const [root, ...subagents] = tree.originals
  let [count, last, isOver] = [0, -1, true]
  let ending: MessageV1 | undefined
  for (const message of root!.messages) {
    const { info } = message
    if (info.role === 'user') [last, isOver] = [count, true]
    else if (numberOf(objectOf(info.time).completed) === null && info.error === undefined) isOver = false
    count++
    ending = message
  }
  // Between two steps of a turn all answers are complete, but the last has called tools.
  const goesOn = ending?.info.finish === 'tool-calls'
  if (last < 0 || (isOver && !goesOn && last < count - 1)) return tree
  return local.view([{ ...root!, messages: first(root!.messages, last) }, ...subagents])
}
