import { expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { storeOf } from '../testing/temp.ts'
import { callsOn } from './calls-on.ts'

const parent = 'ses_e0357cce2ffe66y22yqwafqA4x'

test('a session tells by which calls it touched a file; of a file that it did not touch, none', () => {
  const catalog = openCatalog({ roots: [storeOf('1.18.33')] })
  const session = catalog.session(parent)!
  const calls = callsOn(catalog, session, ['notes.md'])
  expect(calls[0]).toMatchObject({ sessionID: parent, how: 'changed', call: expect.stringContaining('notes.md') })
  expect(callsOn(catalog, session, ['nowhere.md'])).toEqual([])
  catalog.close()
})
