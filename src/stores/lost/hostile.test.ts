import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { OcvaultError } from '../../base/errors.ts'
import { databaseOf } from '../../testing/multiplied.ts'
import { tempDir } from '../../testing/temp.ts'
import { some, times } from '../../testing/thorough.ts'
import { openCatalog } from '../catalog/catalog.ts'
import { findLost } from './lost-sessions.ts'
import { salvaged } from './salvaged.ts'

beforeEach(() => void vi.stubEnv('XDG_CACHE_HOME', tempDir()))
afterEach(() => vi.unstubAllEnvs())

const pageBytes = 4096

/** What a real release wrote, with some of it deleted; and a log with a change of it, or none. */
function sound(withLog: boolean): { file: Buffer; log: Buffer | undefined } {
  const path = databaseOf('1.18.33')
  const db = new DatabaseSync(path)
  if (withLog) db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0')
  db.exec('PRAGMA foreign_keys = ON; PRAGMA secure_delete = OFF; DELETE FROM session WHERE rowid % 3 = 0')
  const files = { file: readFileSync(path), log: withLog ? readFileSync(`${path}-wal`) : undefined }
  db.close()
  return files
}

/** Changes of a file, by shares of its length: bytes anywhere, in the heads of pages, and one page over another. */
const bytes = fc.uint8Array({ minLength: 1, maxLength: 16 })
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const change = fc.oneof(
  fc.record({ at: share, bytes }),
  fc.record({ page: share, within: fc.nat({ max: 60 }), bytes }),
  fc.record({ page: share, from: share }),
)
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

function changed(file: Buffer, changes: readonly Change[]): Buffer {
  const copy = Buffer.from(file)
  const place = (page: number) => Math.floor((page * copy.length) / pageBytes) * pageBytes
  for (const each of changes) {
    if ('from' in each) copy.copy(copy, place(each.page), place(each.from), place(each.from) + pageBytes)
    else copy.set(each.bytes.subarray(0, 1), Math.floor('at' in each ? each.at * copy.length : 0))
    if ('within' in each) {
      const at = place(each.page) + each.within
      copy.set(each.bytes.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length))
    }
  }
  return copy
}

/** Everything that is read of a damaged file; each answer is that of a store, or a sentence why there is none. */
function readAll(path: string): void {
  try {
    const found = salvaged(path)
    found?.close()
    const catalog = openCatalog({ roots: [path] })
    const there = new Set<string>()
    for (const { id } of catalog.sessions()) {
      there.add(id)
      for (const message of catalog.messages(id)) expect(message.id).toBeTruthy()
    }
    catalog.close()
    const lost = findLost(path, { there, pages: true, known: [] })
    for (const { id } of lost?.catalog.sessions() ?? []) expect(there.has(id)).toBe(false)
    lost?.close()
  } catch (error) {
    expect(error).toBeInstanceOf(OcvaultError)
  }
}

test.each(
  some(
    Array.from({ length: 20 }, (_item, index) => index),
    2,
  ),
)('files that were changed anywhere are read to their end: %i', (seed) => {
  const { file, log } = sound(seed % 2 === 1)
  const path = join(tempDir(), 'opencode.db')
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 40 }), fc.option(share, { freq: 4 }), (changes, cut) => {
      const now = changed(file, changes)
      writeFileSync(path, cut === null ? now : now.subarray(0, Math.floor(cut * now.length)))
      if (log) writeFileSync(`${path}-wal`, changed(log, changes))
      readAll(path)
    }),
    { numRuns: times(15, 250), seed, endOnFailure: true },
  )
})
