import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { storeOf, writeTree } from '../../testing/temp.ts'
import { JsonStorage } from './json-storage.ts'

describe('the key-value view of a JSON tree', () => {
  const storage = new JsonStorage(join(storeOf('1.1.65'), 'storage'))
  const id = 'ses_e035702e8ffeHkIxpnGoWr1kRo'

  test('lists the keys below a prefix, and reads what stands under each', () => {
    const sessions = storage.list(['session'])
    expect(sessions).toHaveLength(9)
    const key = sessions.find((segments) => segments.at(-1) === id)!
    expect(key).toHaveLength(3)
    expect(storage.read(key)).toMatchObject({ id, title: 'Fix flaky parser test' })
    const messages = storage.list(['message', id])
    expect(messages.length).toBeGreaterThan(5)
    expect(messages).toEqual([...messages].sort())
    for (const segments of messages) expect(storage.read(segments)).toMatchObject({ sessionID: id })
  })

  test('has nothing where there is nothing', () => {
    expect(storage.list(['message', 'ses_none'])).toEqual([])
    expect(() => storage.read(['session', 'p', 'ses_none'])).toThrow('no such storage key: session/p/ses_none')
  })

  test('keeps its keys inside the tree', () => {
    for (const segment of ['..', '../x', 'a/b', '', '\0']) {
      expect(() => storage.read(['session', segment])).toThrow('not a storage key')
      expect(() => storage.list(['session', segment])).toThrow('not a storage key')
    }
  })

  test('tells a damaged file from a missing one, and takes a byte order mark', () => {
    const own = new JsonStorage(writeTree({ 'a/cut.json': '{', 'a/mark.json': '\uFEFF{"x":1}' }))
    expect(() => own.read(['a', 'cut'])).toThrow('cannot read')
    expect(own.read(['a', 'mark'])).toEqual({ x: 1 })
  })
})
