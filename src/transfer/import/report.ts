import { textOf } from '../../base/json.ts'
import type { Failure } from '../../base/problems.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Generation } from '../../stores/catalog/discover.ts'
import { isToBeWritten, type PlanKind, type SessionPlan } from '../write/writer.ts'
import type { TreeOutcome } from './carry-out.ts'
import type { LostSession } from './plan.ts'

/** What became of a session: `written` (with `dryRun`: would be), `skipped` as there is nothing to do, `refused`, or `failed`. */
type ImportResult = 'written' | 'skipped' | 'refused' | 'failed'

export interface ImportedSession {
  /** In the database; that of the copy where it is one. */
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  /** The file, zip entry or store that it is from. */
  readonly from: string
  /** Null when it could not be read. */
  readonly plan: PlanKind | null
  readonly result: ImportResult
  readonly messages: SessionPlan['messages'] | null
  /** What differs from the session that is there, in words. */
  readonly differences: readonly string[]
  /** The id that a copy had. */
  readonly copyOf: SessionID | null
  /** What there is to say about it. */
  readonly note: string | null
}

export interface ImportReport {
  readonly database: string
  readonly generation: Generation
  /** Why it was written for this generation. */
  readonly why: string
  /** The generation that it was not written for, though the database has its tables, too. */
  readonly other?: Generation
  readonly dryRun: boolean
  /** What `undo` takes back; null when nothing was changed. */
  readonly change: string | null
  readonly sessions: readonly ImportedSession[]
  /** What could not be read, and is not imported. */
  readonly problems: readonly Failure[]
  readonly notes: readonly string[]
}

/** What became of the sessions of a tree. */
export function outcomeRows({ sessions, plans, verdict, isCopy }: TreeOutcome): ImportedSession[] {
  return sessions.map(({ node: { session, note }, outgoing: { exported } }, index) => {
    const plan = plans[index]!
    return {
      id: plan.id,
      title: textOf(exported.info.title),
      parentID: textOf(exported.info.parentID),
      from: session.from,
      plan: plan.kind,
      result: verdict === 'refuse' ? 'refused' : isToBeWritten(plan) ? 'written' : 'skipped',
      messages: plan.messages,
      differences: plan.differences,
      copyOf: isCopy ? session.id : null,
      note,
    }
  })
}

/** A session that could not come along. */
export function lostRow({ node: { session }, reason }: LostSession): ImportedSession {
  const { id, title, parentID, from } = session
  const nothing = { plan: null, messages: null, differences: [], copyOf: null }
  return { id, title, parentID, from, result: 'failed', note: reason, ...nothing }
}
