import { basename, dirname } from 'node:path'
import { type Output, openOutput } from '../../base/output.ts'
import { removeAbandoned } from '../../base/temporary.ts'
import { ZipWriter } from '../../zip/writer.ts'
import { type EncryptFor, encrypting } from '../encrypt.ts'
import type { ArchiveSink } from './sink.ts'

/** A sink that tells how large the file has become. */
export interface ZipSink extends ArchiveSink {
  readonly bytes: number
}

/**
 * An archive as one file, encrypted or not. It grows beside its place and stands there only when its last byte is on the disk:
 * what was there before stays until then.
 */
export function zipSink(path: string, encrypt?: EncryptFor): ZipSink {
  let output: Output | undefined
  let zip: ZipWriter | undefined
  let end = async () => {}
  let bytes = 0
  const write = async (block: Uint8Array) => {
    bytes += block.length
    await output?.write(block)
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
      end = async () => {}
      output = undefined
    },
    async add(name, blocks) {
      if (!zip) {
        output = await openOutput(path)
        const encrypted = encrypt && (await encrypting(encrypt, write))
        zip = new ZipWriter(encrypted ? (block) => encrypted.write(block) : write)
        if (encrypted) end = () => encrypted.end()
      }
      await zip.add(name, blocks)
    },
    async finish() {
      await zip?.finish()
      await end()
      await output?.finish()
    },
    async abandon() {
      output?.abandon()
    },
  }
}
