import type { Catalog } from '../stores/catalog/catalog.ts'
import type { Group } from './groups.ts'
import type { Key } from './key-names.ts'
import { figuresOf, type StatsRow } from './rows.ts'
import type { CountedSession } from './sessions.ts'

/** How a person knows what stands in a key. */
export class Labels {
  readonly #catalog: Catalog
  /** A directory of each project, for want of a better name. */
  readonly #directories = new Map<string, string>()
  #worktrees: ReadonlyMap<string, string> | undefined

  constructor(catalog: Catalog) {
    this.#catalog = catalog
  }

  note({ projectID, directory }: CountedSession): void {
    const project = projectID ?? directory
    if (project !== null && directory !== null && !this.#directories.has(project)) this.#directories.set(project, directory)
  }

  row(group: Group, by: readonly Key[]): StatsRow {
    const labels = group.values.map((value, at) => this.#label(by[at]!, value))
    const one = by.length === 1
    return { key: one ? group.values[0]! : group.values, label: one ? labels[0]! : labels, ...figuresOf(group) }
  }

  #label(key: Key, value: string | null): string | null {
    if (value === null) return null
    if (key === 'session') return this.#catalog.session(value)?.title ?? null
    if (key !== 'project' || value === 'global') return value
    this.#worktrees ??= this.#readWorktrees()
    return this.#worktrees.get(value) ?? this.#directories.get(value) ?? value
  }

  #readWorktrees(): ReadonlyMap<string, string> {
    const projects = this.#catalog.stores.flatMap(({ store }) => [...store.projects()])
    return new Map(projects.flatMap(({ id, worktree }) => (worktree === null || worktree === '/' ? [] : [[id, worktree]])))
  }
}
