import * as v from 'valibot'
import type { SessionID } from '../../opencode/ids.ts'
import { copySchema, entrySchema, type ManifestEntry, sessionSchema } from '../format/manifest.ts'

/** A file of a mirror that holds a session, as the manifest has it. */
export interface SessionFile {
  /** A place in the sources of its machine. */
  readonly source: number
  readonly entry: string
  readonly bytes: number
  readonly sha256: string
  readonly counts: { readonly messages: number; readonly parts: number }
  readonly blobs: readonly string[]
}

/** Another file with a version of a claimed session. */
export interface ClaimedCopy extends SessionFile {
  /**
   * No store here says this (any more): it came from a merge, or from a store that is gone. So nothing that a store says may
   * replace it.
   */
  readonly taken?: true | undefined
}

/**
 * What one machine says of one of its sessions: which file of the mirror holds it, and by which mark of its stores it was read.
 * Mostly that is `sessions/<id>.json`; where another machine has other messages in its session of that id, it is a copy.
 */
export interface Claim extends SessionFile {
  readonly id: SessionID
  readonly title: string | null
  readonly parentID: SessionID | null
  readonly projectID: string | null
  readonly directory: string | null
  readonly updated: number
  readonly copies: readonly ClaimedCopy[]
  /** What told in the stores that nothing has changed; empty for a session that is to be read again. */
  readonly mark: string
  /** When it was seen that no store here has the session any more, in ms since the epoch. */
  readonly deleted: number | null
  /**
   * The file says all that the store here says, and is not what the store here says: another machine's, or one that came from a
   * merge.
   */
  readonly covered?: true | undefined
  /** It came from a merge: no store here has ever had it. */
  readonly guest?: true | undefined
}

/** A file's description with its keys in one order, so that equal ones are printed the same. */
export const sessionFile = ({ source, entry, bytes, sha256, counts: { messages, parts }, blobs }: SessionFile): SessionFile => ({
  source,
  entry,
  bytes,
  sha256,
  counts: { messages, parts },
  blobs,
})

const copyOf = (copy: ClaimedCopy): ClaimedCopy => ({ ...sessionFile(copy), ...(copy.taken && { taken: copy.taken }) })

/** A claim with its keys in one order. */
export function claimOf(claim: Claim): Claim {
  const { id, title, parentID, projectID, directory, updated, mark, deleted, covered, guest, copies } = claim
  return {
    id,
    title,
    parentID,
    projectID,
    directory,
    updated,
    ...sessionFile(claim),
    mark,
    deleted,
    ...(covered && { covered }),
    ...(guest && { guest }),
    copies: copies.map(copyOf),
  }
}

/** All files that a claim names, each with whether a store here has said it: what that store says next may replace it. */
export function filesOf(claim: Claim): (SessionFile & { readonly isOwn: boolean })[] {
  const lead = { ...sessionFile(claim), isOwn: claim.covered !== true && claim.guest !== true }
  return [lead, ...claim.copies.map((copy) => ({ ...sessionFile(copy), isOwn: copy.taken !== true }))]
}

/** Names a version that came from a merge in a claim; none of the files that it named is forgotten. */
export function withTaken(claim: Claim, file: SessionFile): Claim {
  if (file.entry.startsWith('copies/')) return { ...claim, copies: [...claim.copies, { ...file, taken: true }], mark: '' }
  const isCopy = claim.entry.startsWith('copies/')
  const own = isCopy ? [{ ...sessionFile(claim), ...(claim.guest && { taken: true as const }) }] : []
  return { ...claim, ...sessionFile(file), source: claim.source, covered: true, copies: [...claim.copies, ...own], mark: '' }
}

export const claimSchema = v.looseObject({
  ...sessionSchema.entries,
  mark: v.string(),
  deleted: v.nullable(v.number()),
  covered: v.optional(v.literal(true)),
  guest: v.optional(v.literal(true)),
  copies: v.array(v.looseObject({ ...copySchema.entries, taken: v.optional(v.literal(true)) })),
})

/** A claim as a journal or a state has it, undefined when it is none. */
export function claimIn(value: unknown): Claim | undefined {
  const parsed = v.safeParse(claimSchema, value)
  return parsed.success ? claimOf(parsed.output) : undefined
}

/** A blob as a journal has it, undefined when it is none. */
export function blobIn(value: unknown): ManifestEntry | undefined {
  const parsed = v.safeParse(entrySchema, value)
  return parsed.success ? parsed.output : undefined
}
