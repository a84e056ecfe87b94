import { expect, test } from 'vitest'
import { directoryHere, directoryKey, isInside, normalizeDirectory, pathBelow } from './directories.ts'

test('a directory is inside itself and those above, not inside its neighbours', () => {
  expect(isInside('/a/b', '/a/b')).toBe(true)
  expect(isInside('/a/b', '/a/b/c')).toBe(true)
  expect(isInside('/a/b/', '/a/b')).toBe(true)
  expect(isInside('/', '/a')).toBe(true)
  expect(isInside('/a/b', '/a/bc')).toBe(false)
  expect(isInside('/a/b/c', '/a/b')).toBe(false)
})

test('Windows paths compare whichever slash and drive letter a release wrote', () => {
  expect(isInside('C:\\work', 'c:/work/sub')).toBe(true)
  expect(isInside('c:/work', 'C:\\work\\sub')).toBe(true)
  expect(isInside('\\\\server\\share', '//server/share/x')).toBe(true)
  expect(isInside('C:\\work', 'D:\\work\\sub')).toBe(false)
  expect(normalizeDirectory('/a\\b')).toBe('/a\\b') // a backslash is a letter elsewhere
})

test.each([
  ['C:\\Users\\me\\proj', 'c:/users/ME/Proj/', '/mnt/c/Users/me/proj', '/cygdrive/c/users/me/proj', '\\\\?\\C:\\Users\\me\\proj'],
  ['C:/Users/me/proj', 'C:\\\\Users\\.\\me\\x\\..\\proj\\'],
  ['C:\\', 'c:/', 'C:', '/mnt/c', '/mnt/c/'],
  ['\\\\Server\\Share\\app', '//server/share/app/', '\\\\?\\UNC\\server\\share\\app', '\\\\server\\share\\App\\'],
  ['/home/me/app', '/home/me/app/', '/home/me//app', '/home//me/app//'],
  ['/', '//'.slice(1)],
])('%s is one directory in all its spellings', (first, ...others) => {
  for (const other of others) expect(directoryKey(other)).toBe(directoryKey(first))
  expect(directoryKey(directoryKey(first))).toBe(directoryKey(first))
})

test.each([
  ['/home/me/app', '/home/me/App'],
  ['/home/me/app', '/home/me/app-2'],
  ['C:\\me\\proj', 'C:\\me\\proj2'],
  ['C:\\me\\proj', 'D:\\me\\proj'],
  ['C:\\me', '/c/me'],
  ['/mnt/c/me', '/mnt/cc/me'],
  ['/mnt/data/Me', '/mnt/data/me'],
  ['\\\\server\\share\\a', '\\\\server\\share2\\a'],
  ['/a/b:c', '/a/b/c'],
])('%s and %s are two, and neither lies in the other', (one, other) => {
  expect(directoryKey(one)).not.toBe(directoryKey(other))
  expect(isInside(one, other)).toBe(false)
  expect(isInside(other, one)).toBe(false)
})

test('the way down keeps its letters, whichever spelling the parent has', () => {
  expect(pathBelow('/mnt/c/WORK', 'C:\\work\\My App\\Src')).toBe('/My App/Src')
  expect(pathBelow('c:/', 'C:\\Work')).toBe('/Work')
  expect(pathBelow('/', '/a/B')).toBe('/a/B')
  expect(pathBelow('/a/', '/a')).toBe('')
  expect(pathBelow('/a', '/ab')).toBeUndefined()
  expect(pathBelow('/', 'C:\\Work')).toBeUndefined()
  expect(pathBelow('\\\\Server\\share', '//server/Share/X')).toBe('/X')
})

test('a directory of Windows is looked for where WSL mounts it, and the other way round', () => {
  const wsl = (path: string) => directoryHere(path, (at) => at === '/mnt/c/Work/app', 'linux')
  expect(wsl('C:\\Work\\app')).toBe('/mnt/c/Work/app')
  expect(wsl('c:/Work/app')).toBe('/mnt/c/Work/app')
  expect(wsl('D:\\Work\\app')).toBe('D:\\Work\\app')
  expect(wsl('/mnt/c/gone')).toBe('/mnt/c/gone')
  const windows = (path: string) => directoryHere(path, () => true, 'win32')
  expect(windows('/mnt/c/Work')).toBe('C:/Work')
  expect(windows('/mnt/c')).toBe('C:/')
  expect(windows('C:\\Work')).toBe('C:\\Work')
})
