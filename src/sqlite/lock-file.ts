import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { openConnection } from './open.ts'
import type { Connection, OpenOptions } from './port.ts'

const { O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants

/**
 * Opens the file of a lock of the operating system's, which is made where there is none, and stays empty. Taken through SQLite,
 * which knows how on every system, the lock ends with the process that holds it. Whoever made the folder may have put something
 * else in the file's place: a link to a database would have that one changed.
 * @throws Error of the system, or because it is no empty file
 */
export function openLockFile(path: string, options?: OpenOptions): Connection {
  // SQLite would make it for everybody to read.
  const file = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() || stat.size > 0) throw new Error('it is no empty file')
  } finally {
    closeSync(file)
  }
  return openConnection(path, options)
}

/**
 * Takes the lock, until a rollback or the end of the connection. The journal stays off the disk; to ask for that takes a look at
 * the file, which is locked meanwhile, too.
 * @throws SQLite's error that it is busy
 */
export const takeLock = (db: Connection): void => db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
