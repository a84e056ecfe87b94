import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import { storeOf, tempDir } from '../testing/temp.ts'
import { dropIndexes, indexesOf, refreshIndexes } from './indexes.ts'

let cache: string
beforeEach(() => {
  cache = tempDir()
  vi.stubEnv('XDG_CACHE_HOME', cache)
  onTestFinished(() => void vi.unstubAllEnvs())
})

function open(): Catalog {
  const catalog = openCatalog({ roots: [storeOf('1.18.33')] })
  onTestFinished(() => catalog.close())
  return catalog
}

test('an index is made, is up to date, and can be deleted', async () => {
  const catalog = open()
  expect(indexesOf(catalog).map(({ sessions, fresh }) => [sessions, fresh])).toEqual([[null, false]])
  const seen: number[] = []
  expect(await refreshIndexes(catalog, {}, { progress: ({ done }) => void seen.push(done) })).toBe(true)
  const [index] = indexesOf(catalog)
  expect(index).toMatchObject({ sessions: [...catalog.sessions({})].length, fresh: true })
  expect(index!.bytes).toBeGreaterThan(0)
  expect(await refreshIndexes(catalog, { rebuild: true })).toBe(true)
  dropIndexes(catalog)
  expect(indexesOf(catalog)).toMatchObject([{ sessions: null, bytes: 0 }])
})

test('one that is stopped is not whole, and leaves nothing half made', async () => {
  const stop = new AbortController()
  stop.abort()
  expect(await refreshIndexes(open(), { rebuild: true }, { signal: stop.signal })).toBe(false)
  expect(readdirSync(join(cache, 'ocvault', 'search')).filter((name) => name.endsWith('.sqlite'))).toEqual([])
})

test('where none can be kept, that is said', async () => {
  vi.stubEnv('XDG_CACHE_HOME', '/dev/null')
  await expect(refreshIndexes(open(), {})).rejects.toMatchObject({ code: 'failed' })
})
