import { reasonOf } from '../../base/errors.ts'
import type { ProblemLog } from '../../base/problems.ts'
import type { MessageID, SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { isCorruption } from '../../sqlite/errors.ts'
import { quoted } from '../../sqlite/quoted.ts'
import { indexOn } from './index-on.ts'

/**
 * What changes with each session, from its own row, from OpenCode's event log (1.14 and later count every change of a session in
 * `event_sequence`; an import by OpenCode leaves it out, but not new rows), and from the tables of its transcript: how many rows,
 * their times, and how long they are, all of which SQLite tells without reading the long text itself.
 * @param own SQL that gives `id` and `mark` of each session from its row
 * @param which `ids`: only of these sessions; `isIndexed` false: by the rows that are there, whatever indexes lead to
 */
export function sessionMarks(
  db: Database,
  own: string,
  tables: readonly string[],
  log: ProblemLog,
  { ids, isIndexed = true }: { readonly ids?: readonly SessionID[] | undefined; readonly isIndexed?: boolean } = {},
): Map<SessionID, string> {
  const list = ids ? [JSON.stringify(ids)] : []
  const among = (column: string) => (ids ? `WHERE ${column} IN (SELECT value FROM json_each(?))` : '')
  const marks = new Map<SessionID, string>(pairsOf(db, `${own} ${among('id')}`, list, 'session', log))
  const add = (sql: string, table: string) => {
    for (const [id, mark] of pairsOf(db, sql, list, table, log)) {
      const before = marks.get(id)
      if (before !== undefined) marks.set(id, `${before}|${mark}`)
    }
  }
  if (db.tables().has('event_sequence')) {
    // In front, where it can be told from texts that a person wrote: see `beatOf`.
    const sql = `SELECT aggregate_id AS id, seq AS mark FROM event_sequence ${among('aggregate_id')}`
    const numbers = new Map(pairsOf(db, sql, list, 'event_sequence', log))
    for (const [id, mark] of marks) marks.set(id, `${numbers.get(id) ?? ''}|${mark}`)
  }
  // Times are taken modulo a prime, so that the sum of many is still a whole number.
  for (const table of tables) {
    const present = db.columns(table)
    if (!present.has('session_id')) continue
    const of = (column: string, sql: string) => (present.has(column) ? sql : '0')
    const length = `${of('id', 'length(CAST(id AS BLOB))')} + ${of('data', 'octet_length(data)')}`
    const mark = `count(*) || '.' || sum(${of('time_updated', `time_updated % ${timeModulus}`)}) || '.' || sum(${length})`
    const rows = ids ? `${table} ${among('session_id')}` : `${table} ${isIndexed ? inOrderOf(db, table) : 'NOT INDEXED'}`
    add(`SELECT session_id AS id, ${mark} AS mark FROM ${rows} GROUP BY session_id`, table)
  }
  return marks
}

/** How a whole table is read by session: through an index, because sorting its rows takes longer than finding them in order. */
function inOrderOf(db: Database, table: string): string {
  const name = indexOn(db, table, 'session_id')
  return name === undefined ? 'NOT INDEXED' : `INDEXED BY ${quoted(name)}`
}

/**
 * What moves with every change that OpenCode makes to a session: the numbers of its event log, the times of sessions, and how far
 * the tables of transcripts have grown (an import leaves the log out). Null without a log of events, and on damaged pages.
 */
export function pulseOf(db: Database, sessions: string, tables: readonly string[]): string | null {
  if (!db.tables().has('event_sequence') || !db.columns(sessions).has('time_updated')) return null
  // Times are taken modulo a prime, so that the sum of many is still a whole number.
  const parts = [
    'SELECT count(*) AS a, total(seq) AS b, 0 AS c FROM event_sequence',
    `SELECT count(*) AS a, max(time_updated) AS b, sum(time_updated % ${timeModulus}) AS c FROM ${sessions}`,
    ...tables.map((table) => `SELECT max(rowid) AS a, 0 AS b, 0 AS c FROM ${table}`),
  ]
  try {
    const rows = parts.map((sql) => db.get(sql))
    return JSON.stringify(rows.map((row) => [row?.a, row?.b, row?.c].map(String)))
  } catch (error) {
    if (!isCorruption(error) && !/no such column: rowid/.test(reasonOf(error))) throw error
    return null
  }
}

/** A prime, by which sums of many times stay whole numbers. */
const timeModulus = 1_000_000_007

/** What a session adds to the pulse. */
interface Beat {
  readonly seq: number | null
  readonly updated: number
}

/** @param mark of a session, from {@link sessionMarks} of a database with a log of events */
function beatOf(mark: string): Beat | null {
  const [, seq, updated] = /^(\d*)\|(\d+)(?:\||$)/.exec(mark) ?? []
  if (seq === undefined || updated === undefined) return null
  return { seq: seq === '' ? null : Number(seq), updated: Number(updated) }
}

/**
 * Whether some sessions are all that changed between two pulses: what they add to it has changed by just as much as the whole.
 * @param marks of each of them before and after; undefined where it was not there
 */
export function explainsPulse(
  before: string,
  after: string,
  marks: readonly (readonly [before: string | undefined, after: string | undefined])[],
): boolean {
  const [log, sessions] = pulseIn(before)
  const [logNow, sessionsNow] = pulseIn(after)
  if (!log || !sessions || !logNow || !sessionsNow) return false
  const moved = { logged: 0, seq: 0, sessions: 0, updated: 0, newest: sessions.b }
  for (const pair of marks) {
    for (const [mark, sign] of [
      [pair[0], -1],
      [pair[1], 1],
    ] as const) {
      if (mark === undefined) continue
      const beat = beatOf(mark)
      if (!beat) return false
      moved.sessions += sign
      moved.updated += sign * (beat.updated % timeModulus)
      if (sign > 0) moved.newest = Math.max(moved.newest, beat.updated)
      if (beat.seq === null) continue
      moved.logged += sign
      moved.seq += sign * beat.seq
    }
  }
  return (
    logNow.a - log.a === moved.logged &&
    logNow.b - log.b === moved.seq &&
    sessionsNow.a - sessions.a === moved.sessions &&
    sessionsNow.c - sessions.c === moved.updated &&
    sessionsNow.b <= moved.newest
  )
}

function pulseIn(pulse: string): { readonly a: number; readonly b: number; readonly c: number }[] {
  const rows = JSON.parse(pulse) as (readonly [string, string, string])[]
  return rows.map(([a, b, c]) => ({ a: Number(a), b: Number(b), c: Number(c) }))
}

/**
 * What changes with each message of sessions that have many rows: how many rows it has, their times, and how long they are.
 * Nothing is told of sessions on damaged pages.
 * @param messages only of these
 */
export function messageMarksOf(
  db: Database,
  tables: readonly string[],
  ids: readonly SessionID[],
  least: number,
  messages?: readonly MessageID[],
): Map<SessionID, Map<MessageID, string>> {
  const marks = new Map<SessionID, Map<MessageID, string>>()
  const known = tables.filter((table) =>
    ['id', 'session_id', 'time_updated', 'data', ...(table === 'part' ? ['message_id'] : [])].every((name) =>
      db.columns(table).has(name),
    ),
  )
  if (known.length === 0 || known.length < tables.length) return marks
  const counted = known.includes('part') ? 'part' : known[0]!
  const many = `SELECT session_id AS id FROM ${counted} WHERE session_id IN (SELECT value FROM json_each(?))
    GROUP BY session_id HAVING count(*) >= ?`
  try {
    // Of a few messages it is known already that there are many.
    for (const { id } of messages ? ids.map((id) => ({ id })) : db.all(many, JSON.stringify(ids), least)) {
      const ofMessages = new Map<MessageID, string>()
      for (const table of known) {
        const key = table === 'part' ? 'message_id' : 'id'
        const length = 'length(CAST(id AS BLOB)) + octet_length(data)'
        // A few messages are found by themselves: by their session all of it would be walked through.
        const own = messages ? '+session_id' : 'session_id'
        const only = messages ? `AND ${key} IN (SELECT value FROM json_each(?))` : ''
        const sql = `SELECT ${key} AS id, count(*) || '.' || sum(time_updated % ${timeModulus}) || '.' || sum(${length}) AS mark
          FROM ${table} WHERE ${own} = ? ${only} GROUP BY ${key}`
        for (const row of db.all(sql, String(id), ...(messages ? [JSON.stringify(messages)] : [])))
          ofMessages.set(String(row.id), `${ofMessages.get(String(row.id)) ?? ''}|${row.mark}`)
      }
      marks.set(String(id), ofMessages)
    }
  } catch (error) {
    if (!isCorruption(error)) throw error
    marks.clear()
  }
  return marks
}

/** Signs that stand in no id, and that are taken out of what may hold them. */
const [betweenPairs, betweenBoth] = ['\x1e', '\x1f']

/**
 * The pairs of `id` and `mark` that a statement gives, fetched as one value: as rows, 50,000 of them would be garbage of 50 MB.
 */
function* pairsOf(
  db: Database,
  sql: string,
  params: readonly string[],
  table: string,
  log: ProblemLog,
): Iterable<[string, string]> {
  const clean = `replace(replace(mark, char(30), ' '), char(31), ' ')`
  let all: Uint8Array | null
  try {
    // As bytes: Node before 24.16 cuts text at a NUL, and everything after it would be missing.
    all = db.get(`SELECT CAST(group_concat(id || char(31) || ${clean}, char(30)) AS BLOB) AS pairs FROM (${sql})`, ...params)
      ?.pairs as Uint8Array | null
  } catch (error) {
    if (!isCorruption(error)) throw error
    log.add(db.path, `table ${table}: ${reasonOf(error)}; changes of sessions may be overlooked`)
    return
  }
  if (!all) return
  const text = new TextDecoder().decode(all)
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(betweenPairs, start)
    const stop = end < 0 ? text.length : end
    const middle = text.indexOf(betweenBoth, start)
    yield [text.slice(start, middle), text.slice(middle + 1, stop)]
    start = stop + 1
  }
}
