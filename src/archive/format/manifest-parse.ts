import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { OcvaultError } from '../../base/errors.ts'
import { isObject } from '../../base/json.ts'
import { archiveVersion, entrySchema, type Manifest, manifestSchema, sessionSchema } from './manifest.ts'
import { isAsSealed } from './manifest-print.ts'
import { manifestName } from './names.ts'

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
  conforms(manifestSchema, { ...value, sessions: [], entries: [] }, '')
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
