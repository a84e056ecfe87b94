import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { OcvaultError } from './errors.ts'
import {
  GrowingFile,
  makeFolder,
  putInPlace,
  syncFiles,
  syncFilesNow,
  writeAtomically,
  writeIfAbsent,
  writeUnplaced,
} from './files.ts'

const bytes = (text: string) => [Buffer.from(text)]
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const onPosix = test.skipIf(process.platform === 'win32')

function* failing(): Iterable<Uint8Array> {
  yield Buffer.from('half of it')
  throw new Error('the store is damaged')
}

describe('a file that is written', () => {
  test('is there whole, with nothing beside it', () => {
    const folder = tempDir()
    writeAtomically(join(folder, 'a'), [Buffer.from('one, '), Buffer.alloc(0), Buffer.from('two')])
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('one, two')
    expect(readdirSync(folder)).toEqual(['a'])
  })

  test('leaves what was there when its content cannot be had', () => {
    const folder = tempDir()
    writeAtomically(join(folder, 'a'), bytes('before'))
    expect(() => writeAtomically(join(folder, 'a'), failing())).toThrow('the store is damaged')
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('before')
    expect(readdirSync(folder)).toEqual(['a'])
  })

  test('says which file could not be written', () => {
    const path = join(tempDir(), 'none', 'a')
    expect(() => writeAtomically(path, bytes('a'))).toThrow(OcvaultError)
    expect(() => writeAtomically(path, bytes('a'))).toThrow(`cannot write ${path}: ENOENT`)
  })

  onPosix('is its owner’s alone, whatever the umask says, unless it is meant for others', () => {
    const folder = tempDir()
    const umask = process.umask(0o022)
    try {
      writeAtomically(join(folder, 'private'), bytes('a'))
      writeAtomically(join(folder, 'shared'), bytes('a'), { access: 'shared' })
      writeIfAbsent(join(folder, 'first'), bytes('a'))
      writeUnplaced(join(folder, 'unplaced'), bytes('a'))
      makeFolder(join(folder, 'new/inner'))
      makeFolder(join(folder, 'public/inner'), 'shared')
    } finally {
      process.umask(umask)
    }
    const modes = Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]))
    expect(modes).toEqual({ private: '600', shared: '644', first: '600', unplaced: '600', new: '700', public: '755' })
    expect([modeOf(join(folder, 'new/inner')), modeOf(join(folder, 'public/inner'))]).toEqual(['700', '755'])
  })

  onPosix.each([0o644, 0o640, 0o600, 0o755])('keeps the mode %o of the one that it replaces', (mode) => {
    const path = join(tempDir(), 'a')
    writeFileSync(path, 'before', { mode })
    const umask = process.umask(0o077)
    try {
      writeAtomically(path, bytes('after'))
    } finally {
      process.umask(umask)
    }
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual(['after', mode.toString(8)])
  })

  test.skipIf(process.getuid?.() !== 0)('keeps the owner of the one that it replaces, when root writes it', async () => {
    const { chownSync } = await import('node:fs')
    const path = join(tempDir(), 'a')
    writeFileSync(path, 'before', { mode: 0o640 })
    chownSync(path, 1234, 4321)
    writeAtomically(path, bytes('after'))
    expect(statSync(path)).toMatchObject({ uid: 1234, gid: 4321 })
    expect(modeOf(path)).toBe('640')
  })

  test('is not written over one that came first', () => {
    const folder = tempDir()
    writeIfAbsent(join(folder, 'a'), bytes('first'))
    writeIfAbsent(join(folder, 'a'), bytes('second'))
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('first')
    expect(readdirSync(folder)).toEqual(['a'])
  })

  onPosix('leaves another name of the file alone: it becomes a file of its own', () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'a'), 'before')
    linkSync(join(folder, 'a'), join(folder, 'b'))
    writeAtomically(join(folder, 'a'), bytes('after'))
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('before')
  })
})

describe('a file that grows', () => {
  test('stands in its place when it is finished, and not before', () => {
    const folder = tempDir()
    const file = new GrowingFile(join(folder, 'a'))
    file.write(Buffer.from('one'))
    expect(existsSync(file.path)).toBe(false)
    expect(readdirSync(folder)).toHaveLength(1)
    file.finish()
    expect(readFileSync(file.path, 'utf8')).toBe('one')
    file.abandon()
    expect(readdirSync(folder)).toEqual(['a'])
    expect(() => file.write(Buffer.from('two'))).toThrow('ended')
  })

  test('leaves nothing behind when it is abandoned, even twice', () => {
    const folder = tempDir()
    const file = new GrowingFile(join(folder, 'a'))
    file.write(Buffer.alloc(100_000))
    file.abandon()
    file.abandon()
    expect(readdirSync(folder)).toEqual([])
  })

  test('tells that its place is a folder, and leaves that alone', () => {
    const folder = tempDir()
    mkdirSync(join(folder, 'a'))
    expect(() => writeAtomically(join(folder, 'a'), bytes('x'))).toThrow('cannot write')
    expect(readdirSync(folder)).toEqual(['a'])
  })
})

describe('files that are put in place later', () => {
  test('replace what is there', () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'a'), 'before')
    writeUnplaced(join(folder, 'growing'), bytes('after'))
    putInPlace(join(folder, 'growing'), join(folder, 'a'))
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('after')
    expect(() => putInPlace(join(folder, 'growing'), join(folder, 'a'))).toThrow(`cannot write ${join(folder, 'a')}`)
  })

  test('are gone when their content cannot be had', () => {
    const folder = tempDir()
    expect(() => writeUnplaced(join(folder, 'growing'), failing())).toThrow('the store is damaged')
    expect(readdirSync(folder)).toEqual([])
  })

  test('are brought to the disk together; one that is gone meanwhile needs none', async () => {
    const folder = tempDir()
    const paths = Array.from({ length: 40 }, (_each, index) => join(folder, String(index)))
    for (const path of paths) writeUnplaced(path, bytes(path))
    rmSync(paths[7]!)
    await expect(syncFiles(paths)).resolves.toBeUndefined()
    rmSync(paths[8]!)
    expect(() => syncFilesNow(paths.slice(9))).not.toThrow()
  })
})

onPosix('a folder below a link is made where the link leads', () => {
  const folder = tempDir()
  mkdirSync(join(folder, 'real'))
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  makeFolder(join(folder, 'link/inner'))
  expect(existsSync(join(folder, 'real/inner'))).toBe(true)
  writeFileSync(join(folder, 'file'), '')
  expect(() => makeFolder(join(folder, 'file/inner'))).toThrow(`cannot write ${join(folder, 'file/inner')}`)
})

test('what a killed process has left of a file is gone when it is written again, and what may still grow stays', () => {
  const folder = tempDir()
  const long = Date.now() / 1000 - 7200
  const [left, growing, other] = ['.a.ffffff-1-01234567.tmp', '.a.ffffff-1-76543210.tmp', '.b.ffffff-1-01234567.tmp']
  for (const write of [writeAtomically, writeIfAbsent]) {
    for (const name of [left, growing, other]) writeFileSync(join(folder, name), 'half')
    for (const name of [left, other]) utimesSync(join(folder, name), long, long)
    write(join(folder, 'a'), [Buffer.from('whole')])
    expect(readdirSync(folder).sort()).toEqual([growing, other, 'a'])
  }
})
