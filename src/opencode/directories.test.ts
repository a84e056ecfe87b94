import { expect, test } from 'vitest'
import { isInside, normalizeDirectory } from './directories.ts'

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
