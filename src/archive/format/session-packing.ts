import type { Packing } from '../../base/gathered.ts'
import type { ManifestCopy, ManifestSession } from './manifest.ts'

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

/**
 * How the sessions of a manifest are kept until it is printed, in a third of what they take as JSON. Their keys come back in one
 * order.
 */
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
