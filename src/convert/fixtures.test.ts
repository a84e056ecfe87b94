import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import { storedV1, storedV2, wholeV1, wholeV2 } from '../testing/exported.ts'
import * as schemaV1 from '../testing/v1-schema.ts'
import { messageSchema, sessionSchema } from '../testing/v2-schema.ts'
import { toV1, toV2 } from './exported.ts'

const stores = join(import.meta.dirname, '../../fixtures/stores')

const stored = (catalog: Catalog, id: string) => {
  const session = catalog.stored(id)
  if (!session) throw new Error(`${id} is not there`)
  return session
}

describe.each(readdirSync(stores))('sessions of %s', (release) => {
  const catalog = openCatalog({ roots: [join(stores, release, 'opencode')] })
  const ids = [...catalog.sessions()].map(({ id }) => id)

  test.each(ids)('%s is in 2.x what the schema of 2.x says', (id) => {
    const { info, messages } = wholeV2(toV2(stored(catalog, id)))
    expect(v.safeParse(sessionSchema, info).issues).toBeUndefined()
    for (const message of messages) {
      const { issues } = v.safeParse(messageSchema, message)
      expect(issues, JSON.stringify(message).slice(0, 500)).toBeUndefined()
    }
    expect(new Set(messages.map((message) => message.id)).size).toBe(messages.length)
  })

  test.each(ids)('%s comes back from 2.x as 1.x has it', (id) => {
    const v1 = wholeV1(toV1(stored(catalog, id)))
    expect(wholeV1(toV1(storedV2(wholeV2(toV2(stored(catalog, id))))))).toEqual(v1)
  })

  test.each(ids)('%s comes back from 1.x as 2.x has it', (id) => {
    const v2 = wholeV2(toV2(stored(catalog, id)))
    expect(wholeV2(toV2(storedV1(wholeV1(toV1(stored(catalog, id))))))).toEqual(v2)
  })

  test.each(ids)('%s is complete in 1.x: it can be imported, and nothing is left to fill in', (id) => {
    const v1 = wholeV1(toV1(stored(catalog, id)))
    expect(v.safeParse(schemaV1.sessionSchema, v1.info).issues).toBeUndefined()
    expect(v.safeParse(v.array(schemaV1.messageSchema), v1.messages).issues).toBeUndefined()
    expect(wholeV1(toV1(storedV1(v1)))).toEqual(v1)
  })
})
