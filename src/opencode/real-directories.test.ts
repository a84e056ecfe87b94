import { mkdirSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { RealDirectories } from './real-directories.ts'

let root: string
let links: RealDirectories
beforeEach(() => {
  root = realpathSync(tempDir())
  links = new RealDirectories()
  mkdirSync(join(root, 'disk/code/app'), { recursive: true })
})

test('a link anywhere on the way is followed, also a relative one and one to a link', () => {
  symlinkSync(join(root, 'disk/code'), join(root, 'code'))
  symlinkSync('code', join(root, 'again'))
  symlinkSync('../disk/code/app', join(root, 'disk/mine'))
  for (const name of ['code/app', 'again/app', 'disk/mine', 'disk/code/app', 'disk/code/app/'])
    expect(links.of(join(root, name))).toBe(join(root, 'disk/code/app'))
})

test('of a folder that is gone the part that is there counts', () => {
  symlinkSync(join(root, 'disk/code'), join(root, 'code'))
  symlinkSync(join(root, 'disk/gone'), join(root, 'dangling'))
  expect(links.of(join(root, 'code/deleted/src'))).toBe(join(root, 'disk/code/deleted/src'))
  expect(links.of(join(root, 'dangling/src'))).toBe(join(root, 'disk/gone/src'))
  expect(links.of(join(root, 'no/such'))).toBe(join(root, 'no/such'))
})

test('a link that loops ends', () => {
  symlinkSync(join(root, 'b'), join(root, 'a'))
  symlinkSync(join(root, 'a'), join(root, 'b'))
  symlinkSync('self/x', join(root, 'self'))
  for (const name of ['a/x', 'b', 'self', 'self/y']) expect(links.of(join(root, name))).toContain(root)
})

test('what names nothing here is left alone', () => {
  for (const name of ['C:\\work', '\\\\server\\share\\app', '//server/share/app', 'relative/app', ''])
    expect(links.of(name)).toBe(name)
})
