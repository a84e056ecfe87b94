import { crc32, deflateRawSync } from 'node:zlib'

/** An entry of a zip made by hand, as wrong as a test wants it. */
export interface HandmadeEntry {
  readonly name: string
  readonly content?: Uint8Array | string
  /** Of the directory, where it shall not say what is so. */
  readonly size?: number
  readonly packed?: number
  readonly offset?: number
  readonly mode?: number
  readonly flags?: number
  readonly method?: number
  /** Of the header before the content, where it shall differ from the directory's. */
  readonly localName?: string
}

/** A zip made by hand: local headers, contents, directory and end as APPNOTE.TXT has them. */
export function zipOf(entries: readonly HandmadeEntry[], { count = entries.length, comment = '' } = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? '')
    const packed = deflateRawSync(content)
    const [name, localName] = [Buffer.from(entry.name), Buffer.from(entry.localName ?? entry.name)]
    const fields = (header: Buffer, from: number) => {
      header.writeUInt16LE(20, from)
      header.writeUInt16LE(entry.flags ?? 0x800, from + 2)
      header.writeUInt16LE(entry.method ?? 8, from + 4)
      header.writeUInt32LE(crc32(content), from + 10)
      header.writeUInt32LE(entry.packed ?? packed.length, from + 14)
      header.writeUInt32LE(entry.size ?? content.length, from + 18)
    }
    const local = Buffer.alloc(30)
    local.write('PK\x03\x04', 'latin1')
    fields(local, 4)
    local.writeUInt16LE(localName.length, 26)
    const central = Buffer.alloc(46)
    central.write('PK\x01\x02', 'latin1')
    central.writeUInt16LE(0x0314, 4)
    fields(central, 6)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(((entry.mode ?? 0o100644) * 0x10000) >>> 0, 38)
    central.writeUInt32LE(entry.offset ?? at, 42)
    parts.push(local, localName, packed)
    directory.push(central, name)
    at += local.length + localName.length + packed.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(Math.min(count, 0xffff), 8)
  end.writeUInt16LE(Math.min(count, 0xffff), 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...parts, listed, end, Buffer.from(comment)])
}
