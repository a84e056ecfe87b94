import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toV1, toV2 } from '../../convert/exported.ts'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { storedV1, storedV2, wholeV1, wholeV2 } from '../../testing/exported.ts'
import { freshIDs, renamedV1, renamedV2 } from './fresh-ids.ts'

const stores = join(import.meta.dirname, '../../../fixtures/stores')
const idPattern = /\b(?:ses|msg|prt)_[0-9A-Za-z]{20,40}/g

describe.each(readdirSync(stores))('a copy of each session of %s', (release) => {
  const catalog = openCatalog({ roots: [join(stores, release, 'opencode')] })
  const ids = [...catalog.sessions()].map(({ id }) => id)

  test.each(ids)('%s stands in the same order, and is the same in the other generation', (id) => {
    const v1 = wholeV1(toV1(catalog.stored(id)!))
    const fresh = freshIDs([v1])
    const copy = wholeV1(renamedV1(v1, fresh))
    expect(new Set(fresh.values()).size).toBe(fresh.size)
    const sorted = [...copy.messages].sort((a, b) => timeOf(a) - timeOf(b) || (idOf(a) < idOf(b) ? -1 : 1))
    const original = [...v1.messages].sort((a, b) => timeOf(a) - timeOf(b) || (idOf(a) < idOf(b) ? -1 : 1))
    expect(sorted.map(idOf)).toEqual(original.map((message) => fresh.get(idOf(message))))
    for (const [index, message] of copy.messages.entries()) {
      const parts = message.parts.map((part) => String(part.id))
      const before = v1.messages[index]!.parts.map((part) => String(part.id))
      expect([...parts].sort()).toEqual([...before].sort().map((part) => fresh.get(part)))
    }
    // Converting and copying can change places.
    const v2 = wholeV2(toV2(storedV1(v1)))
    const freshV2 = freshIDs([v2])
    const back = wholeV1(toV1(storedV2(wholeV2(renamedV2(v2, freshV2)))))
    expect(back.messages.map(({ info }) => info.role)).toEqual(v1.messages.map(({ info }) => info.role))
    expect(back.messages.map(({ parts }) => parts.map(({ type }) => type))).toEqual(
      v1.messages.map(({ parts }) => parts.map(({ type }) => type)),
    )
  })

  test('has no old id where ids are', () => {
    for (const id of ids) {
      const v1 = wholeV1(toV1(catalog.stored(id)!))
      const fresh = freshIDs([v1])
      const { info, messages } = wholeV1(renamedV1(v1, fresh))
      const heads = JSON.stringify([
        info,
        messages.map((message) => [
          message.info,
          message.parts.map(({ id, sessionID, messageID }) => [id, sessionID, messageID]),
        ]),
      ])
      expect([...heads.matchAll(idPattern)].filter(([found]) => fresh.has(found))).toEqual([])
    }
  })
})

type Message = ReturnType<typeof wholeV1>['messages'][number]
const idOf = ({ info }: Message) => String(info.id)
const timeOf = ({ info }: Message) => Number((info.time as { created: number }).created)
