import { mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Project, Session } from './model.ts'
import { dayOne } from './projects.ts'
import { sharedTables } from './schema-shared.ts'

/** A row to insert: column names and values. */
type Row = Readonly<Record<string, SQLInputValue>>

/**
 * A new database, filled in one transaction without a journal: if the generator dies, the file is thrown away.
 * `finish` leaves it as a closed OpenCode leaves it: WAL mode, and no `-wal` beside it.
 */
export class NewDatabase {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #inserts = new Map<string, StatementSync>()

  constructor(path: string, schema: string, migrations: readonly string[]) {
    mkdirSync(dirname(path), { recursive: true })
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
    this.#path = path
    this.#db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
    this.#db.exec(
      'PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; PRAGMA cache_size=-32000; BEGIN',
    )
    this.#db.exec(sharedTables + schema)
    for (const id of migrations) this.insert('migration', { id, time_completed: dayOne })
  }

  /** Inserts by column name; a table must always get the same columns. */
  insert(table: string, row: Row): void {
    this.#statement(table, () => Object.keys(row)).run(...Object.values(row))
  }

  projects(projects: readonly Project[]): void {
    for (const { id, worktree, vcs, created, updated } of projects) {
      this.insert('project', { id, worktree, vcs, time_created: created, time_updated: updated, sandboxes: '[]' })
      this.insert('project_directory', { project_id: id, directory: worktree, time_created: created })
    }
  }

  /** Commits, turns on WAL mode, closes, and returns the size of the file. */
  finish(): number {
    this.#db.exec('COMMIT; PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL; PRAGMA wal_checkpoint(TRUNCATE)')
    this.#db.close()
    return statSync(this.#path).size
  }

  #statement(table: string, columns: () => string[]): StatementSync {
    const known = this.#inserts.get(table)
    if (known) return known
    const names = columns()
    const statement = this.#db.prepare(`INSERT INTO ${table} (${names.join(',')}) VALUES (${names.map(() => '?').join(',')})`)
    this.#inserts.set(table, statement)
    return statement
  }
}

/** The columns that `session` and `session_v2` share. */
export function sessionRow(session: Session): Record<string, SQLInputValue> {
  const { diffs, tokens, model } = session
  return {
    id: session.id,
    project_id: session.projectID,
    parent_id: session.parentID,
    slug: session.slug,
    directory: session.directory,
    path: session.path,
    title: session.title,
    version: session.version,
    summary_additions: diffs.reduce((sum, diff) => sum + diff.additions, 0),
    summary_deletions: diffs.reduce((sum, diff) => sum + diff.deletions, 0),
    summary_files: diffs.length,
    cost: session.cost,
    tokens_input: tokens.input,
    tokens_output: tokens.output,
    tokens_reasoning: tokens.reasoning,
    tokens_cache_read: tokens.cache.read,
    tokens_cache_write: tokens.cache.write,
    agent: session.agent,
    model: JSON.stringify(model),
    time_created: session.created,
    time_updated: session.updated,
    time_archived: session.archived,
  }
}
