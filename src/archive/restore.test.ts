import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog.ts'
import { discover } from '../stores/discover.ts'
import type { RawRecord, Store } from '../stores/store.ts'
import { emptyDatabase, faultsOf } from '../testing/sessions.ts'
import { storeOf, tempDir } from '../testing/temp.ts'
import { drillArchive } from './drill.ts'
import { type RestoreOptions, type RestoreReport, restoreArchive } from './restore.ts'
import { writeArchive } from './write.ts'
import { zipSink } from './zip-sink.ts'

const releases = readdirSync(join(import.meta.dirname, '../../fixtures/stores'))

/** Backs a whole store up. */
async function backup(root: string): Promise<string> {
  const path = join(tempDir(), 'backup.zip')
  const catalog = openCatalog({ roots: [root] })
  try {
    await writeArchive(catalog, catalog.sessions(), zipSink(path), {
      tool: 'test',
      time: 0,
      scope: {},
      onProblem: () => undefined,
    })
    return path
  } finally {
    catalog.close()
  }
}

/** Records such that they are equal only if each byte and each type is; in an order of their own. */
const plain = (records: Iterable<RawRecord>) =>
  [...records]
    .map((record) => {
      if ('file' in record) return `${record.file} ${Buffer.from(record.bytes).toString('latin1')}`
      const cells = [...record.columns].map(([name, value]) => [
        name,
        value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('latin1')}` : String(value),
      ])
      return `${record.table} ${JSON.stringify(cells)}`
    })
    .sort()

function storesOf(root: string): { stores: readonly Store[]; close(): void } {
  const stores = discover({ roots: [root] }).stores.map(({ store }) => store)
  return { stores, close: () => stores.map((store) => store.close()) }
}

/** Restores with notes for undoing in a folder of the test's own. */
const restore = (archive: string, options: RestoreOptions): Promise<RestoreReport> =>
  restoreArchive(archive, { undo: join(tempDir(), 'undo'), ...options })

/** The records of a store's sessions, by session. */
function recordsIn(root: string, kind: string): Map<string, string[]> {
  const { stores, close } = storesOf(root)
  try {
    const store = stores.find((each) => each.kind === kind)
    return new Map([...(store?.sessions() ?? [])].map(({ id }) => [id, plain(store!.records(id))]))
  } finally {
    close()
  }
}

/** What the archive of a store leads with: a session may be in two. */
function leading(root: string, kind: string): Set<string> {
  const catalog = openCatalog({ roots: [root] })
  try {
    return new Set([...catalog.sessions()].filter(({ copies }) => copies[0]?.store === kind).map(({ id }) => id))
  } finally {
    catalog.close()
  }
}

describe('every store comes back byte for byte where its layout is there', () => {
  test.each(releases)('%s', async (release) => {
    const root = storeOf(release)
    const archive = await backup(root)
    const { stores, close } = storesOf(root)
    const kinds = [...new Set(stores.map(({ kind }) => kind))]
    close()
    for (const kind of kinds) {
      const into = kind === 'sqlite-v2' ? 'v2' : kind === 'sqlite-v1' ? 'v1' : 'json'
      const isDatabase = into !== 'json'
      const target = isDatabase ? emptyDatabase(release) : join(tempDir(), 'opencode', 'storage')
      const report = await restore(archive, { root: target, into })
      expect(report.problems.map(({ reason }) => reason)).toEqual([])
      expect(report.sessions.map(({ proof }) => proof).every((proof) => proof === 'exact' || proof === 'same')).toBe(true)
      if (kind !== 'sqlite-v1' && kind !== 'sqlite-v2' && kind !== 'json-tree') continue
      const wanted = recordsIn(root, kind)
      const found = recordsIn(target, kind)
      for (const id of leading(root, kind)) {
        const without = (records: string[] = []) => records.filter((record) => !record.startsWith('session_share'))
        expect(without(found.get(id))).toEqual(without(wanted.get(id)))
        expect(report.sessions.find((session) => session.id === id)?.proof).toBe('exact')
      }
      if (isDatabase) expect(faultsOf(target)).toEqual([])
    }
  })
})

describe('a drill', () => {
  test.each(releases)('proves that %s comes back', async (release) => {
    const archive = await backup(storeOf(release))
    const folder = tempDir()
    const { sessions, exact, same, differ, failed, problems, notes } = await drillArchive(archive, { folder })
    expect(problems).toEqual([])
    expect(notes).toEqual([])
    expect([differ, failed, exact + same]).toEqual([0, 0, sessions.length])
    if (!/^0\.[15]/.test(release)) expect(exact).toBeGreaterThan(0)
    expect(readdirSync(folder)).toEqual([])
  })
})
