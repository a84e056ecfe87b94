import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

/** Names and texts of a small zip, by its central directory (APPNOTE.TXT 4.3.12). */
export function entriesOf(path: string): Record<string, string> {
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06'))
  const entries: Record<string, string> = {}
  for (let at = bytes.readUInt32LE(end + 16), left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [size, nameLength, extra, comment, local] = [20, 28, 30, 32, 42].map((offset) =>
      offset === 20 || offset === 42 ? bytes.readUInt32LE(at + offset) : bytes.readUInt16LE(at + offset),
    ) as [number, number, number, number, number]
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    entries[name] = inflateRawSync(bytes.subarray(data, data + size)).toString()
    at += 46 + nameLength + extra + comment
  }
  return entries
}
