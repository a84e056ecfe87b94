import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OcvaultError } from '../../../base/errors.ts'
import { makeFolder, syncFilesNow, writeAtomically } from '../../../base/files.ts'
import { readIfThere, removeFile, type TreeFile } from './tree-files.ts'

/** Files that were written, each read back, and what stood there before: so that a failure in the middle leaves nothing. */
export class TreeChange {
  readonly #root: string
  readonly #before: { readonly path: string; readonly bytes: Buffer | undefined }[] = []
  #unsynced: string[] = []

  constructor(root: string) {
    this.#root = root
  }

  /** @throws OcvaultError `failed` when it cannot be written, or does not read back as it was written */
  put({ path, bytes }: TreeFile): void {
    const full = join(this.#root, path)
    const before = readIfThere(full)
    if (before?.equals(bytes)) return
    makeFolder(dirname(full))
    this.#before.push({ path: full, bytes: before })
    writeAtomically(full, [bytes], { sync: false })
    this.#unsynced.push(full)
    if (!readIfThere(full)?.equals(bytes)) throw new OcvaultError('failed', `${full} did not keep what was written`)
  }

  /** What was written so far outlasts a power cut. */
  sync(): void {
    syncFilesNow(this.#unsynced)
    this.#unsynced = []
  }

  remove(path: string): void {
    const full = join(this.#root, path)
    this.#before.push({ path: full, bytes: readIfThere(full) })
    rmSync(full, { force: true })
  }

  /** Puts everything back as it was. */
  takeBack(): void {
    for (const { path, bytes } of this.#before.toReversed()) {
      if (bytes) writeAtomically(path, [bytes])
      else removeFile(this.#root, path)
    }
  }
}
