import { createHash } from 'node:crypto'
import { OcvaultError } from '../../../base/errors.ts'
import { isObject, listOf } from '../../../base/json.ts'

/** The list of files that `ocvault export` writes beside them. */
export const indexName = 'index.json'

/** SHA-256 in hex by file name, of an `index.json` that `ocvault export` wrote; nothing of any other. */
export function hashesIn(bytes: Uint8Array): Map<string, string> {
  const hashes = new Map<string, string>()
  try {
    for (const entry of listOf(JSON.parse(Buffer.from(bytes).toString()))) {
      if (isObject(entry) && typeof entry.file === 'string' && typeof entry.sha256 === 'string')
        hashes.set(entry.file, entry.sha256)
    }
  } catch {
    // Not an index of ours; the files speak for themselves.
  }
  return hashes
}

/** Bytes that are as an index lists them. @throws OcvaultError `failed` for any other */
export function checked(path: string, bytes: Uint8Array, sha256: string): Uint8Array {
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes
  throw new OcvaultError('failed', `${path} is not the file that ${indexName} lists: it was changed or damaged`)
}
