/** The structures of a zip (APPNOTE.TXT 6.3.10, sections 4.3 and 4.5) as this archive has them. */

/** What an entry's header and the directory say about it. */
export interface ZipEntryFacts {
  readonly name: string
  readonly crc: number
  /** Bytes in the file. */
  readonly packed: number
  /** Bytes unpacked. */
  readonly size: number
  /** Where its header begins. */
  readonly offset: number
  /** Whether sizes and CRC stand behind the content, because it was longer than what is compressed at once. */
  readonly streamed: boolean
}

export const signatures = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
} as const

/** So many entries an archive may have: a reader keeps their names in memory. */
export const mostEntries = 500_000

/** Sizes and counts from here on stand in zip64 fields. */
const most32 = 0xffff_ffff
const most16 = 0xffff

/** UTF-8 names, and sizes behind the content. */
const flags = (streamed: boolean) => 0x0800 | (streamed ? 0x0008 : 0)
const deflated = 8
/** 1980-01-01, 00:00, the first time that a zip can tell. */
const firstDate = 0x0021
/** Unix, a readable file. */
const madeBy = (3 << 8) | 45
const regularFile = 0o100644 * 0x10000
export const zip64Tag = 0x0001

const versionNeeded = (zip64: boolean) => (zip64 ? 45 : 20)

/** What stands before the content. The sizes of a streamed entry are not known yet. */
export function localHeader({ name, crc, packed, size, streamed }: Omit<ZipEntryFacts, 'offset'>): Buffer {
  const encoded = Buffer.from(name)
  const extra = streamed ? 20 : 0
  const header = Buffer.alloc(30 + encoded.length + extra)
  header.writeUInt32LE(signatures.local, 0)
  header.writeUInt16LE(versionNeeded(streamed), 4)
  header.writeUInt16LE(flags(streamed), 6)
  header.writeUInt16LE(deflated, 8)
  header.writeUInt16LE(firstDate, 12)
  header.writeUInt32LE(streamed ? 0 : crc, 14)
  header.writeUInt32LE(streamed ? most32 : packed, 18)
  header.writeUInt32LE(streamed ? most32 : size, 22)
  header.writeUInt16LE(encoded.length, 26)
  header.writeUInt16LE(extra, 28)
  encoded.copy(header, 30)
  if (streamed) {
    header.writeUInt16LE(zip64Tag, 30 + encoded.length)
    header.writeUInt16LE(16, 32 + encoded.length)
  }
  return header
}

/** What stands behind the content of a streamed entry. */
export function dataDescriptor({ crc, packed, size }: Pick<ZipEntryFacts, 'crc' | 'packed' | 'size'>): Buffer {
  const descriptor = Buffer.alloc(24)
  descriptor.writeUInt32LE(signatures.descriptor, 0)
  descriptor.writeUInt32LE(crc, 4)
  descriptor.writeBigUInt64LE(BigInt(packed), 8)
  descriptor.writeBigUInt64LE(BigInt(size), 16)
  return descriptor
}

/** An entry in the directory. */
export function centralHeader({ name, crc, packed, size, offset, streamed }: ZipEntryFacts): Buffer {
  const encoded = Buffer.from(name)
  const large = [size, packed, offset].filter((value) => value >= most32)
  const extra = large.length > 0 ? 4 + 8 * large.length : 0
  const header = Buffer.alloc(46 + encoded.length + extra)
  header.writeUInt32LE(signatures.central, 0)
  header.writeUInt16LE(madeBy, 4)
  header.writeUInt16LE(versionNeeded(streamed || extra > 0), 6)
  header.writeUInt16LE(flags(streamed), 8)
  header.writeUInt16LE(deflated, 10)
  header.writeUInt16LE(firstDate, 14)
  header.writeUInt32LE(crc, 16)
  header.writeUInt32LE(Math.min(packed, most32), 20)
  header.writeUInt32LE(Math.min(size, most32), 24)
  header.writeUInt16LE(encoded.length, 28)
  header.writeUInt16LE(extra, 30)
  header.writeUInt32LE(regularFile, 38)
  header.writeUInt32LE(Math.min(offset, most32), 42)
  encoded.copy(header, 46)
  if (extra > 0) {
    const at = 46 + encoded.length
    header.writeUInt16LE(zip64Tag, at)
    header.writeUInt16LE(8 * large.length, at + 2)
    for (const [index, value] of large.entries()) header.writeBigUInt64LE(BigInt(value), at + 4 + 8 * index)
  }
  return header
}

/**
 * The end of a zip, without its comment.
 * @param offset where the directory begins
 * @param comment how long the comment will be
 */
export function endOfZip(count: number, length: number, offset: number, comment: number): Buffer {
  const zip64 = count >= most16 || length >= most32 || offset >= most32
  const end = Buffer.alloc(22)
  end.writeUInt32LE(signatures.end, 0)
  end.writeUInt16LE(Math.min(count, most16), 8)
  end.writeUInt16LE(Math.min(count, most16), 10)
  end.writeUInt32LE(Math.min(length, most32), 12)
  end.writeUInt32LE(Math.min(offset, most32), 16)
  end.writeUInt16LE(comment, 20)
  if (!zip64) return end
  const end64 = Buffer.alloc(56 + 20)
  end64.writeUInt32LE(signatures.end64, 0)
  end64.writeBigUInt64LE(44n, 4)
  end64.writeUInt16LE(madeBy, 12)
  end64.writeUInt16LE(45, 14)
  end64.writeBigUInt64LE(BigInt(count), 24)
  end64.writeBigUInt64LE(BigInt(count), 32)
  end64.writeBigUInt64LE(BigInt(length), 40)
  end64.writeBigUInt64LE(BigInt(offset), 48)
  end64.writeUInt32LE(signatures.locator64, 56)
  end64.writeBigUInt64LE(BigInt(offset + length), 64)
  end64.writeUInt32LE(1, 72)
  return Buffer.concat([end64, end])
}

/** Before the hash of everything in a zip's comment. */
export const commentPrefix = 'ocvault sha256:'
export const commentLength = commentPrefix.length + 64
