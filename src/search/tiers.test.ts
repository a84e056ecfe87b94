import { describe, expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from '../testing/database.ts'
import { tempDir } from '../testing/temp.ts'
import type { SearchResult } from './hits.ts'
import type { SearchOptions } from './options.ts'
import { search } from './search.ts'

const now = Date.UTC(2026, 10, 21)

/** A catalog of sessions that say one thing each, by their ids. */
function saying(texts: Readonly<Record<string, string>>) {
  const db = new TestDatabase()
  for (const [id, text] of Object.entries(texts))
    db.session({ id, time_updated: now })
      .message(id, `msg_${id}`, { role: 'user' })
      .part(id, `msg_${id}`, `prt_${id}`, { type: 'text', text })
  return openCatalog({ roots: [db.done()] })
}

type Asked = ReturnType<typeof saying>

async function all(catalog: Asked, query: string, options: SearchOptions = {}): Promise<SearchResult[]> {
  const results: SearchResult[] = []
  for await (const result of search(catalog, query, { now, ...options })) results.push(result)
  return results
}

const tiered = (results: readonly SearchResult[]) => results.map(({ tier, session }) => `${tier} ${session.id}`)

describe.each([['an index'], ['reading']])('with %s', (by) => {
  const how = (): SearchOptions => (by === 'an index' ? { indexes: tempDir() } : {})

  test('what is exact comes first, then what is close, then what has some of the words', async () => {
    const catalog = saying({
      ses_some: 'the parser broke',
      ses_close: 'fixed a token that parse_token had cut',
      ses_exact: 'we fix parseToken',
    })
    const found = await all(catalog, 'fix parsetoken', { limit: 5, ...how() })
    expect(tiered(found)).toEqual(['exact ses_exact', 'close ses_close'])
    expect(found[1]!.near).toEqual([
      { typed: 'fix', found: 'fixed' },
      { typed: 'parsetoken', found: 'parse token' },
    ])
    expect(tiered(await all(catalog, 'fix parsetoken', { limit: 1, ...how() }))).toEqual(['exact ses_exact'])
    expect(tiered(await all(catalog, 'fix parsetoken', { tier: 'close', limit: 1, ...how() }))).toEqual(['close ses_exact'])
    expect(tiered(await all(catalog, 'why did the parser fail?', { limit: 1, ...how() }))).toEqual(['relevance ses_some'])
  })

  test('where everything is wanted, what is only near is looked for when nothing is exact', async () => {
    const catalog = saying({ ses_exact: 'a token', ses_close: 'two tokens' })
    expect(tiered(await all(catalog, 'token', how()))).toEqual(['exact ses_exact'])
    expect(tiered(await all(catalog, 'tokne', how())).sort()).toEqual(['close ses_exact'])
  })

  test('a passage that has the words outweighs words that are strewn, and rare words common ones', async () => {
    const catalog = saying({
      ses_rare: 'the quokka deploy',
      ses_common: 'deploy deploy deploy server',
      ses_server: 'server and deploy once more',
      ses_other: 'server',
    })
    const [first] = await all(catalog, 'how did the quokka server deploy go wrong', { limit: 4, ...how() })
    expect(first!.session.id).toBe('ses_rare')
  })

  test('what stands in quotes, is left out or narrows down is no matter of degree', async () => {
    const catalog = saying({ ses_a: 'panda and whale', ses_b: 'zebra and panda', ses_c: 'zebra whale' })
    const ids = async (query: string) =>
      (await all(catalog, query, { tier: 'relevance', ...how() })).map(({ session }) => session.id)
    expect((await ids('panda zebra')).sort()).toEqual(['ses_a', 'ses_b', 'ses_c'])
    expect(await ids('"panda and" zebra whale')).toEqual(['ses_a'])
    expect((await ids('panda zebra -whale')).sort()).toEqual(['ses_b'])
    expect(await ids('panda zebra session:ses_c')).toEqual(['ses_c'])
    expect(await ids('panda zebra tool:bash')).toEqual([])
    expect(await ids('/wha[l]e/ zebra')).toEqual(['ses_c'])
    expect(await ids('"panda and" "zebra"')).toEqual([])
    for (const tier of ['exact', 'close'] as const) expect(await all(catalog, '"zerba"', { tier, ...how() }), tier).toEqual([])
  })
})
