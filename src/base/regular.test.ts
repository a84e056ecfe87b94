import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { OcvaultError } from './errors.ts'
import { blocksOfFile, headOf, readRegular } from './regular.ts'

const readers: readonly [name: string, read: (path: string) => unknown][] = [
  ['readRegular', readRegular],
  ['headOf', headOf],
  ['blocksOfFile', (path) => [...blocksOfFile(path)]],
  ['blocksOfFile without links', (path) => [...blocksOfFile(path, { links: false })]],
]

describe('a regular file', () => {
  const content = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(200_000, 'é')])
  const path = () => {
    const at = join(tempDir(), 'a')
    writeFileSync(at, content)
    return at
  }

  test('is read whole, in blocks, and at its head', () => {
    expect(readRegular(path()).equals(content)).toBe(true)
    expect(Buffer.concat(Array.from(blocksOfFile(path()), (block) => Buffer.from(block))).equals(content)).toBe(true)
    expect(headOf(path())).toBe(content.toString('latin1', 0, 32))
  })

  test('may be shorter than a head, or empty', () => {
    const at = path()
    writeFileSync(at, 'PK')
    expect(headOf(at)).toBe('PK')
    writeFileSync(at, '')
    expect([headOf(at), readRegular(at).length, [...blocksOfFile(at)]]).toEqual(['', 0, []])
  })

  test('that is missing is told as the system tells it', () => {
    expect(() => readRegular(join(tempDir(), 'none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => headOf(join(tempDir(), 'none'))).toThrow('cannot read')
  })

  test.skipIf(process.platform === 'win32')('is read through a link only where links are followed', () => {
    const at = path()
    symlinkSync(at, `${at}.link`)
    expect(readRegular(`${at}.link`).equals(content)).toBe(true)
    expect(() => [...blocksOfFile(`${at}.link`, { links: false })]).toThrow(expect.objectContaining({ code: 'ELOOP' }))
  })
})

describe.skipIf(process.platform === 'win32').each(readers)('%s waits for nothing, and refuses', (_name, read) => {
  test('a pipe', () => {
    const at = join(tempDir(), 'pipe')
    execFileSync('/usr/bin/env', ['mkfifo', at])
    expect(() => read(at)).toThrow(OcvaultError)
    expect(() => read(at)).toThrow('is a pipe, and no regular file')
  })

  test('a socket', async () => {
    const at = join(tempDir(), 's')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(at, resolve))
    onTestFinished(() => void server.close())
    expect(() => read(at)).toThrow(/is a socket|ENXIO/)
  })

  test('a device, and a folder', () => {
    expect(() => read('/dev/zero')).toThrow('is a device, and no regular file')
    const at = join(tempDir(), 'folder')
    mkdirSync(at)
    expect(() => read(at)).toThrow('is a folder, and no regular file')
  })
})
