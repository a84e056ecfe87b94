import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, realpathSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { compileCacheFolder } from './compile-cache.ts'

const isRoot = process.getuid?.() === 0
const stranger = 1234

const folderIn = (cache: string) => compileCacheFolder({ XDG_CACHE_HOME: cache })

describe.skipIf(process.platform === 'win32')('the folder for compiled code', () => {
  test('is this user’s alone', () => {
    const cache = realpathSync(tempDir())
    const folder = join(cache, 'ocvault', 'code')
    expect(folderIn(cache)).toBe(folder)
    expect([folder, join(cache, 'ocvault')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700])
    expect(folderIn(cache)).toBe(folder)
  })

  test.each([0o777, 0o755, 0o770, 0o711])('is none that others can look or write into (%o)', (mode) => {
    const cache = tempDir()
    mkdirSync(join(cache, 'ocvault', 'code'), { recursive: true })
    chmodSync(join(cache, 'ocvault', 'code'), mode)
    expect(folderIn(cache)).toBeUndefined()
  })

  test('is none below a folder in which others can rename it', () => {
    const cache = tempDir()
    mkdirSync(join(cache, 'ocvault'), { mode: 0o700 })
    chmodSync(cache, 0o777)
    expect(folderIn(cache)).toBeUndefined()
    chmodSync(cache, 0o1777)
    expect(folderIn(cache)).toBe(join(realpathSync(cache), 'ocvault', 'code'))
  })

  test('is none behind a link, nor where none can be made', () => {
    const cache = tempDir()
    mkdirSync(join(cache, 'elsewhere'), { mode: 0o700 })
    mkdirSync(join(cache, 'ocvault'), { mode: 0o700 })
    symlinkSync(join(cache, 'elsewhere'), join(cache, 'ocvault', 'code'))
    expect(folderIn(cache)).toBeUndefined()
    expect(folderIn('/dev/null')).toBeUndefined()
  })

  test('is none where one stands, as an empty HOME would have it', () => {
    const before = process.cwd()
    onTestFinished(() => process.chdir(before))
    process.chdir(tempDir())
    expect(folderIn('.cache')).toBeUndefined()
    expect(readdirSync('.')).toEqual([])
  })

  test.skipIf(!isRoot)('is none that somebody else has made first', () => {
    for (const made of ['ocvault', 'ocvault/code']) {
      const cache = tempDir()
      mkdirSync(join(cache, 'ocvault', 'code'), { recursive: true, mode: 0o700 })
      chownSync(join(cache, made), stranger, stranger)
      expect(folderIn(cache)).toBeUndefined()
    }
  })

  test.skipIf(!isRoot)('is none of root’s for another user, who gets nothing of it', () => {
    const cache = tempDir()
    chmodSync(cache, 0o1777)
    expect(folderIn(cache)).toBeDefined()
    // Reads the file as another user, who may not be allowed to read the project: it comes by standard input.
    const code = `process.seteuid(${stranger}); const { mkdirSync, lstatSync, realpathSync } = require('node:fs');
      try { mkdirSync('${cache}/ocvault/code/x'); console.log('written') } catch (error) { console.log(error.code) }`
    expect(spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' }).stdout.trim()).toBe('EACCES')
    expect(readdirSync(join(cache, 'ocvault', 'code'))).toEqual([])
  })
})
