import { OcvaultError } from '../../base/errors.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { FoundStore } from './discover.ts'

/** How many ids are named where several begin the same. */
const named = 4

/**
 * The id that a person means: an id, or the unique beginning of one, with or without `ses_`.
 * @throws OcvaultError `not-found`, or `usage` when more than one session begins so
 */
export function resolveID(stores: readonly FoundStore[], name: string): SessionID {
  const ids = new Set<SessionID>()
  for (const prefix of name.startsWith('ses_') ? [name] : [name, `ses_${name}`]) {
    for (const { store } of stores) for (const id of store.idsStartingWith(prefix, named)) ids.add(id)
  }
  if (ids.has(name)) return name
  if (ids.has(`ses_${name}`)) return `ses_${name}`
  const [first, ...others] = ids
  if (first === undefined) throw new OcvaultError('not-found', `no session ${JSON.stringify(name)}`, { hint: 'list' })
  if (others.length === 0) return first
  const some = [...ids].slice(0, named).join(', ')
  throw new OcvaultError('usage', `${JSON.stringify(name)} begins more than one session id: ${some}`)
}
