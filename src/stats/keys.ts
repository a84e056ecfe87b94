import type { Clock, Moment } from './clock.ts'
import { weekdays } from './clock.ts'
import type { Cell } from './figures.ts'
import type { Key } from './key-names.ts'

/** A session as rows know it. */
export interface Counted {
  readonly id: string
  readonly projectID: string | null
  readonly directory: string | null
  readonly version: string | null
  /** The id of the session at the top of its tree. */
  readonly rootID: string
  readonly isSubagent: boolean
}

/** What a cell, or the calls of one tool in it, have for a key; null where nothing can be said. */
export function keyValue(key: Key, session: Counted, cell: Cell, tool: string | null, clock: Clock): string | null {
  switch (key) {
    case 'model':
      return cell.model
    case 'provider':
      return cell.model?.slice(0, cell.model.indexOf('/')) ?? null
    case 'agent':
      return cell.agent
    case 'project':
      return session.projectID ?? session.directory
    case 'session':
      return session.rootID
    case 'version':
      return session.version
    case 'tool':
      return tool
    default:
      return clock.at(cell.slot)[key satisfies keyof Moment]
  }
}

/** Rows by time stand in its order; others are in the order of what they cost. */
export const isTime = (key: Key): boolean => ['day', 'week', 'month', 'year', 'hour', 'weekday'].includes(key)

/** Compares two values of a key of time. */
export function inTime(key: Key, a: string | null, b: string | null): number {
  const order = (value: string | null) =>
    key === 'weekday' ? String((weekdays as readonly (string | null)[]).indexOf(value)) : (value ?? '')
  return order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0
}
