import { createHash } from 'node:crypto'
import { GatheredJSON } from '../../base/gathered.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Manifest, ManifestEntry, ManifestSession } from './manifest.ts'

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

function digestOf(pieces: Iterable<string>): string {
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
export function sealed(manifest: Unsealed): JsonObject {
  const rest = withoutHash({ ...manifest })
  return { ...rest, sha256: sealOf(rest) }
}

const withoutHash = (manifest: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(manifest).filter(([key]) => key !== 'sha256'))

const sealOf = (rest: JsonObject): string => digestOf(printedObject(rest, ''))

/** Whether a manifest is what it was when it was sealed. @param sha256 of the bytes that it was read from */
export const isAsSealed = (manifest: JsonObject, sha256: string): boolean =>
  manifest.sha256 === sealOf(withoutHash(manifest)) && sha256 === digestOf(manifestPieces(manifest))

/** The text of `manifest.json`, with its hash as the last key. */
export const printManifest = (manifest: Unsealed): string => [...manifestPieces(sealed(manifest))].join('')
