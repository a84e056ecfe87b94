import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blocksOf } from '../base/blocks.ts'
import { tempDir } from '../testing/temp.ts'
import { entriesOf } from '../testing/zip.ts'
import { ZipWriter } from './zip-file.ts'

const texts = { 'a.json': ['{"a":', '1}'], 'größe/日本.md': ['# ✓\n'.repeat(50_000)], 'empty.txt': [] }

async function written(path: string): Promise<string> {
  const zip = new ZipWriter(path)
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
    const zip = new ZipWriter(path)
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

  test('says so when its folder is not there', async () => {
    const zip = new ZipWriter(join(tempDir(), 'none', 'a.zip'))
    await expect(zip.add('a', blocksOf(['a'.repeat(1e6)])).then(() => zip.finish())).rejects.toThrow('cannot write')
    await zip.abandon()
  })
})
