import type { ErrorCode } from '../../base/errors.ts'
import type { DeletedSession } from '../../mend/undelete/find-deleted.ts'
import type { ImportReport } from '../../transfer/import/report.ts'

/** A deleted session, as a page shows it. */
export interface DeletedRow extends Pick<DeletedSession, 'from' | 'path' | 'whole' | 'missing'> {
  readonly id: string
  readonly title: string | null
  /** In ms. */
  readonly updated: number
}

/** Deleted sessions, without those that come back with another. */
export interface DeletedList {
  readonly database: string
  readonly sessions: readonly DeletedRow[]
}

/** What bringing a session back would do. */
export interface UndeletePlan {
  readonly session: DeletedRow
  readonly report: ImportReport
  /** Is another one as soon as anything else would be done. */
  readonly digest: string
}

/** What the process is asked, with the digest of the plan that a person has agreed to. */
export type Question =
  | { readonly do: 'list' }
  | { readonly do: 'plan'; readonly id: string }
  | { readonly do: 'bring-back'; readonly id: string; readonly digest: string }

export interface Answers {
  readonly list: DeletedList
  readonly plan: UndeletePlan
  readonly 'bring-back': ImportReport
}

export interface Sent {
  readonly roots: readonly string[]
  readonly question: Question
}

export type Returned =
  | { readonly answer: Answers[keyof Answers] }
  | { readonly failed: { readonly code: ErrorCode | null; readonly message: string } }
