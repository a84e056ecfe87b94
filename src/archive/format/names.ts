import { createHash } from '../../base/hash.ts'
import { foldedName } from '../../base/names.ts'
import type { SessionID } from '../../opencode/ids.ts'

export const manifestName = 'manifest.json'

/** The folder in a mirror that is no part of the archive: what each machine knows, the lock, and files that grow. */
export const ownFolder = '.ocvault'
export const blobName = (sha256: string): string => `blobs/${sha256}`

const plain = /^ses_[0-9A-Za-z_-]{1,96}$/
const ownName = '(?:ses_[0-9A-Za-z_-]{1,96}(?:~[0-9a-f]{8})?|~[0-9a-f]{32})'
const session = new RegExp(`^sessions/${ownName}\\.json$`)
const copy = new RegExp(`^copies/${ownName}\\.[1-9][0-9]{0,5}\\.json$`)
/** Whether something is a hash that a blob may have as its name. */
export const isBlobHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

const blob = /^blobs\/[0-9a-f]{64}$/
const segment = /^[0-9A-Za-z_](?:[0-9A-Za-z_.-]{0,98}[0-9A-Za-z_-])?$/
/** What Windows takes for a device, whatever its ending. */
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i
const deepest = 12

/** What an entry of an archive is, by its name; undefined for a name that no entry has (docs/archive-format.md). */
export function kindOfEntry(name: string): 'manifest' | 'session' | 'copy' | 'blob' | 'snapshot' | undefined {
  if (name === manifestName) return 'manifest'
  if (session.test(name)) return 'session'
  if (copy.test(name)) return 'copy'
  if (blob.test(name)) return 'blob'
  const [folder, ...segments] = name.split('/')
  const isSnapshot = folder === 'snapshots' && segments.length > 0 && segments.length <= deepest
  return isSnapshot && segments.every((part) => segment.test(part) && !device.test(part)) ? 'snapshot' : undefined
}

const hashed = (id: SessionID, length: number) => createHash('sha256').update(id).digest('hex').slice(0, length)

/**
 * Gives each session a name in the archive: its id where that is one that OpenCode could have made, and a hash of it otherwise.
 */
export class EntryNames {
  readonly #taken = new Map<string, SessionID>()

  /** Without folder and ending; the same for the same session each time. */
  nameFor(id: SessionID): string {
    const name = plain.test(id) ? id : `~${hashed(id, 32)}`
    const owner = this.#taken.get(foldedName(name)) ?? id
    this.#taken.set(foldedName(name), owner)
    return owner === id ? name : `${name}~${hashed(id, 8)}`
  }
}
