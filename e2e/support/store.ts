import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A session to put into a store, with what most tests do not care about left out. */
export interface SessionSpec {
  readonly id: string
  readonly title?: string
  readonly slug?: string
  readonly projectID?: string
  readonly directory?: string
  readonly parentID?: string
  readonly agent?: string
  readonly model?: { readonly providerID: string; readonly id: string }
  readonly cost?: number
  readonly created?: number
  readonly updated?: number
  readonly archived?: number
  readonly messages?: readonly MessageSpec[]
}

interface MessageSpec {
  readonly id?: string
  readonly role?: 'user' | 'assistant'
  readonly parts: readonly ({ readonly id?: string; readonly type: string } & Readonly<Record<string, unknown>>)[]
}

/** 2026-11-21 06:00 UTC: where the clock of such a store stands unless a session says otherwise. */
export const epoch = Date.UTC(2026, 10, 21, 6)

/** The tables of OpenCode 1.17 to 1.19 that hold sessions, with its columns and its index names. */
const schema = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE project (id text PRIMARY KEY, worktree text NOT NULL, vcs text, name text, icon_url text, icon_url_override text,
    icon_color text, time_created integer NOT NULL, time_updated integer NOT NULL, time_initialized integer,
    sandboxes text NOT NULL, commands text);
  CREATE TABLE session (id text PRIMARY KEY, project_id text NOT NULL, workspace_id text, parent_id text, slug text NOT NULL,
    directory text NOT NULL, path text, title text NOT NULL, version text NOT NULL, share_url text, summary_additions integer,
    summary_deletions integer, summary_files integer, summary_diffs text, metadata text, cost real DEFAULT 0 NOT NULL,
    tokens_input integer DEFAULT 0 NOT NULL, tokens_output integer DEFAULT 0 NOT NULL,
    tokens_reasoning integer DEFAULT 0 NOT NULL,
    tokens_cache_read integer DEFAULT 0 NOT NULL, tokens_cache_write integer DEFAULT 0 NOT NULL, revert text, permission text,
    agent text, model text, time_created integer NOT NULL, time_updated integer NOT NULL, time_compacting integer,
    time_archived integer);
  CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, data text NOT NULL);
  CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, time_created integer NOT NULL,
    time_updated integer NOT NULL, data text NOT NULL);
  CREATE INDEX session_project_idx ON session (project_id);
  CREATE INDEX session_parent_idx ON session (parent_id);
  CREATE INDEX message_session_time_created_id_idx ON message (session_id, time_created, id);
  CREATE INDEX part_message_id_id_idx ON part (message_id, id);
  CREATE INDEX part_session_idx ON part (session_id);`

function insert(db: DatabaseSync, table: string, row: Readonly<Record<string, string | number | null>>): void {
  const names = Object.keys(row)
  const marks = names.map(() => '?').join(', ')
  db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`).run(...Object.values(row))
}

/** Writes a database as OpenCode 1.18 leaves it. */
export function writeDatabase(
  path: string,
  sessions: readonly SessionSpec[],
  worktrees: Readonly<Record<string, string>> = {},
): void {
  mkdirSync(dirname(path), { recursive: true })
  const db = new DatabaseSync(path)
  db.exec(schema)
  db.exec('BEGIN')
  const both = { time_created: epoch, time_updated: epoch }
  for (const [id, worktree] of Object.entries({ global: '/', ...worktrees })) {
    insert(db, 'project', { id, worktree, sandboxes: '[]', ...both })
  }
  for (const session of sessions) {
    const created = session.created ?? epoch
    insert(db, 'session', {
      id: session.id,
      project_id: session.projectID ?? 'global',
      parent_id: session.parentID ?? null,
      slug: session.slug ?? '',
      directory: session.directory ?? '/nowhere',
      title: session.title ?? 'A title',
      version: '1.18.33',
      cost: session.cost ?? 0,
      agent: session.agent ?? null,
      model: session.model ? JSON.stringify(session.model) : null,
      time_created: created,
      time_updated: session.updated ?? created,
      time_archived: session.archived ?? null,
    })
    for (const [index, { id, role = 'assistant', parts }] of (session.messages ?? []).entries()) {
      const at = created + index * 1000
      const messageID = id ?? `msg_${session.id.slice(4)}${String(index).padStart(4, '0')}`
      const time = role === 'assistant' ? { created: at, completed: at + 500 } : { created: at }
      const own = { id: messageID, session_id: session.id, time_created: at, time_updated: at }
      insert(db, 'message', {
        ...own,
        data: JSON.stringify({ role, time, agent: 'build', providerID: 'local', modelID: 'small' }),
      })
      for (const [number, { id: partID, ...part }] of parts.entries()) {
        const prt = partID ?? `prt_${messageID.slice(4)}${String(number).padStart(4, '0')}`
        insert(db, 'part', { ...own, id: prt, message_id: messageID, data: JSON.stringify(part) })
      }
    }
  }
  db.exec('COMMIT')
  db.close()
}

/** Writes the same into the place where OpenCode has its database in this home, and returns that path. */
export function writeHome(home: string, ...content: [readonly SessionSpec[], Readonly<Record<string, string>>?]): string {
  const path = join(home, '.local', 'share', 'opencode', 'opencode.db')
  writeDatabase(path, ...content)
  return path
}
