import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { OcvaultError } from '../../base/errors.ts'
import type { Opener } from '../../stores/catalog/finder.ts'
import { type Keys, openDecrypted } from '../encrypt.ts'
import type { Archive } from '../read/archive.ts'
import { openArchiveNow } from '../read/reader.ts'
import { isArchive, isEncrypted } from '../read/recognise.ts'
import { ArchiveStore, watchedIn } from './archive-store.ts'

type ArchiveOpener = (...given: Parameters<Opener>) => ArchiveStore | undefined

/**
 * Opens archives as stores: zips, folders, and zips that are encrypted. Those are decrypted now, as long as the process needs
 * them, because a store is asked and answers at once.
 * @param paths that may be archives
 * @throws OcvaultError `usage` for an encrypted one without a key, `failed` with a wrong one
 */
export async function archiveOpener(paths: readonly string[], keys: Keys = {}): Promise<ArchiveOpener> {
  const plain = new Map<string, number>()
  for (const path of paths) if (isEncrypted(path)) plain.set(resolve(path), await openDecrypted(path, keys))
  return (path) => {
    if (!isArchive(path)) return undefined
    const decrypted = plain.get(path)
    if (decrypted === undefined) {
      if (isEncrypted(path)) throw new OcvaultError('failed', `${path} changed since it was decrypted; ask anew`)
      const watched = statSync(path).isDirectory() ? watchedIn(path) : path
      return new ArchiveStore(openedNow(path), { watched })
    }
    // The file is closed with its archive.
    plain.delete(path)
    return new ArchiveStore(openArchiveNow(path, decrypted), { isPrivate: true })
  }
}

/** A zip that is no archive is most often one of exported sessions. */
function openedNow(path: string): Archive {
  try {
    return openArchiveNow(path)
  } catch (error) {
    if (!(error instanceof OcvaultError) || !/which no archive has|is no archive/.test(error.message)) throw error
    throw new OcvaultError('failed', `${path} is no backup that ocvault wrote`, { hint: 'import', cause: error })
  }
}
