import { sameJSON } from '../../../base/canonical-json.ts'
import { textOf } from '../../../base/json.ts'
import type { SessionID } from '../../../opencode/ids.ts'
import type { Row } from '../../../sqlite/port.ts'
import { usageOfAnswers } from '../../../stores/sqlite/usage.ts'
import { planKind } from '../plan-kind.ts'
import type { Exported, SessionPlan, StoredLocation } from '../writer.ts'
import { differencesOf } from './differences.ts'
import { locationColumns, type Values } from './layout.ts'
import type { SqliteSchema } from './schema.ts'
import type { StagedSession } from './staging.ts'
import { withoutWorkspace } from './workspace.ts'

/** Columns of a session that need not be equal for two to be the same. */
const incomparable: ReadonlySet<string> = new Set(['id', 'time_updated', ...locationColumns])

/** A session whose rows wait, and what writing them would do. */
export interface PlannedRows extends StagedSession {
  readonly plan: SessionPlan
  /** Whether messages or parts of the session are there, which is not there itself. */
  readonly isLeft: boolean
  /** Whether the session's own row is written. */
  readonly head: boolean
  /** Where it goes, of a session that is there and does not stay. */
  readonly move: StoredLocation | undefined
  /** 2.x: whether all messages get new places. */
  readonly renumber: boolean
}

/** What writing a session would do. Its messages that would be added or changed are in `temp.touched` then. */
export function planRows<E extends Exported>(schema: SqliteSchema<E>, session: StagedSession): PlannedRows {
  const { id, row, total } = session
  const existing = schema.sessionRow(id)
  const renumber = existing !== undefined && schema.layout.part === null && placeInOrder(schema, id)
  const { added, changed, foreign } = compareMessages(schema, id, existing !== undefined)
  const isPreview = existing !== undefined && isPreviewSession(schema, id)
  const messages = { total, added, changed, missing: existing ? missingMessages(schema, id) : 0 }
  const columns = existing ? rowDifferences(row, existing) : []
  const there = existing ? locationIn(existing) : null
  const move = there ? session.relocate?.(there) : undefined
  const newerByMs = Number(row.time_updated) - Number(existing?.time_updated ?? 0)
  const { kind, head } = planKind({
    isThere: existing !== undefined,
    isForeign: foreign > 0 || isPreview,
    messages,
    headDiffers: columns.length > 0,
    moves: move !== undefined,
    newerByMs,
  })
  const isLeft = existing === undefined && hasRowsLeft(schema, id)
  const differences = differencesOf(schema, session, { columns, isPreview, isOlder: newerByMs < 0, there, move })
  const whole = kind === 'new' ? { ...usageOf(schema, session), ...row } : row
  return {
    ...session,
    row: whole,
    isLeft,
    plan: { id, kind, messages, differences, there, moves: move !== undefined },
    head,
    move,
    renumber,
  }
}

const locationIn = ({ project_id, directory, path }: Row): StoredLocation => ({
  projectID: String(project_id),
  directory: String(directory ?? ''),
  path: textOf(path ?? null),
})

/**
 * The usage of a session of 1.x that comes without, as OpenCode fills it in. It is given to new sessions alone: where one is
 * there, it need not be equal.
 */
function usageOf<E extends Exported>(schema: SqliteSchema<E>, { id, row }: StagedSession): Values {
  const { db, layout } = schema
  if (layout.generation !== 'v1' || 'tokens_input' in row) return {}
  const there = schema.names(layout.session)
  const sums = Object.entries(db.get(usageOfAnswers('temp.in_message'), id) ?? {}).filter(([name]) => there.has(name))
  return Object.fromEntries(sums)
}

/**
 * Whether a session of 1.x has its messages where the 2.0 preview and the v2 API of 1.17 to 1.19 put them, in `session_message`.
 */
function isPreviewSession<E extends Exported>(schema: SqliteSchema<E>, id: SessionID): boolean {
  const isElsewhere = schema.layout.generation === 'v2' || schema.names('session_v2').size > 0
  if (isElsewhere || schema.names('session_message').size === 0) return false
  const turns = "SELECT 1 FROM main.session_message WHERE session_id = ? AND type NOT LIKE '%-switched' LIMIT 1"
  return schema.db.get(turns, id) !== undefined
}

/** Whether rows of a transcript name a session. */
function hasRowsLeft<E extends Exported>(schema: SqliteSchema<E>, id: SessionID): boolean {
  return schema
    .transcript({ message: [], part: [] })
    .some(({ table }) => schema.db.get(`SELECT 1 FROM main.${table} WHERE session_id = ? LIMIT 1`, id) !== undefined)
}

/**
 * Fills `touched` with the messages of a session that would be added or changed. @returns `foreign`: rows whose id another
 * session has
 */
function compareMessages<E extends Exported>({ db, layout }: SqliteSchema<E>, id: SessionID, exists: boolean) {
  const { message, part } = layout
  const count = (sql: string) => Number(db.get(sql, id)?.n)
  const taken = `SELECT count(*) AS n FROM temp.in_message i JOIN main.${message} m ON m.id = i.id
    WHERE i.session_id = ? AND m.session_id IS NOT i.session_id`
  const takenPart = `SELECT count(*) AS n FROM temp.in_part i JOIN main.${part} p ON p.id = i.id
    WHERE i.session_id = ? AND (p.session_id IS NOT i.session_id OR p.message_id IS NOT i.message_id)`
  const foreign = count(taken) + (part === null ? 0 : count(takenPart))
  if (foreign > 0) return { added: 0, changed: 0, foreign }
  if (!exists) return { added: count('SELECT count(*) AS n FROM temp.in_message WHERE session_id = ?'), changed: 0, foreign }
  const touch = (state: string, condition: string) =>
    db.run(
      `INSERT OR IGNORE INTO temp.touched (tbl, id, state) SELECT 'message', i.id, '${state}' FROM temp.in_message i
        LEFT JOIN main.${message} m ON m.id = i.id WHERE i.session_id = ? AND ${condition}`,
      id,
    )
  const added = touch('added', 'm.id IS NULL')
  const same = part === null ? 'm.type IS i.type AND m.seq IS i.seq AND ' : ''
  const changed = touch('changed', `NOT (${same}(m.data IS i.data OR same_json(m.data, i.data)))`)
  if (part === null) return { added, changed, foreign }
  const parts = `SELECT 1 FROM temp.in_part p LEFT JOIN main.${part} q ON q.id = p.id
      WHERE p.message_id = i.id AND (q.id IS NULL OR NOT (q.data IS p.data OR same_json(q.data, p.data)))`
  const gone = `SELECT 1 FROM main.${part} q WHERE q.message_id = i.id AND NOT EXISTS (SELECT 1 FROM temp.in_part p WHERE p.id = q.id)`
  return { added, changed: changed + touch('changed', `(EXISTS (${parts}) OR EXISTS (${gone}))`), foreign }
}

/** How many messages of a session are only in the database. */
function missingMessages<E extends Exported>({ db, layout: { message } }: SqliteSchema<E>, id: SessionID): number {
  const sql = `SELECT count(*) AS n FROM main.${message} m WHERE m.session_id = ?
    AND NOT EXISTS (SELECT 1 FROM temp.in_message i WHERE i.id = m.id)`
  return Number(db.get(sql, id)?.n)
}

/**
 * 2.x orders messages by `seq`, and keeps gaps: those that are there keep theirs, new ones come behind.
 * @returns whether new ones stand between old ones, or the order is another, so that all are numbered anew
 */
function placeInOrder<E extends Exported>({ db, layout: { message } }: SqliteSchema<E>, id: SessionID): boolean {
  const rows = db.all(
    `SELECT i.id, m.seq FROM temp.in_message i LEFT JOIN main.${message} m ON m.id = i.id AND m.session_id = i.session_id
      WHERE i.session_id = ? ORDER BY i.seq`,
    id,
  )
  const places = rows.map(({ seq }) => (seq === null ? Number.POSITIVE_INFINITY : Number(seq)))
  if (places.some((place, index) => index > 0 && place < places[index - 1]!)) return true
  const top = Math.max(
    Number(db.get(`SELECT max(seq) AS n FROM main.${message} WHERE session_id = ?`, id)?.n ?? 0),
    Number(db.get('SELECT seq AS n FROM main.event_sequence WHERE aggregate_id = ?', id)?.n ?? 0),
  )
  let next = top
  for (const { id: messageID, seq } of rows) {
    db.run('UPDATE temp.in_message SET seq = ? WHERE id = ?', seq === null ? ++next : seq!, messageID!)
  }
  return false
}

/** Columns in which two rows of a session differ. */
function rowDifferences(row: Values, existing: Row): string[] {
  return Object.keys(row).filter((name) => {
    if (incomparable.has(name)) return false
    const [have, want] = [existing[name] ?? null, row[name] ?? null].map((value) =>
      name === 'metadata' ? withoutWorkspace(textOf(value)) : value,
    )
    if (typeof have === 'string' && typeof want === 'string') return !(/^[[{]/.test(want) ? sameJSON(have, want) : have === want)
    return have !== want && Number(have) !== Number(want)
  })
}
