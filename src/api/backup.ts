import { statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { Request, Selection } from './requests.ts'

/** The selection in words, for the manifest. */
export function scopeWords({
  project,
  text = [],
  since,
  until,
  agent,
  model,
  title,
  archived,
}: Selection): Record<string, unknown> {
  const filters = { since, until, agent, model, title, archived, ...(text.length > 0 && { text }) }
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined))
  return { ...(project === undefined ? { all: Object.keys(given).length === 0 } : { project: resolve(project) }), ...given }
}

/**
 * The file of a backup: the one that is asked for, or one that says what is in it and when it was made.
 * @param projectID of the first session
 * @param time ms since the epoch
 */
export function placeOf(catalog: Catalog, request: Request<'backup'>, projectID: string | null, time: number): string {
  const { output, project, encrypted = false } = request
  const isFolder = output === undefined || statSync(output, { throwIfNoEntry: false })?.isDirectory()
  if (output !== undefined && !isFolder) return output
  const id = projectID ?? ''
  const worktree = catalog.stores.flatMap(({ store }) => [...store.projects()]).find((each) => each.id === id)?.worktree
  const name = basename(worktree ?? '') || basename(resolve(project ?? '.'))
  const parts = project === undefined ? ['all'] : [wordsOf(name).slice(0, 40), wordsOf(id).slice(0, 8)]
  const file = ['ocvault', ...parts.filter((part) => part !== ''), ...stampOf(time)].join('-')
  return join(output ?? '.', `${file}.zip${encrypted ? '.age' : ''}`)
}

/** What a file name takes on every system. */
const wordsOf = (name: string) => name.replace(/[^0-9A-Za-z._]+/g, '-').replace(/^[-.]+|[-.]+$/g, '')

/** Day and time of day, local, in digits. */
function stampOf(time: number): readonly [day: string, clock: string] {
  const at = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  return [
    `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`,
    [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(''),
  ]
}
