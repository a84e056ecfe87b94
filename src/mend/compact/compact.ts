import { existsSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { OcvaultError } from '../../base/errors.ts'
import { fileMark } from '../../base/file-mark.ts'
import { makeLike, replaceForGood, replaceKeeping } from '../../base/files.ts'
import { holdersOf, knowsHolders } from '../../base/holders.ts'
import { removeAbandoned, temporaryBeside } from '../../base/temporary.ts'
import { unfinishedUntil } from '../../base/unfinished.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { fileSize } from '../../render/words.ts'
import { Database } from '../../sqlite/database.ts'
import { removeDatabase } from '../../sqlite/database-files.ts'
import { type Exclusive, inUse, takeExclusive } from '../../sqlite/exclusive.ts'
import type { Readable } from '../../sqlite/port.ts'
import { quoted } from '../../sqlite/quoted.ts'
import type { WritableDatabase } from '../../sqlite/writable.ts'
import { keptMark } from '../../stores/catalog/kept-database.ts'
import { EditNotes, removeNotesOfSwap } from '../../transfer/undo/edit-notes.ts'
import { rollBackCutOff } from '../../transfer/undo/unfinished.ts'
import { PackedCopy } from './packed-copy.ts'
import { sessionsWithSpareEvents } from './spare-events.ts'

export interface CompactOptions {
  /** Events of which sessions go: those that were not updated since, in ms since the epoch; null for none. */
  readonly eventsBefore: number | null
  readonly dryRun?: boolean
  /** Where notes for undoing go. */
  readonly undo: string
  /** Is told what is done. */
  readonly onStep?: (what: string) => void
}

/** What was given back, or would be. */
export interface CompactReport {
  readonly database: string
  readonly dryRun: boolean
  readonly bytes: { readonly before: number; readonly after: number }
  /** Sessions whose events went. */
  readonly sessions: readonly SessionID[]
  /** The database as it was before, until it is forgotten; null where nothing was changed. */
  readonly kept: string | null
  /** The name under which it can be taken back. */
  readonly change: string | null
  /** What a person must know, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * Writes a database anew without its free pages, and without events that no session needs: beside it, compared row by row, and
 * put in its place by one rename. The one that was there before keeps a name of its own. Nobody can have it open meanwhile.
 * @throws OcvaultError `refused` while somebody has it open, or where the disk has not enough room; `failed`; nothing is changed
 *   then
 */
export function compact(path: string, options: CompactOptions): CompactReport {
  const { eventsBefore, dryRun = false, onStep = () => {} } = options
  if (dryRun) return planned(path, eventsBefore)
  removeAbandoned(dirname(path), (name) => name === basename(path).slice(0, 40))
  removeExtraNames(path)
  rollBackCutOff(options.undo)
  onStep('merging the log')
  const taken = takeExclusive(path)
  let isSwapped = false
  try {
    const { db } = taken
    const { spare, notes } = spareEvents(db, eventsBefore)
    const before = statSync(path).size
    const expected = expectedBytes(db, spare)
    const report = { database: path, sessions: spare, notes }
    requireRoom(path, expected)
    const kept = freeName(`${path}${keptMark}${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`)
    const change = replacedBy(taken, path, kept, options.undo, spare, onStep)
    isSwapped = true
    return { ...report, dryRun, bytes: { before, after: statSync(path).size }, kept, change }
  } finally {
    // The database that has another name now keeps its journal as it is.
    if (isSwapped) taken.db.close()
    else taken.release()
  }
}

/** What would be done, read as everything else is: beside whoever has it open, whose log stays as it is. */
function planned(path: string, eventsBefore: number | null): CompactReport {
  const db = new Database(path)
  try {
    const { spare, notes } = spareEvents(db, eventsBefore)
    const before = statSync(path).size
    const bytes = { before, after: Math.min(before, expectedBytes(db, spare)) }
    const [holder] = holdersOf([path, `${path}-wal`])
    const inTheWay = holder ? [`${holder.name} (process ${holder.pid}) has it open, and is to be ended first`] : []
    return { database: path, dryRun: true, bytes, sessions: spare, kept: null, change: null, notes: [...notes, ...inTheWay] }
  } finally {
    db.close()
  }
}

function spareEvents(db: Readable, before: number | null): { spare: SessionID[]; notes: string[] } {
  if (before === null || !db.tables().has('event')) return { spare: [], notes: [] }
  if (db.tables().has('session_v2')) {
    return { spare: [], notes: ['events stay: OpenCode 2.x reads them; free pages are given back all the same'] }
  }
  const spare = sessionsWithSpareEvents(db, before)
  const all = withEvents(db)
  const notes =
    spare.length < all
      ? [`events of ${all - spare.length} of ${all} sessions stay, since they tell what no row does, or are wanted`]
      : []
  return { spare, notes }
}

/** Which events go, in SQL: all of them where that is so, which no row needs to be read for. */
function eventsThatGo(db: WritableDatabase): string {
  const stays = db.get(`SELECT 1 FROM event_sequence AS q WHERE q.aggregate_id NOT IN (SELECT id FROM temp.spare)
    AND EXISTS (SELECT 1 FROM event AS e WHERE e.aggregate_id = q.aggregate_id) LIMIT 1`)
  return stays ? amongSpare('a.aggregate_id') : '1'
}

const amongSpare = (column: string) => `${column} IN (SELECT id FROM temp.spare)`

/** About as large as the copy will be: the room of free pages and of events that go is had back. */
function expectedBytes(db: Readable, spare: readonly SessionID[]): number {
  const page = Number(db.get('PRAGMA page_size')?.page_size)
  const used = Number(db.get('PRAGMA page_count')?.page_count) - Number(db.get('PRAGMA freelist_count')?.freelist_count)
  if (spare.length === 0) return used * page
  // A row, and its entry in each index.
  const inIndexes = db.all(`SELECT i.name FROM pragma_index_list('event') AS l, pragma_index_info(l.name) AS i`)
  const columns = ['id', 'aggregate_id', 'type', 'data', ...inIndexes.map(({ name }) => String(name))]
  const size = columns.map((name) => `octet_length(${quoted(name)})`).join(' + ')
  // Of most sessions all rows are read as they lie, which a disk gives at once; through the index it would have to look for each.
  const column = spare.length * 2 > sequences(db) ? '+aggregate_id' : 'aggregate_id'
  const among = `${column} IN (SELECT value FROM json_each(?))`
  const bytes = Number(db.get(`SELECT sum(${size}) AS bytes FROM event WHERE ${among}`, JSON.stringify(spare))?.bytes ?? 0)
  return Math.max(page, used * page - bytes)
}

/** How many sessions have events; a sequence stays when its events are gone. */
const withEvents = (db: Readable) =>
  Number(
    db.get(`SELECT count(*) AS count FROM event_sequence AS q
      WHERE EXISTS (SELECT 1 FROM event AS e WHERE e.aggregate_id = q.aggregate_id)`)?.count,
  )

/** How many sessions the log of events knows. */
const sequences = (db: Readable) => Number(db.get('SELECT count(*) AS n FROM event_sequence')?.n ?? 0)

/** What is left free on the disk beside the copy. */
const spareRoom = 16_000_000

function requireRoom(path: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dirname(path))
  const free = bavail * bsize
  if (free >= bytes + spareRoom) return
  throw new OcvaultError('refused', `the copy takes about ${fileSize(bytes)}, and the disk has ${fileSize(free)} free`)
}

/** @returns the name of the change */
function replacedBy(
  taken: Exclusive,
  path: string,
  kept: string,
  undo: string,
  spare: readonly SessionID[],
  onStep: (what: string) => void,
): string {
  const copy = temporaryBeside(path)
  const forget = unfinishedUntil(() => removeDatabase(copy))
  try {
    makeLike(copy, path)
    taken.db.exec('CREATE TEMP TABLE spare (id TEXT PRIMARY KEY) WITHOUT ROWID')
    taken.db.run('INSERT OR IGNORE INTO temp.spare SELECT value FROM json_each(?)', JSON.stringify(spare))
    const leaveOut = new Map(spare.length > 0 ? [['event', eventsThatGo(taken.db)]] : [])
    const packed = new PackedCopy(taken.db, copy, leaveOut)
    packed.make((table) => onStep(`writing ${table}`))
    packed.check((table) => onStep(`comparing ${table}`))
    packed.finish(taken.journal)
    return swap(path, copy, kept, undo, spare)
  } finally {
    removeDatabase(copy)
    forget()
  }
}

/** How long a program waits for a lock: OpenCode 5 seconds. Who waited longer has given up. */
const othersWaitMs = 6000

function swap(path: string, copy: string, kept: string, undo: string, spare: readonly SessionID[]): string {
  const notes = new EditNotes(undo, { database: path, time: Date.now() })
  let keep = false
  try {
    for (const id of spare) notes.session(id, 'compact')
    notes.add({ kind: 'swap', path, kept, mark: fileMark(copy), back: false })
    notes.commit()
    // An empty one that this lock keeps, or that a killed process left: no transaction needs it, and it is none of the new one.
    rmSync(`${path}-journal`, { force: true })
    try {
      replaceKeeping(copy, path, kept)
    } catch (error) {
      // The lock lets go of its journal, and that must be there.
      makeLike(`${path}-journal`, path)
      throw error
    }
    // Somebody may have opened the database since it was taken, and wait for it: what they write then would be in the one that
    // has another name now.
    if (!knowsHolders()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, othersWaitMs)
    if (holdersOf([kept]).length > 0) {
      const error = inUse(kept)
      replaceForGood(kept, path)
      // The lock lets go of its journal, and that must be there.
      makeLike(`${path}-journal`, path)
      throw new OcvaultError('refused', error.message.replace(kept, path))
    }
    notes.done()
    keep = true
    return notes.change
  } finally {
    notes.close(keep)
  }
}

/** A name that is not taken: one of this second may be. */
function freeName(name: string): string {
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${name}-${n}`
    if (!existsSync(free)) return free
  }
}

const keptNames = (path: string): string[] =>
  readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${basename(path)}${keptMark}`))
    .map((name) => join(dirname(path), name))

/** A process that was killed right before the swap leaves the database a second name. */
function removeExtraNames(path: string): void {
  const now = statSync(path, { throwIfNoEntry: false })
  for (const name of keptNames(path)) {
    const { dev, ino } = statSync(name)
    if (now && dev === now.dev && ino === now.ino) rmSync(name)
  }
}

/**
 * Removes the databases that were kept when this one was compacted, and the notes by which they would come back.
 * @param undo where the notes are
 * @returns their names and sizes
 */
export function forgetKept(path: string, undo: string): { readonly path: string; readonly bytes: number }[] {
  removeExtraNames(path)
  return keptNames(path).map((name) => {
    const bytes = statSync(name).size
    removeDatabase(name)
    removeNotesOfSwap(undo, name)
    return { path: name, bytes }
  })
}
