import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { headOf } from '../../base/regular.ts'
import type { ZipPolicy } from '../../zip/directory.ts'
import { ZipReader } from '../../zip/reader.ts'
import { type Keys, openDecrypted } from '../encrypt.ts'
import { parseManifest } from '../format/manifest-parse.ts'
import { kindOfEntry, manifestName } from '../format/names.ts'
import { DiskFolder, type MirrorFolder } from '../mirror/folder.ts'
import { interruptedMirror } from '../mirror/interrupted.ts'
import { Archive, type ArchiveProblem } from './archive.ts'
import { FolderReader } from './folder-reader.ts'
import { rebuilt } from './rebuilt.ts'
import { isEncrypted } from './recognise.ts'
import type { EntrySource } from './source.ts'

/**
 * Opens an archive: the zip or the folder that `ocvault backup` wrote, encrypted or not. One that is damaged is opened as far as
 * it can be read, and says in `problems` what is wrong.
 * @throws OcvaultError `not-found`; `usage` when it is encrypted and no key was given; `failed` when it is no archive, or not to
 *   be trusted
 */
export async function openArchive(path: string, keys: Keys = {}): Promise<Archive> {
  return openArchiveNow(path, isEncrypted(path) ? await openDecrypted(path, keys) : undefined)
}

/**
 * The same at once.
 * @param plain the open file of an encrypted one that was decrypted; it is closed with the archive
 */
export function openArchiveNow(path: string, plain?: number): Archive {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) throw new OcvaultError('not-found', `no such file or folder: ${path}`)
  if (stat.isDirectory()) {
    const folder = resolve(path)
    return openSource(path, new FolderReader(folder), new DiskFolder(folder))
  }
  const source = openFile(path, plain)
  try {
    return openSource(path, source)
  } catch (error) {
    source.close()
    throw error
  }
}

const policy: ZipPolicy = { isExpected: (name) => kindOfEntry(name) !== undefined }

function openFile(path: string, plain: number | undefined): EntrySource {
  if (plain === undefined && !headOf(path).startsWith('PK')) {
    throw new OcvaultError('failed', `${path} is no archive: neither a zip nor encrypted by age`)
  }
  const zip = plain === undefined ? ZipReader.open(path, policy) : new ZipReader(path, plain, policy)
  try {
    zip.load()
  } catch (error) {
    zip.close()
    throw error
  }
  const entries = new Map(zip.entries.map((entry) => [entry.name, entry]))
  const found = (name: string) => {
    const entry = entries.get(name)
    if (!entry) throw new OcvaultError('failed', `${name} is missing in ${path}`)
    return entry
  }
  return {
    sizes: new Map(zip.entries.map(({ name, size }) => [name, size])),
    fault: zip.fault,
    read: async (name) => zip.read(found(name)),
    readNow: (name) => zip.readNow(found(name)),
    beginning: (name, bytes) => zip.beginning(found(name), bytes),
    blocks: (name) => zip.blocks(found(name)),
    wholeness: (onBytes) => zip.wholeness(onBytes),
    omit: () => undefined,
    close: () => zip.close(),
  }
}

/**
 * Opens an archive of which the entries are known.
 * @param mirror the same files, where they may be a mirror
 * @throws OcvaultError `failed` when it is no archive, or of a version to come
 */
export function openSource(path: string, source: EntrySource, mirror?: MirrorFolder): Archive {
  const problems: ArchiveProblem[] = source.fault === null ? [] : [{ entry: null, reason: source.fault }]
  let lost: string
  try {
    const written = parseManifest(path, source.readNow(manifestName))
    // A backup into a folder that was interrupted, or is running, has replaced some files already.
    const interrupted = mirror && interruptedMirror(mirror)
    const manifest = interrupted?.manifest ?? written
    for (const { entry } of [...manifest.sessions, ...manifest.sessions.flatMap(({ copies }) => copies), ...manifest.entries]) {
      if (!source.sizes.has(entry)) problems.push({ entry, reason: 'is missing' })
    }
    const archive = new Archive(path, source, manifest, null, problems)
    if (interrupted) source.omit([...interrupted.pending].filter((entry) => !archive.listed.has(entry)))
    return archive
  } catch (error) {
    lost = reasonOf(error)
    if (/is of version \d+/.test(lost)) throw error
  }
  const manifest = rebuilt(source, problems)
  if (manifest.sessions.length === 0) throw new OcvaultError('failed', `${path} is no archive, or nothing of it is left: ${lost}`)
  return new Archive(path, source, manifest, lost, [{ entry: manifestName, reason: lost }, ...problems])
}
