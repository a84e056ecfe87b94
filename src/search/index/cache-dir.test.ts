import { expect, test } from 'vitest'
import type { Store, StoreKind } from '../../stores/store.ts'
import { indexFolder, indexPath } from './cache-dir.ts'

test.each([
  ['linux', {}, '/home/me', '/home/me/.cache/ocvault/search'],
  ['linux', { XDG_CACHE_HOME: '/var/cache/me' }, '/home/me', '/var/cache/me/ocvault/search'],
  ['darwin', {}, '/Users/me', '/Users/me/Library/Caches/ocvault/search'],
  ['win32', { LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' }, 'C:\\Users\\me', 'C:\\Users\\me\\AppData\\Local\\ocvault\\search'],
  ['win32', {}, 'C:\\Users\\me', 'C:\\Users\\me\\.cache\\ocvault\\search'],
] as const)('on %s with %o indexes are kept in the cache of %s', (platform, env, home, folder) =>
  expect(indexFolder({ platform, env, home } as Parameters<typeof indexFolder>[0])).toBe(folder),
)

const pathOf = (kind: StoreKind, path: string) => indexPath('/cache', { kind, path } as Store)

test('an index can be told by its name, and no two stores share one', () => {
  expect(pathOf('sqlite-v1', '/home/me/.local/share/opencode/opencode.db')).toMatch(
    /^\/cache\/opencode-opencode\.db-sqlite-v1-[0-9a-f]{16}\.sqlite$/,
  )
  const paths = ['/a/opencode/opencode.db', '/b/opencode/opencode.db', '/a/open code/opencode.db', `/${'x'.repeat(300)}/é.db`]
  const names = paths.flatMap((path) => [pathOf('sqlite-v1', path), pathOf('sqlite-v2', path)])
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^\/cache\/[\w.-]{1,90}$/)
})
