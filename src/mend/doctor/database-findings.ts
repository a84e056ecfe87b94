import { existsSync } from 'node:fs'
import { count, fileSize } from '../../render/words.ts'
import type { Database } from '../../sqlite/database.ts'
import type { Store } from '../../stores/store.ts'
import type { DatabaseFigures } from './database-figures.ts'
import { type Cure, type Finding, finding } from './finding.ts'

/** What is smaller is not worth a word. */
const worthBytes = 64_000_000

const about = (isEstimate: boolean) => (isEstimate ? 'about ' : '')

/** What a database takes more than it must. */
export function roomFindings({ path, bytes, wal, free, events, isEstimate }: DatabaseFigures): Finding[] {
  const cure = { do: 'compact', database: path } as const
  const found: Finding[] = []
  if (events.bytes >= worthBytes && events.bytes >= bytes / 10) {
    const share = Math.round((events.bytes / bytes) * 100)
    const says = `the log of events takes ${about(isEstimate)}${fileSize(events.bytes)}, ${share} % of the database; sessions do not need it`
    found.push(finding('event-log', path, says, { bytes: events.bytes, gain: events.bytes, isEstimate, cure }))
  }
  if (free >= worthBytes && free >= bytes / 10) {
    const says = `${fileSize(free)} of the file are free pages, which the system does not get back by itself`
    found.push(finding('free-pages', path, says, { bytes: free, gain: free, cure }))
  }
  if (wal >= worthBytes && wal >= bytes / 4) {
    const says = `the log beside it has ${fileSize(wal)}: it is merged when every OpenCode is ended, or nobody reads for long`
    found.push(finding('large-log', path, says, { bytes: wal, gain: wal }))
  }
  return found
}

/**
 * Damage, rows without their owners, and sessions of workspaces that are gone. Reads everything: for databases that are small
 * enough.
 * @param rescue what cures rows without owners
 */
export function soundness(db: Database, stores: readonly Store[], rescue: Cure | null): Finding[] {
  const seen = new Set<string>()
  const damage = stores
    .flatMap((store) => [...store.check()])
    .filter(({ reason }) => seen.size < seen.add(reason).size)
    .map(({ path, reason }) => finding('damage', path, reason, { cure: { do: 'look', path } }))
  if (damage.length > 0) return damage
  return [...withoutOwner(db, rescue), ...withoutWorkspace(db)]
}

/** Rows of transcripts get their owners back by a rescue. */
function withoutOwner(db: Database, rescue: Cure | null): Finding[] {
  const rows = db.all('SELECT "table" AS child, parent, count(*) AS rows FROM pragma_foreign_key_check GROUP BY 1, 2')
  return rows.map(({ child, parent, rows: number }) =>
    finding('foreign-keys', db.path, `${count(Number(number), 'row')} of table ${child} belong to no row of table ${parent}`, {
      cure: ['message', 'part'].includes(String(child)) ? rescue : null,
    }),
  )
}

/** OpenCode 1.18.34 says "Session not found" of a session whose workspace is not in the database. */
function withoutWorkspace(db: Database): Finding[] {
  const tables = db.tables()
  if (!tables.has('workspace')) return []
  return ['session', 'session_v2']
    .filter((table) => tables.has(table) && db.columns(table).has('workspace_id'))
    .flatMap((table) => {
      const sql = `SELECT id FROM ${table} WHERE workspace_id IS NOT NULL AND workspace_id NOT IN (SELECT id FROM workspace)`
      const sessions = db.all(sql).map(({ id }) => String(id))
      if (sessions.length === 0) return []
      const says = `${count(sessions.length, 'session')} of a workspace that is not in the database: OpenCode cannot open ${sessions.length === 1 ? 'it' : 'them'}`
      return [finding('missing-workspace', db.path, says, { sessions })]
    })
}

/** Shared memory without a log: nobody uses it, and a copy of the database made with it may not open. */
export function staleShm(path: string): Finding[] {
  if (!existsSync(`${path}-shm`) || existsSync(`${path}-wal`)) return []
  return [finding('stale-shm', `${path}-shm`, 'is left over from a crash or a copy: without a log beside it, it may be deleted')]
}
