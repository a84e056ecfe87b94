import type { IndexFile } from './index-file.ts'

/** An index of which more than this share is free is written anew: each update leaves pages free that nobody gives back. */
const mostFree = 0.3
/** A smaller file is not worth it. */
const fewPages = 256

/** Whether an index takes much more room than what it holds. */
export function isSparse({ db }: IndexFile): boolean {
  const pages = Number(db.prepared('PRAGMA page_count').get()?.page_count)
  const free = Number(db.prepared('PRAGMA freelist_count').get()?.freelist_count)
  return pages > fewPages && free > pages * mostFree
}

/**
 * Gives back the room that an index does not need, if that is much. Takes seconds for a large one, so nobody should wait for it.
 * SQLite writes it into the log first: a process that is killed leaves the index as it was, others read it meanwhile. Where it
 * cannot be written now, it stays as it is: an index that is too large answers as well.
 */
export function pack(index: IndexFile): void {
  if (!isSparse(index)) return
  try {
    index.db.exec('VACUUM')
    index.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // Another process is writing it, or the disk is full.
  }
}
