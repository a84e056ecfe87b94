import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { fileMark } from '../../base/file-mark.ts'
import { makeFolder } from '../../base/files.ts'
import { createHash } from '../../base/hash.ts'
import { numberOf, textOf } from '../../base/json.ts'
import { ownCacheFolder } from '../../base/own-data.ts'
import type { MessageID, PartID, SessionID } from '../../opencode/ids.ts'
import { Database } from '../../sqlite/database.ts'
import { removeDatabase } from '../../sqlite/database-files.ts'
import type { Evidence } from './evidence.ts'
import { gapTable, noteTable } from './lost-rows.ts'
import { salvage } from './salvage.ts'

/** What could be had of a damaged database, as a database. */
export interface Salvaged {
  /** Reads the rows that were found, under the name of the damaged file. */
  readonly db: Database
  readonly sessions: number
  readonly messages: number
  readonly parts: number
  /** Whether it stays for the next time. */
  readonly isKept: boolean
  /** What is known to have been there, and is gone. */
  evidence(sessions: ReadonlySet<SessionID>): Evidence
  close(): void
}

/** Another number where what is dug out has changed. */
const version = 1

const folderOf = () => join(ownCacheFolder(), 'salvaged')
const nameOf = (real: string) => `${createHash('sha1').update(real).digest('hex').slice(0, 20)}.db`

/** What a database and its log are now. */
function stampOf(path: string): string {
  return [version, fileMark(path), fileMark(`${path}-wal`)].join(' ')
}

/**
 * What could be had of a damaged database. It is dug out once, and kept in the cache for as long as the damaged file stays as it
 * is: reading gigabytes anew for each question would take minutes.
 * @param kept only what is there already
 * @returns undefined where nothing of a session is left
 * @throws OcvaultError `failed` when the file cannot be read
 */
export function salvaged(path: string, { kept = false } = {}): Salvaged | undefined {
  if (!existsSync(path)) return undefined
  const real = realpathSync(path)
  const place = join(folderOf(), nameOf(real))
  const stamp = stampOf(real)
  const known = isAbsolute(place) && existsSync(place) ? openKept(path, place, stamp) : undefined
  const found = known || kept ? known : anew(path, real, place, stamp)
  if (!found || found.sessions + found.messages > 0) return found
  found.close()
  return undefined
}

/** Deletes what was dug out of a database, so that the database itself is read again. */
export function forgetSalvaged(path: string): void {
  const place = join(folderOf(), nameOf(realpathSync(path)))
  if (isAbsolute(place)) removeDatabase(place)
}

/** What was dug out before, if the damaged file is still what it was then. */
function openKept(path: string, place: string, stamp: string): Salvaged | undefined {
  let db: Database | undefined
  try {
    db = new Database(path, place)
    const noted = db.get(`SELECT stamp FROM ${noteTable}`)
    if (textOf(noted?.stamp) === stamp) return salvagedIn(db, true, () => db?.close())
  } catch {
    // Of another release, or damaged itself.
  }
  db?.close()
  return undefined
}

function anew(path: string, real: string, place: string, stamp: string): Salvaged {
  const folder = cacheFolder()
  const rows = salvage(real, folder === undefined ? join(tmpdir(), 'ocvault-salvage') : place)
  rows.note(real, stamp)
  rows.finish()
  if (folder !== undefined) {
    rows.moveTo(place)
    forgetGone(folder)
  }
  const db = new Database(path, rows.path)
  return salvagedIn(db, folder !== undefined, () => {
    db.close()
    if (folder === undefined) rows.remove()
  })
}

/** The folder for what was dug out; undefined where none can be made. */
function cacheFolder(): string | undefined {
  const folder = folderOf()
  if (!isAbsolute(folder)) return undefined
  try {
    makeFolder(folder)
    return folder
  } catch {
    return undefined
  }
}

/** Deletes what was dug out of files that are there no more. */
function forgetGone(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => /^[0-9a-f]{20}\.db$/.test(each))) {
    const file = join(folder, name)
    try {
      const db = new Database(file)
      const path = textOf(db.get(`SELECT path FROM ${noteTable}`)?.path)
      db.close()
      if (path === null || !existsSync(path)) removeDatabase(file)
    } catch {
      removeDatabase(file)
    }
  }
}

function salvagedIn(db: Database, isKept: boolean, close: () => void): Salvaged {
  const tables = db.tables()
  const count = (...names: readonly string[]) =>
    names.reduce((sum, name) => sum + (tables.has(name) ? (numberOf(db.get(`SELECT count(*) AS n FROM ${name}`)?.n) ?? 0) : 0), 0)
  return {
    db,
    isKept,
    sessions: count('session', 'session_v2'),
    messages: count('message', 'session_message'),
    parts: count('part'),
    evidence: (sessions) => (tables.has(gapTable) ? evidenceOf(db, sessions) : { messages: new Map(), parts: new Map() }),
    close,
  }
}

function evidenceOf(db: Database, sessions: ReadonlySet<SessionID>): Evidence {
  const messages = new Map<SessionID, Set<MessageID>>()
  const parts = new Map<MessageID, Set<PartID>>()
  const sql = `SELECT session_id, message_id, part_id FROM ${gapTable} WHERE session_id IN (SELECT value FROM json_each(?))`
  for (const row of db.all(sql, JSON.stringify([...sessions]))) {
    const [session, message, part] = [String(row.session_id), String(row.message_id), textOf(row.part_id)]
    if (part === null) messages.set(session, (messages.get(session) ?? new Set()).add(message))
    else parts.set(message, (parts.get(message) ?? new Set()).add(part))
  }
  return { messages, parts }
}
