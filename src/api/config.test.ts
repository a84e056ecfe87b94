import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { ownConfigFile } from '../base/own-data.ts'
import { tempDir } from '../testing/temp.ts'
import { configKey, declineArchive, isDecided, readConfig, rememberArchive, setConfig, unsetConfig } from './config.ts'

const fileWith = (content: string): string => {
  const file = join(tempDir(), 'config.json')
  writeFileSync(file, content)
  return file
}

test('what is set is read again, absolute and each once, for its owner alone', () => {
  const file = join(tempDir(), 'new', 'ocvault', 'config.json')
  expect(readConfig(file)).toEqual({})
  setConfig('archives', ['/a/all.zip', 'mirror', '/a/../a/all.zip'], file)
  expect(readConfig(file)).toEqual({ archives: ['/a/all.zip', resolve('mirror')] })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(file, '..')).mode & 0o777).toBe(0o700)
})

test('an archive is remembered once, beside those that are', () => {
  const file = fileWith('{"archives": ["/a"]}')
  expect(rememberArchive('/b', file)).toBe(true)
  expect(rememberArchive('/b/../b', file)).toBe(false)
  expect(readConfig(file)).toEqual({ archives: ['/a', '/b'] })
})

test('a no is noted, and a later yes takes it away', () => {
  const file = fileWith('{}')
  expect(isDecided('/b', file)).toBe(false)
  declineArchive('/b', file)
  expect([isDecided('/b/../b', file), readConfig(file)]).toEqual([true, { declined: ['/b'] }])
  rememberArchive('/b', file)
  expect([isDecided('/b', file), readConfig(file)]).toEqual([true, { archives: ['/b'], declined: [] }])
})

test('what is unset is gone, which is told once', () => {
  const file = fileWith('{"archives": []}')
  expect(unsetConfig('archives', file)).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({})
  expect(unsetConfig('archives', file)).toBe(false)
})

test('a key that nobody knows is an error with the nearest name, in the file and by itself', () => {
  expect(() => readConfig(fileWith('{"archive": ["/a"]}'))).toThrow(/config\.json: .*"archive"; the nearest is "archives"/)
  expect(() => configKey('achives')).toThrow('the nearest is "archives"')
  expect(() => configKey('toString')).toThrow('no setting')
  expect(configKey('archives')).toBe('archives')
})

test.each([
  ['no JSON', '{', 'is no JSON'],
  ['no object', '[]', 'no JSON object'],
  ['no list', '{"archives": "/a"}', 'archives'],
  ['a relative path', '{"archives": ["/a", "b"]}', 'archives.1: is no absolute path'],
])('%s is refused with the name of the file, and stays as it is', (_what, content, words) => {
  const file = fileWith(content)
  expect(() => readConfig(file)).toThrow(words)
  expect(() => setConfig('archives', ['/c'], file)).toThrow(file)
  expect(readFileSync(file, 'utf8')).toBe(content)
})

test('a file that cannot be read is an error, not nothing', () => {
  const file = join(tempDir(), 'config.json')
  mkdirSync(file)
  expect(() => readConfig(file)).toThrow(expect.objectContaining({ code: 'failed' }))
})

test('the file is in the folder that the environment names, else in that of the home', () => {
  expect(ownConfigFile({ XDG_CONFIG_HOME: '/x' }, '/home/me')).toBe('/x/ocvault/config.json')
  expect(ownConfigFile({ XDG_CONFIG_HOME: '' }, '/home/me')).toBe('/home/me/.config/ocvault/config.json')
})
