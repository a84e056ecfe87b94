import * as v from 'valibot'
import { kindOfEntry } from './names.ts'

/** The newest version of the format that this release reads, and the one that it writes. */
export const archiveVersion = 1

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const listed = {
  entry: v.pipe(
    v.string(),
    v.check((name) => kindOfEntry(name) !== undefined, 'no name of an entry'),
  ),
  bytes: count,
  sha256,
}
const stored = {
  ...listed,
  /** Where it was read: a place in `sources`. */
  source: count,
  counts: v.looseObject({ messages: count, parts: count }),
  /** Hashes of the blobs that it names. */
  blobs: v.array(sha256),
}
const nullableText = v.nullable(v.string())

export const entrySchema = v.looseObject(listed)

export const copySchema = v.looseObject(stored)

export const sessionSchema = v.looseObject({
  ...stored,
  id: v.string(),
  title: nullableText,
  parentID: nullableText,
  projectID: nullableText,
  directory: nullableText,
  updated: v.number(),
  copies: v.array(copySchema),
})

export const manifestSchema = v.looseObject({
  format: v.literal('ocvault-archive'),
  version: count,
  tool: v.string(),
  time: v.number(),
  scope: v.record(v.string(), v.unknown()),
  sources: v.array(v.looseObject({ kind: v.string(), path: v.string() })),
  leftOut: v.array(v.string()),
  problems: v.array(v.looseObject({ path: v.string(), reason: v.string() })),
  sessions: v.array(sessionSchema),
  entries: v.array(entrySchema),
  /** Ids of sessions that were pinned in OpenCode; missing where none was. */
  pinned: v.optional(v.array(v.string())),
  sha256,
})

/** What an archive holds (docs/archive-format.md). Keys that this release does not know are passed through. */
export type Manifest = v.InferOutput<typeof manifestSchema>
/** A session of an archive: where its document is, and what it must be like. */
export type ManifestSession = Manifest['sessions'][number]
/** Another copy of a session. */
export type ManifestCopy = ManifestSession['copies'][number]
/** An entry that is no session: a blob, or a file of a snapshot. */
export type ManifestEntry = Manifest['entries'][number]

/** What no archive holds. */
export const leftOut: readonly string[] = [
  'logins and tokens',
  'secrets of share links',
  'how to reach workspaces',
  'the event log',
  'logs',
]
