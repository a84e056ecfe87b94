import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OcvaultError } from '../../base/errors.ts'
import { makeFolder, syncFiles, writeAtomically } from '../../base/files.ts'
import { ZipWriter } from '../../zip/zip-file.ts'

/** Where several files go together. */
export interface Destination {
  /** @throws OcvaultError `refused` when one of these files is there already */
  claim(names: readonly string[]): void
  add(name: string, blocks: Iterable<Uint8Array>): Promise<void>
  finish(): Promise<void>
  /** After a failure: leaves nothing half-written. */
  abandon(): Promise<void>
}

/** @throws OcvaultError `refused` */
export function refuseExisting(paths: readonly string[]): void {
  const there = paths.filter((path) => existsSync(path))
  if (there.length === 0) return
  const others = there.length > 1 ? ` and ${there.length - 1} more are` : ' is'
  throw new OcvaultError('refused', `${there[0]}${others} there already`, { hint: 'force' })
}

/** Files in a folder, which is made when it is not there. Files that are whole stay, whatever happens later. */
export function folderDestination(folder: string, force: boolean): Destination {
  const written: string[] = []
  return {
    claim(names) {
      if (!force) refuseExisting(names.map((name) => join(folder, name)))
      makeFolder(folder)
    },
    async add(name, blocks) {
      writeAtomically(join(folder, name), blocks, { sync: false })
      written.push(join(folder, name))
    },
    finish: () => syncFiles(written),
    async abandon() {},
  }
}

/** One zip file. */
export function zipDestination(path: string, force: boolean): Destination {
  let zip: ZipWriter | undefined
  return {
    claim() {
      if (!force) refuseExisting([path])
      zip = new ZipWriter(path)
    },
    async add(name, blocks) {
      await zip?.add(name, blocks)
    },
    async finish() {
      await zip?.finish()
    },
    async abandon() {
      await zip?.abandon()
    },
  }
}
