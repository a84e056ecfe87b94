import { NewDatabase, sessionRow } from './database.ts'
import { EventLog } from './events-v1.ts'
import type { Message, Project, Session, Writer } from './model.ts'
import { migrationsV1 } from './schema-shared.ts'
import { schemaV1 } from './schema-v1.ts'

/** A database of 1.17.13 to 1.19, with its event log. */
export class SqliteV1 implements Writer {
  readonly #db: NewDatabase
  readonly #events: EventLog

  constructor(path: string, seed: number) {
    this.#db = new NewDatabase(path, schemaV1, migrationsV1)
    this.#events = new EventLog(this.#db, seed)
  }

  projects(projects: readonly Project[]): void {
    this.#db.projects(projects)
  }

  begin(session: Session): void {
    this.#events.begin(session)
  }

  message(session: Session, message: Message): void {
    const body = JSON.stringify(message.info)
    const bodies = message.parts.map((part) => JSON.stringify(part.data))
    this.#db.insert('message', {
      id: message.id,
      session_id: session.id,
      time_created: message.info.time.created,
      time_updated: message.updated,
      data: body,
    })
    message.parts.forEach((part, i) => {
      this.#db.insert('part', {
        id: part.id,
        message_id: message.id,
        session_id: session.id,
        time_created: part.created,
        time_updated: part.updated,
        data: bodies[i]!,
      })
    })
    this.#events.message(session, message, body, bodies)
  }

  end(session: Session): void {
    this.#events.end(session)
    this.#db.insert('session', {
      ...sessionRow(session),
      permission: session.permission.length > 0 ? JSON.stringify(session.permission) : null,
    })
    session.todos.forEach(({ content, status, priority }, position) => {
      const times = { time_created: session.created, time_updated: session.updated }
      this.#db.insert('todo', { session_id: session.id, content, status, priority, position, ...times })
    })
  }

  close(): number {
    return this.#db.finish()
  }
}
