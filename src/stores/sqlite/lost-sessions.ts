import type { SessionID } from '../../opencode/ids.ts'
import type { Database } from '../../sqlite/database.ts'
import { matches, sessionOrder } from '../filter.ts'
import { headerOfRemains } from '../remains.ts'
import { headerOfInfo } from '../session-info.ts'
import type { MessageQuery, Remains, SessionFilter, SessionHeader, StoredMessage } from '../store.ts'
import { EventLog } from './event-log.ts'
import { sessionsInEvents, sessionsWithoutRow } from './lost-rows.ts'

type ReadMessages = (id: SessionID, query: MessageQuery) => Iterable<StoredMessage>

/** Sessions that have no row, by their messages, parts or events. Looked for once: a refresh looks anew. */
export class LostSessions {
  readonly headers = new Map<SessionID, SessionHeader>()
  readonly remains = new Map<SessionID, Remains>()

  /** @param tables of transcripts; the log of events belongs to the tables of 1.x */
  constructor(db: Database, tables: readonly string[], messages: ReadMessages) {
    const present = db.tables()
    const sessionTables = ['session', 'session_v2'].filter((name) => present.has(name) && db.columns(name).has('id'))
    const told = tables.includes('message') ? sessionsInEvents(db, sessionTables) : []
    for (const id of sessionsWithoutRow(db, tables, sessionTables)) {
      this.remains.set(id, 'messages')
      const made = headerOfRemains(id, (last) => messages(id, last === undefined ? {} : { last }))
      this.headers.set(id, told.includes(id) ? headerInEvents(db, id, made.time.updated) : made)
    }
    for (const id of told) {
      if (this.remains.has(id)) continue
      this.remains.set(id, 'events')
      this.headers.set(id, headerInEvents(db, id, 0))
    }
  }

  /** Puts those that pass the filter among the others. */
  *mixedInto(sessions: Iterable<SessionHeader>, filter: SessionFilter): Iterable<SessionHeader> {
    const order = sessionOrder(filter.sort)
    const lost = [...this.headers.values()].filter((header) => matches(header, filter)).sort(order)
    for (const header of sessions) {
      while (lost.length > 0 && order(lost[0]!, header) < 0) yield lost.shift()!
      yield header
    }
    yield* lost
  }
}

function headerInEvents(db: Database, id: SessionID, newest: number): SessionHeader {
  const header = headerOfInfo(id, new EventLog(db, id).info())
  return { ...header, time: { ...header.time, updated: Math.max(header.time.updated, newest) } }
}
