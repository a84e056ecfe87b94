import { basename, dirname, join } from 'node:path'
import { OcvaultError } from '../../base/errors.ts'
import { GrowingFile, makeFolder, syncFiles } from '../../base/files.ts'
import { openOutput, replacesFile, writeOutput } from '../../base/output.ts'
import { removeAbandoned } from '../../base/temporary.ts'
import { ZipOutput } from '../../zip/zip-file.ts'

/** Where several files go together. */
export interface Destination {
  /** @throws OcvaultError `refused` when one of these files is there already */
  claim(names: readonly string[]): void
  add(name: string, blocks: Iterable<Uint8Array>): Promise<void>
  finish(): Promise<void>
  /** After a failure: leaves nothing half-written. */
  abandon(): Promise<void>
}

/**
 * A file that is there is not replaced. What is no file is: a device or a pipe is written into.
 * @throws OcvaultError `refused`
 */
export function refuseExisting(paths: readonly string[]): void {
  const there = paths.filter(replacesFile)
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
      removeAbandoned(folder, (name) => names.some((wanted) => wanted.startsWith(name)))
    },
    async add(name, blocks) {
      await writeOutput(new GrowingFile(join(folder, name), { sync: false }), blocks)
      written.push(join(folder, name))
    },
    finish: () => syncFiles(written),
    async abandon() {},
  }
}

/** One zip file. */
export function zipDestination(path: string, force: boolean): Destination {
  let zip: ZipOutput | undefined
  return {
    claim() {
      if (!force) refuseExisting([path])
      removeAbandoned(dirname(path), (name) => basename(path).startsWith(name))
    },
    async add(name, blocks) {
      zip ??= new ZipOutput(await openOutput(path))
      await zip.add(name, blocks)
    },
    async finish() {
      await zip?.finish()
    },
    async abandon() {
      zip?.abandon()
    },
  }
}
