import { describe, expect, test } from 'vitest'
import { channelOf, databaseFromEnv, dataDir, dataDirs, homeFolder, type Machine } from './data-dirs.ts'

const linux = (env: Machine['env'] = {}): Machine => ({ platform: 'linux', env, home: '/home/dev' })
const mac = (env: Machine['env'] = {}): Machine => ({ platform: 'darwin', env, home: '/Users/dev' })
const windows = (env: Machine['env'] = {}): Machine => ({ platform: 'win32', env, home: 'C:\\Users\\dev' })

describe('the data directory', () => {
  test('follows the XDG rule on every system', () => {
    expect(dataDir(linux())).toBe('/home/dev/.local/share/opencode')
    expect(dataDir(mac())).toBe('/Users/dev/.local/share/opencode')
    expect(dataDir(windows())).toBe('C:\\Users\\dev\\.local\\share\\opencode')
    expect(dataDir(linux({ XDG_DATA_HOME: '/data' }))).toBe('/data/opencode')
    expect(dataDir(mac({ XDG_DATA_HOME: '/data' }))).toBe('/data/opencode')
    expect(dataDir(windows({ XDG_DATA_HOME: 'D:\\data' }))).toBe('D:\\data\\opencode')
  })

  test('takes an empty variable for an unset one', () => {
    expect(dataDir(linux({ XDG_DATA_HOME: '' }))).toBe('/home/dev/.local/share/opencode')
  })

  test('comes first among those that may hold sessions', () => {
    expect(dataDirs(linux())).toEqual(['/home/dev/.local/share/opencode'])
    expect(dataDirs(linux({ XDG_DATA_HOME: '/data' }))).toEqual(['/data/opencode', '/home/dev/.local/share/opencode'])
    expect(dataDirs(windows({ USERPROFILE: 'E:\\profile' }))).toEqual([
      'C:\\Users\\dev\\.local\\share\\opencode',
      'E:\\profile\\.local\\share\\opencode',
    ])
  })
})

test('OPENCODE_DB is absolute or relative to the data directory; memory and nothing are no database', () => {
  expect(databaseFromEnv(linux({ OPENCODE_DB: '/x/y.db' }))).toBe('/x/y.db')
  expect(databaseFromEnv(linux({ OPENCODE_DB: 'mine.db' }))).toBe('/home/dev/.local/share/opencode/mine.db')
  expect(databaseFromEnv(windows({ OPENCODE_DB: 'mine.db' }))).toBe('C:\\Users\\dev\\.local\\share\\opencode\\mine.db')
  for (const value of [undefined, '', ':memory:']) expect(databaseFromEnv(linux({ OPENCODE_DB: value }))).toBeUndefined()
})

test('the channel is in the name of the database', () => {
  expect(channelOf('opencode.db')).toBe('release')
  expect(channelOf('opencode-nightly.db')).toBe('nightly')
  for (const name of ['opencode.db-wal', 'opencode-.db.bak', 'other.db', 'opencode-a/b.db'])
    expect(channelOf(name)).toBeUndefined()
})

test('the home folder is ~/.opencode', () => {
  expect(homeFolder(mac())).toBe('/Users/dev/.opencode')
  expect(homeFolder(windows())).toBe('C:\\Users\\dev\\.opencode')
})
