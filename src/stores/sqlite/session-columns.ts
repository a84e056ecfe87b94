import { type JsonObject, numberOf, textOf } from '../../base/json.ts'
import type { Row } from '../../sqlite/port.ts'
import type { Filterable } from '../filter.ts'
import { modelOf, revertOf } from '../session-info.ts'
import type { SessionFilter, SessionHeader, Tokens } from '../store.ts'

/**
 * Columns that a filter looks at, and those that a header is made of. Releases before 1.14 lack `agent` and `model`, before 1.15
 * `cost` and `tokens_*`.
 */
const filterColumns = [
  ...['id', 'project_id', 'parent_id', 'slug', 'directory', 'title', 'time_created', 'time_updated', 'time_archived'],
]
const headerColumns = [
  ...filterColumns,
  ...['version', 'share_url', 'agent', 'model', 'revert', 'cost'],
  ...['tokens_input', 'tokens_output', 'tokens_reasoning', 'tokens_cache_read', 'tokens_cache_write'],
]

/** SQLite has no column types: what is not a number counts as none, as it does for a header. */
const numberIn = (expression: string) => `iif(typeof(${expression}) IN ('integer', 'real'), ${expression}, NULL)`

/** The columns that a session table has here, as SQL: one that is missing is NULL everywhere. */
export class SessionColumns {
  readonly names: ReadonlySet<string>
  /** `time.updated` and `time.created` as {@link filterableOf} tells them: one stands in for the other. */
  readonly updated: string
  readonly created: string
  readonly archived: string
  readonly parent: string

  /** SQL for the directory: where the session does not say it, the work tree of its project, unless that is everywhere. */
  readonly #directory: string

  /** @param table what the table of sessions is called, where the database knows the work trees of projects */
  constructor(names: ReadonlySet<string>, table?: string) {
    this.names = names
    const directory = names.has('directory') ? `nullif(${table ? `${table}.` : ''}directory, '')` : 'NULL'
    const worktree = `(SELECT worktree FROM project WHERE project.id = ${table}.project_id AND worktree <> '/')`
    this.#directory = table && names.has('project_id') ? `coalesce(${directory}, ${worktree})` : directory
    const updated = numberIn(this.of('time_updated'))
    const created = numberIn(this.of('time_created'))
    this.updated = `coalesce(${updated}, ${created}, 0)`
    this.created = `coalesce(${created}, ${updated}, 0)`
    this.archived = numberIn(this.of('time_archived'))
    this.parent = this.of('parent_id')
  }

  /** The column, or NULL. */
  of(name: string): string {
    return this.names.has(name) ? name : 'NULL'
  }

  #select(names: readonly string[]): string {
    const expressionOf = (name: string) => (name === 'directory' ? this.#directory : this.of(name))
    return names.map((name) => `${expressionOf(name)} AS ${name}`).join(', ')
  }

  get forFilter(): string {
    return this.#select(filterColumns)
  }

  get forHeader(): string {
    return this.#select(headerColumns)
  }

  /** All columns there are, whatever they are called. */
  get all(): string {
    return [...this.names].map((name) => `"${name.replaceAll('"', '""')}"`).join(', ')
  }

  /** SQL for the orders that SQLite and we agree on; titles are put in order in JavaScript, because case folding differs. */
  orderBy(sort: NonNullable<SessionFilter['sort']>): string {
    const keys = {
      updated: `${this.updated} DESC, `,
      created: `${this.created} DESC, `,
      title: '',
    }
    return `${keys[sort]}id`
  }
}

function tokensOf(row: Row): Tokens | null {
  if (row.tokens_input === null) return null
  const count = (name: string) => numberOf(row[name]) ?? 0
  const cache = { read: count('tokens_cache_read'), write: count('tokens_cache_write') }
  return { input: count('tokens_input'), output: count('tokens_output'), reasoning: count('tokens_reasoning'), cache }
}

/** What a filter looks at, of a row with the columns {@link SessionColumns.forFilter}. */
export function filterableOf(row: Row): Filterable {
  const created = numberOf(row.time_created)
  const updated = numberOf(row.time_updated)
  return {
    id: String(row.id),
    title: textOf(row.title),
    slug: textOf(row.slug) || null,
    parentID: textOf(row.parent_id) || null,
    projectID: textOf(row.project_id) || null,
    directory: textOf(row.directory) || null,
    time: { created: created ?? updated ?? 0, updated: updated ?? created ?? 0, archived: numberOf(row.time_archived) },
  }
}

/**
 * The header in a row with the columns {@link SessionColumns.forHeader}.
 * @param json reads a JSON column, and reports one that is damaged
 */
export function headerOf(row: Row, json: (column: 'model' | 'revert') => JsonObject | undefined): SessionHeader {
  return {
    ...filterableOf(row),
    agent: textOf(row.agent),
    model: modelOf(json('model')),
    version: textOf(row.version) || null,
    share: textOf(row.share_url),
    cost: numberOf(row.cost),
    tokens: tokensOf(row),
    revert: revertOf(json('revert')),
  }
}
