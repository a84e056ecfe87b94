import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { TestDatabase } from '../../testing/database.ts'
import { backup, contentOf, say } from '../../testing/mirrors.ts'
import { tempDir } from '../../testing/temp.ts'
import { verifyArchive } from '../read/verify.ts'
import { writeArchive } from '../write/write.ts'
import { zipSink } from '../write/zip-sink.ts'

/** A database in which one key of an index was changed, by a bit, so that it leads to a row that it is not about. */
function damaged(key: string): string {
  const db = new TestDatabase()
  for (const id of ['ses_a', 'ses_b', 'ses_c']) db.session({ id })
  for (const id of ['a', 'b', 'c']) say(db, `ses_${id}`, `${id}1`, `first of ${id}`)
  // As releases name them.
  db.db.exec('CREATE INDEX IF NOT EXISTS message_session_time_created_id_idx ON message (session_id, time_created, id)')
  db.db.exec('CREATE INDEX IF NOT EXISTS part_session_idx ON part (session_id)')
  const { rootpage } = db.db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').get(key) as { rootpage: number }
  const { page_size: pageBytes } = db.db.prepare('PRAGMA page_size').get() as { page_size: number }
  const path = db.done()
  const bytes = readFileSync(path)
  const page = bytes.subarray((rootpage - 1) * pageBytes, rootpage * pageBytes)
  const at = page.indexOf('ses_b')
  expect(at).toBeGreaterThan(0)
  page[at + 4]! ^= 4 // f
  writeFileSync(path, bytes)
  return path
}

async function zipped(path: string): Promise<{ ids: string[]; problems: string[] }> {
  const zip = join(tempDir(), 'all.zip')
  const catalog = openCatalog({ roots: [path] })
  const problems: string[] = []
  const ids = [...catalog.sessions()].map(({ id }) => id).sort()
  const onProblem = ({ reason }: { reason: string }) => problems.push(reason)
  const written = await writeArchive(catalog, catalog.sessions(), zipSink(zip), { tool: 'test', time: 1, scope: {}, onProblem })
  problems.push(...catalog.problems().map(({ reason }) => reason))
  catalog.close()
  expect(written?.sessions).toBe(ids.length)
  expect((await verifyArchive(zip)).sound).toBe(true)
  return { ids, problems }
}

test('a session that the index of its table does not lead to is listed, backed up and named', async () => {
  const path = damaged('sqlite_autoindex_session_1')
  const { ids, problems } = await zipped(path)
  expect(ids).toEqual(['ses_a', 'ses_b', 'ses_c'])
  expect(problems).toContain('table session: a damaged index; read without it')
  const mirror = join(tempDir(), 'mirror')
  await backup(path, mirror, 'one', { onProblem: () => undefined })
  expect(Object.keys(await contentOf(mirror))).toHaveLength(3)
})

test.each(['message_session_time_created_id_idx', 'part_session_idx'])(
  'rows that %s does not lead to are told of by every backup, and take nothing from a mirror',
  async (index) => {
    const path = damaged(index)
    const { problems } = await zipped(path)
    expect(problems).toContainEqual(expect.stringContaining('session ses_b: an index of the database is damaged'))
    const mirror = join(tempDir(), 'mirror')
    for (let round = 0; round < 2; round++) {
      const named: string[] = []
      await backup(path, mirror, 'one', { onProblem: (at: string, reason: string) => void (at && named.push(reason)) })
      expect(named).toContainEqual(expect.stringContaining('session ses_b: an index of the database is damaged'))
      await contentOf(mirror)
    }
  },
)
