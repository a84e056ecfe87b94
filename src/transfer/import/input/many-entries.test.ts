import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../../../testing/temp.ts'
import { openInput } from './input.ts'

/** The end of a zip that says how many entries it has, in zip64's way, and where a directory of so many bytes is. */
function endSaying(entries: bigint, directoryBytes: bigint): Buffer {
  const end64 = Buffer.alloc(56)
  end64.writeUInt32LE(0x06064b50, 0)
  end64.writeBigUInt64LE(44n, 4)
  for (const at of [24, 32]) end64.writeBigUInt64LE(entries, at)
  end64.writeBigUInt64LE(directoryBytes, 40)
  end64.writeBigUInt64LE(4n, 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(4n + directoryBytes, 8)
  locator.writeUInt32LE(1, 16)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.fill(0xff, 8, 20)
  return Buffer.concat([end64, locator, end])
}

test.each([1_000_000n, 2n ** 53n - 1n])(
  'a zip that says it has %s entries is refused before one is looked for',
  async (entries) => {
    const path = join(tempDir(), 'many.zip')
    // Where its directory should be nothing of one is: whoever looks for entries finds it damaged.
    writeFileSync(path, Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(64), endSaying(entries, 64n)]))
    await expect(openInput([path])).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringMatching(/more than 500,000 files/),
    })
    writeFileSync(path, Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(64), endSaying(2n, 64n)]))
    await expect(openInput([path])).rejects.toThrow(/damaged zip/)
  },
)
