import { basename, dirname } from 'node:path'
import { GrowingFile } from '../../base/files.ts'
import { removeAbandoned } from '../../base/temporary.ts'
import { ArchiveZip } from '../../zip/writer.ts'
import { type EncryptFor, encrypting } from '../encrypt.ts'
import type { ArchiveSink } from './sink.ts'

const bufferBytes = 262_144

/** A sink that tells how large the file has become. */
export interface ZipSink extends ArchiveSink {
  readonly bytes: number
}

/**
 * An archive as one file, encrypted or not. It grows beside its place and stands there only when its last byte is on the disk:
 * what was there before stays until then.
 */
export function zipSink(path: string, encrypt?: EncryptFor): ZipSink {
  let file: GrowingFile | undefined
  let zip: ArchiveZip | undefined
  let end = async () => {}
  let bytes = 0
  // Most pieces are short headers: a few of them go into one write.
  const buffer = Buffer.allocUnsafeSlow(bufferBytes)
  let filled = 0
  const flush = () => {
    file?.write(buffer.subarray(0, filled))
    filled = 0
  }
  const write = async (block: Uint8Array) => {
    bytes += block.length
    if (filled + block.length > bufferBytes) flush()
    if (block.length > bufferBytes) file?.write(block)
    else {
      buffer.set(block, filled)
      filled += block.length
    }
  }
  return {
    get bytes() {
      return bytes
    },
    begin() {
      // Of a backup under the usual name, which is never the same twice, or under this one.
      removeAbandoned(dirname(path), (name) => name.startsWith('ocvault-') || basename(path).startsWith(name))
      zip = undefined
      bytes = 0
      filled = 0
      end = async () => {}
      file = new GrowingFile(path)
    },
    async add(name, blocks) {
      if (!zip) {
        const encrypted = encrypt && (await encrypting(encrypt, write))
        zip = new ArchiveZip(encrypted ? (block) => encrypted.write(block) : write)
        if (encrypted) end = () => encrypted.end()
      }
      await zip.add(name, blocks)
    },
    async finish() {
      await zip?.finish()
      await end()
      flush()
      file?.finish()
    },
    async abandon() {
      file?.abandon()
    },
  }
}
