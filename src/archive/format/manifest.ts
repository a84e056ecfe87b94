import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { OcvaultError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import { isAsSealed } from './manifest-print.ts'
import { kindOfEntry, manifestName } from './names.ts'

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

const head = v.looseObject({
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
  sha256,
})

/** What an archive holds (docs/archive-format.md). Keys that this release does not know are passed through. */
export type Manifest = v.InferOutput<typeof head>
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

/**
 * Reads `manifest.json`.
 * @param path of the archive, for errors
 * @throws OcvaultError `failed` when it is damaged, changed in any byte, or of a version to come
 */
export function parseManifest(path: string, bytes: Uint8Array): Manifest {
  const damaged = (reason: string) => new OcvaultError('failed', `${manifestName} in ${path} ${reason}`)
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
  } catch {
    throw damaged('is damaged: it is not JSON')
  }
  if (!isObject(value) || value.format !== 'ocvault-archive') throw damaged('is not that of an ocvault archive')
  if (typeof value.version === 'number' && value.version > archiveVersion) {
    throw damaged(`is of version ${value.version}; this ocvault reads up to ${archiveVersion}: a newer ocvault reads it`)
  }
  if (!isAsSealed(value, createHash('sha256').update(bytes).digest('hex'))) throw damaged('was changed or damaged')
  const { sessions, entries } = value
  // One by one, so that no second copy of them all comes to be.
  conforms(head, { ...value, sessions: [], entries: [] }, '')
  for (const [name, items, one] of [['sessions', sessions, sessionSchema] as const, ['entries', entries, entrySchema] as const]) {
    if (!Array.isArray(items)) throw damaged(`is wrong at ${name}`)
    for (const [index, item] of items.entries()) conforms(one, item, `${name}.${index}.`)
  }
  return value as Manifest

  function conforms(to: v.GenericSchema, part: unknown, at: string): void {
    const { issues } = v.safeParse(to, part)
    if (issues) throw damaged(`is wrong at ${at}${v.getDotPath(issues[0]) ?? ''}: ${issues[0].message}`)
  }
}
