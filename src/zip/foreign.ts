import { statSync } from 'node:fs'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { OcvaultError, reasonOf } from '../base/errors.ts'

/** No session file of a zip may be larger, in bytes: JSON is read whole. */
const largestBytes = 512 * 2 ** 20
/** How many times smaller than its content an entry may be, from this size on: session texts get 5 to 50 times smaller. */
const steepest = 400
const unquestionedBytes = 8 * 2 ** 20
const mostEntries = 500_000

/** A file in a zip; nothing is ever written under its name. */
export interface ZipEntry {
  readonly name: string
  read(): Promise<Uint8Array>
}

/**
 * The files of a zip, by its directory. Sizes and ratios are checked before anything is unpacked, and the sizes again while it
 * is.
 * @throws OcvaultError `failed` when it is no zip, is damaged, or looks like a bomb
 */
export async function openZip(path: string): Promise<{ entries: readonly ZipEntry[]; close(): void }> {
  let zip: ZipFile
  try {
    zip = await openPromise(path, { autoClose: false, decodeStrings: true, validateEntrySizes: true, strictFileNames: false })
  } catch (error) {
    throw new OcvaultError('failed', `${path} cannot be read as a zip: ${reasonOf(error)}`, { cause: error })
  }
  try {
    // Said in its end, before its directory is gone through: of a million entries that would take minutes.
    if (zip.entryCount > mostEntries) refuseNumber(path)
    const entries: ZipEntry[] = []
    let packed = 0
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      packed += entry.compressedSize
      check(path, entry, entries.length, packed)
      entries.push({ name: entry.fileName, read: () => unpack(path, zip, entry) })
    }
    return { entries, close: () => zip.close() }
  } catch (error) {
    zip.close()
    if (error instanceof OcvaultError) throw error
    throw new OcvaultError('failed', `${path} is a damaged zip: ${reasonOf(error)}`, { cause: error })
  }
}

function refuseNumber(path: string): never {
  throw new OcvaultError('failed', `${path} is not read: it has more than ${mostEntries.toLocaleString('en')} files`)
}

function check(path: string, entry: Entry, count: number, packed: number): void {
  const { uncompressedSize, compressedSize, fileName } = entry
  const refuse = (reason: string) => {
    throw new OcvaultError('failed', `${path} is not read: ${reason}`)
  }
  if (count >= mostEntries) refuseNumber(path)
  if (uncompressedSize > largestBytes) refuse(`${fileName} in it is larger than ${largestBytes / 2 ** 20} MB`)
  if (uncompressedSize > unquestionedBytes && uncompressedSize > compressedSize * steepest) {
    refuse(`${fileName} in it would unpack to ${Math.round(uncompressedSize / compressedSize)} times its size`)
  }
  if (packed > statSync(path).size) refuse('its files overlap')
}

async function unpack(path: string, zip: ZipFile, entry: Entry): Promise<Uint8Array> {
  try {
    const stream = await zip.openReadStreamPromise(entry)
    const blocks: Buffer[] = []
    for await (const block of stream) blocks.push(block as Buffer)
    return Buffer.concat(blocks)
  } catch (error) {
    throw new OcvaultError('failed', `${entry.fileName} in ${path} cannot be unpacked: ${reasonOf(error)}`, { cause: error })
  }
}
