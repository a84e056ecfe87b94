import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { removeAbandoned, temporaryBeside, writingFailed } from '../../base/files.ts'
import { ArchiveZip } from '../../zip/writer.ts'
import { type EncryptFor, encrypting } from '../encrypt.ts'
import type { ArchiveSink } from './sink.ts'

const bufferSize = 262_144

/** A sink that tells how large the file has become. */
export interface ZipSink extends ArchiveSink {
  readonly bytes: number
}

/**
 * An archive as one file, encrypted or not. It grows beside its place and stands there only when its last byte is on the disk: what was there before stays
 * until then.
 */
export function zipSink(path: string, encrypt?: EncryptFor): ZipSink {
  let temporary = ''
  let file: number | undefined
  let zip: ArchiveZip | undefined
  let end = async () => {}
  let bytes = 0
  // Most pieces are short headers: a few of them go into one write.
  const buffer = Buffer.allocUnsafeSlow(bufferSize)
  let filled = 0
  const toFile = (block: Uint8Array) => {
    if (file === undefined) return
    for (let at = 0; at < block.length; ) at += writeSync(file, block, at)
  }
  const flush = () => {
    toFile(buffer.subarray(0, filled))
    filled = 0
  }
  const write = async (block: Uint8Array) => {
    bytes += block.length
    if (filled + block.length > bufferSize) flush()
    if (block.length > bufferSize) toFile(block)
    else {
      buffer.set(block, filled)
      filled += block.length
    }
  }
  const ours = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw writingFailed(path, error)
    }
  }
  return {
    get bytes() {
      return bytes
    },
    begin() {
      temporary = temporaryBeside(path)
      // Of a backup under the usual name, which is never the same twice, or under this one.
      removeAbandoned(dirname(path), (name) => name.startsWith('ocvault-') || basename(path).startsWith(name))
      zip = undefined
      bytes = 0
      filled = 0
      end = async () => {}
      try {
        file = openSync(temporary, 'wx', 0o600)
      } catch (error) {
        throw writingFailed(path, error)
      }
    },
    add: (name, blocks) =>
      ours(async () => {
        if (!zip) {
          const encrypted = encrypt && (await encrypting(encrypt, write))
          zip = new ArchiveZip(encrypted ? (block) => encrypted.write(block) : write)
          if (encrypted) end = () => encrypted.end()
        }
        await zip.add(name, blocks)
      }),
    finish: () =>
      ours(async () => {
        await zip?.finish()
        await end()
        flush()
        if (file === undefined) return
        fsyncSync(file)
        closeSync(file)
        file = undefined
        renameSync(temporary, path)
        syncFolder(dirname(path))
      }),
    async abandon() {
      if (file !== undefined) closeSync(file)
      file = undefined
      if (temporary !== '') rmSync(temporary, { force: true })
    },
  }
}

/** So that the new name survives a power failure; where folders cannot be opened (Windows) the system sees to it. */
function syncFolder(folder: string): void {
  let opened: number | undefined
  try {
    opened = openSync(folder, 'r')
    fsyncSync(opened)
  } catch {
    // not possible here
  } finally {
    if (opened !== undefined) closeSync(opened)
  }
}
