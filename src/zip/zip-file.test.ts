import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blocksOf } from '../base/blocks.ts'
import { GrowingFile } from '../base/files.ts'
import { tempDir } from '../testing/temp.ts'
import { entriesOf } from '../testing/zip.ts'
import { ZipOutput } from './zip-file.ts'

const texts = { 'a.json': ['{"a":', '1}'], 'größe/日本.md': ['# ✓\n'.repeat(50_000)], 'empty.txt': [] }

async function written(path: string): Promise<string> {
  const zip = new ZipOutput(new GrowingFile(path))
  for (const [name, pieces] of Object.entries(texts)) await zip.add(name, blocksOf(pieces))
  await zip.finish()
  return path
}

describe('a zip', () => {
  test('holds what was put in, and is the same bytes every time', async () => {
    const folder = tempDir()
    const first = await written(join(folder, 'a.zip'))
    expect(entriesOf(first)).toEqual(Object.fromEntries(Object.entries(texts).map(([name, pieces]) => [name, pieces.join('')])))
    await new Promise((resolve) => setTimeout(resolve, 2100)) // a zip tells times in steps of two seconds
    expect(readFileSync(await written(join(folder, 'b.zip'))).equals(readFileSync(first))).toBe(true)
    expect(readdirSync(folder)).toEqual(['a.zip', 'b.zip'])
  })

  test('is not there before it is whole, and leaves nothing behind when it is given up', async () => {
    const folder = tempDir()
    const path = join(folder, 'a.zip')
    const zip = new ZipOutput(new GrowingFile(path))
    await zip.add('a', blocksOf(['a']))
    expect(existsSync(path)).toBe(false)
    const failing = function* (): Iterable<string> {
      yield 'some text'
      throw new Error('the disk is damaged')
    }
    await expect(zip.add('b', blocksOf(failing()))).rejects.toThrow('the disk is damaged')
    await zip.abandon()
    expect(readdirSync(folder)).toEqual([])
  })

  test('is its owner’s alone, and ends in a hash of itself, as an archive does', async () => {
    const path = await written(join(tempDir(), 'a.zip'))
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path).toString('latin1').slice(-79)).toMatch(/^ocvault sha256:[0-9a-f]{64}$/)
  })
})
