import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog.ts'
import type { RawRecord, Store } from '../stores/store.ts'
import { storeOf } from '../testing/temp.ts'
import { parseEntry, printEntry, projectRecordsOf, recordsOf } from './entry.ts'

/** Records such that they are equal only if each byte and each type is. */
const plain = (records: Iterable<RawRecord>) =>
  [...records].map((record) =>
    'file' in record
      ? { file: record.file, bytes: Buffer.from(record.bytes).toString('latin1') }
      : {
          table: record.table,
          columns: [...record.columns].map(([column, value]) => [
            column,
            value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('latin1')}` : value,
          ]),
        },
  )

function roundTrip(store: Store, id: string): void {
  const problems: string[] = []
  const printed = printEntry(store, id, (problem) => problems.push(problem))
  const text = [...printed.pieces].join('')
  const document = parseEntry('a test', Buffer.from(text))
  expect(document.id).toBe(id)
  expect(plain(recordsOf(document))).toEqual(plain(store.records(id)))
  const projectID = store.session(id)?.projectID
  expect(plain(projectRecordsOf(document))).toEqual(plain(projectID ? store.projectRecords(projectID) : []))
  expect(document.messages).toHaveLength(printed.facts.counts.messages)
  expect(problems).toEqual([])
}

const fixtures = readdirSync(join(import.meta.dirname, '../../fixtures/stores'))

describe('records come back from a document byte for byte', () => {
  test.each(fixtures)('%s', (release) => {
    const catalog = openCatalog({ roots: [storeOf(release)] })
    let sessions = 0
    for (const { store } of catalog.stores) {
      for (const { id } of store.sessions()) {
        roundTrip(store, id)
        sessions++
      }
    }
    catalog.close()
    expect(sessions).toBeGreaterThan(0)
  })
})
