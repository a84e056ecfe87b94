import { describe, expect, test } from 'vitest'
import { type Catalog, openCatalog } from '../../stores/catalog/catalog.ts'
import { TestDatabase } from '../../testing/database.ts'
import { tempDir } from '../../testing/temp.ts'
import type { SearchOptions } from '../options.ts'
import { similarTo } from './similar.ts'

const now = Date.UTC(2026, 10, 21)

interface Written {
  readonly says: string
  readonly reads?: string
  readonly directory?: string
  readonly parent?: string
}

/** A catalog of sessions that say one thing each, and perhaps read a file, by their ids. */
function saying(sessions: Readonly<Record<string, Written>>): Catalog {
  const db = new TestDatabase()
  for (const [id, { says, reads, directory = '/w', parent = null }] of Object.entries(sessions)) {
    db.session({ id, title: 'New session', directory, parent_id: parent, time_updated: now })
      .message(id, `msg_${id}`, { role: 'user' })
      .part(id, `msg_${id}`, `prt_${id}`, { type: 'text', text: says })
    if (reads === undefined) continue
    const state = {
      status: 'completed',
      input: { filePath: reads },
      output: '',
      title: '',
      metadata: {},
      time: { start: 1, end: 2 },
    }
    db.message(id, `msg_${id}_a`, { role: 'assistant', time: { created: 2 } })
    db.part(id, `msg_${id}_a`, `prt_${id}_a`, { type: 'tool', tool: 'read', callID: 'c', state })
  }
  return openCatalog({ roots: [db.done()] })
}

const common = Object.fromEntries(
  ['plan the release notes', 'review the release notes', 'translate the readme', 'rename a flag', 'bump versions'].map(
    (says, at) => [`ses_other${at}`, { says }],
  ),
)

describe.each([['an index'], ['reading']])('with %s', (by) => {
  const how = (): SearchOptions => (by === 'an index' ? { indexes: tempDir() } : {})
  const similar = async (catalog: Catalog, id: string, options: SearchOptions = {}) =>
    (await similarTo(catalog, catalog.session(id)!, { now, ...how(), ...options })).map(({ session, words, files }) => ({
      id: session.id,
      words,
      files,
    }))

  test('sessions that share rare words come, and what they share is named', async () => {
    const catalog = saying({
      ...common,
      ses_a: { says: 'the websocket handshake hangs behind nginx in the staging cluster' },
      ses_b: { says: 'nginx drops a websocket handshake after an hour' },
      ses_c: { says: 'a cluster of grapes' },
    })
    const found = await similar(catalog, 'ses_a')
    expect(found.map(({ id }) => id)).toEqual(['ses_b'])
    expect([...found[0]!.words].sort()).toEqual(['handshake', 'nginx', 'websocket'])
    catalog.close()
  })

  test('a file in common is enough, also in another clone; it goes by its name in the directory', async () => {
    const catalog = saying({
      ...common,
      ses_a: { says: 'why is it slow', reads: '/w/src/parse/token.ts' },
      ses_b: { says: 'please tidy up', reads: '/elsewhere/src/parse/token.ts', directory: '/elsewhere' },
      ses_c: { says: 'unrelated', reads: '/w/src/parse/other.ts' },
    })
    expect(await similar(catalog, 'ses_a')).toEqual([{ id: 'ses_b', words: [], files: ['src/parse/token.ts'] }])
    catalog.close()
  })

  test('subagents belong to their session: what they did counts, and they are not similar to it', async () => {
    const catalog = saying({
      ...common,
      ses_a: { says: 'look into it' },
      ses_child: { says: 'kerberos keytab rotation', parent: 'ses_a' },
      ses_b: { says: 'start over' },
      ses_other: { says: 'rotation of a kerberos keytab', parent: 'ses_b' },
    })
    expect((await similar(catalog, 'ses_a')).map(({ id }) => id)).toEqual(['ses_b'])
    catalog.close()
  })

  test('Chinese is compared by two signs at a time', async () => {
    const catalog = saying({
      ...common,
      ses_a: { says: '数据库迁移失败' },
      ses_b: { says: '昨天数据库迁移很慢' },
      ses_c: { says: '库数' },
    })
    const found = await similar(catalog, 'ses_a')
    expect(found.map(({ id }) => id)).toEqual(['ses_b'])
    expect([...found[0]!.words].sort()).toEqual(['据库', '库迁', '数据', '迁移'].sort())
    catalog.close()
  })

  test('nothing where all is common, where nothing is said, and no more than was asked for', async () => {
    const many = Object.fromEntries(['ses_1', 'ses_2', 'ses_3'].map((id) => [id, { says: 'zookeeper quorum lost' }]))
    const catalog = saying({ ...common, ...many, ses_silent: { says: '…' } })
    expect(await similar(catalog, 'ses_silent')).toEqual([])
    expect(await similar(catalog, 'ses_1')).toHaveLength(2)
    expect(await similar(catalog, 'ses_1', { limit: 1 })).toHaveLength(1)
    catalog.close()
  })
})
