import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { OcvaultError } from '../../base/errors.ts'
import { GatheredJSON, type Packing } from '../../base/gathered.ts'
import { isObject, type JsonObject } from '../../base/json.ts'
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

type DocumentRow = ReturnType<typeof rowOf>
/** A session with its values in one order, without the names of its keys. */
type Row = [DocumentRow, string, string | null, string | null, number, number, DocumentRow[]]

const rowOf = ({ entry, bytes, sha256: hash, source, counts, blobs }: ManifestCopy) =>
  [entry, bytes, Buffer.from(hash, 'hex').toString('base64'), source, counts.messages, counts.parts, blobs] as const

const copyOf = ([entry, bytes, hash, source, messages, parts, blobs]: DocumentRow): ManifestCopy => ({
  entry,
  bytes,
  sha256: Buffer.from(hash, 'base64').toString('hex'),
  source,
  counts: { messages, parts },
  blobs,
})

/** How the sessions of a manifest are kept until it is printed, in a third of what they take as JSON. Their keys come back in one order. */
export function sessionPacking(): Packing<ManifestSession> {
  /** A project and a directory each: most sessions share theirs. */
  const places: [string | null, string | null][] = []
  const numbers = new Map<string, number>()
  const numberOf = (projectID: string | null, directory: string | null) => {
    const key = JSON.stringify([projectID, directory])
    const number = numbers.get(key) ?? places.push([projectID, directory]) - 1
    numbers.set(key, number)
    return number
  }
  return {
    pack({ id, title, parentID, projectID, directory, updated, copies, ...document }): Row {
      return [rowOf(document), id, title, parentID, numberOf(projectID, directory), updated, copies.map(rowOf)]
    },
    unpack(packed) {
      const [document, id, title, parentID, place, updated, copies] = packed as Row
      const [projectID, directory] = places[place]!
      return { id, title, parentID, projectID, directory, updated, ...copyOf(document), copies: copies.map(copyOf) }
    },
  }
}

/** What is printed item by item: there may be a hundred thousand sessions. */
function* printedObject(object: JsonObject, indent: string): Iterable<string> {
  const line = (depth: number) => (indent === '' ? '' : `\n${indent.repeat(depth)}`)
  const colon = indent === '' ? ':' : ': '
  // A text in JSON holds no line feed, so each of them is one of the layout.
  const nested = (value: unknown, depth: number) => JSON.stringify(value, null, indent).replaceAll('\n', line(depth))
  let separator = '{'
  for (const [key, value] of Object.entries(object)) {
    yield `${separator}${line(1)}${JSON.stringify(key)}${colon}`
    separator = ','
    const isGathered = value instanceof GatheredJSON
    if (!(isGathered || Array.isArray(value)) || value.length === 0) {
      yield nested(isGathered ? [] : value, 1)
      continue
    }
    let opens = '['
    for (const item of value) {
      yield `${opens}${line(2)}${nested(item, 2)}`
      opens = ','
    }
    yield `${line(1)}]`
  }
  yield `${line(0)}}`
}

function hashOf(pieces: Iterable<string>): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

/** The text of `manifest.json`, of a manifest with its hash, piece by piece. */
export function* manifestPieces(manifest: JsonObject): Iterable<string> {
  yield* printedObject(manifest, '  ')
  yield '\n'
}

/** A manifest without its hash, of which the long lists may have gathered. */
type Unsealed = Omit<Manifest, 'sha256' | 'sessions' | 'entries'> & {
  readonly sha256?: string
  readonly sessions: Manifest['sessions'] | GatheredJSON<ManifestSession>
  readonly entries: Manifest['entries'] | GatheredJSON<ManifestEntry>
}

/** The same with its hash. */
export function sealed({ sha256: _, ...manifest }: Unsealed): JsonObject {
  return { ...manifest, sha256: hashOf(printedObject(manifest, '')) }
}

/** The text of `manifest.json`, with its hash as the last key. */
export const printManifest = (manifest: Parameters<typeof sealed>[0]): string => [...manifestPieces(sealed(manifest))].join('')

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
  const { sha256: stated, ...rest } = value
  const isAsPrinted = createHash('sha256').update(bytes).digest('hex') === hashOf(manifestPieces(value))
  if (stated !== hashOf(printedObject(rest, '')) || !isAsPrinted) throw damaged('was changed or damaged')
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
