import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { FileBytes } from './file-bytes.ts'
import { JsonBytes, LazyList } from './json-bytes.ts'

/** Of more than three windows, with escapes and characters of several bytes at every distance from where one ends. */
const items = Array.from({ length: 900 }, (_item, index) => ({
  text: `${'\\"'.repeat(index % 70)}é${'x'.repeat(index * 7)}🔑\n\\`,
  list: [index, [], {}, null, `${'\\'.repeat(index % 90)}`],
}))
const document = { head: { a: 1 }, items, huge: 'h"'.repeat(2 ** 20), tail: [true] }

function written(text: string): FileBytes {
  const path = join(tempDir(), 'a.json')
  writeFileSync(path, text)
  return new FileBytes(path)
}

test('a file is looked through as what is in memory, window by window', () => {
  for (const text of [JSON.stringify(document), JSON.stringify(document, null, 1)]) {
    const [held, read] = [new JsonBytes(Buffer.from(text)), new JsonBytes(written(text))]
    expect(read.isOne).toBe(true)
    expect([...read.members(read.whole)]).toEqual([...held.members(held.whole)])
    const places = read.object(read.whole)
    const list = new LazyList(read.items(places.get('items')!), (place) => read.parse(place))
    expect([...list]).toEqual(items)
    expect(list.at(-1)).toEqual(items.at(-1))
    expect(list.at(0)).toEqual(items[0])
    expect(read.parse(places.get('huge')!)).toBe(document.huge)
  }
})

test('what is cut off is no JSON, wherever', () => {
  const text = JSON.stringify(document)
  for (const length of [1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, text.length - 1]) {
    expect(() => new JsonBytes(written(text.slice(0, length))).isOne, `${length}`).toThrow(SyntaxError)
  }
})

test('a file that is another one by now is not read on', () => {
  const bytes = written('{}')
  writeFileSync(`${bytes.path}.new`, '[]')
  renameSync(`${bytes.path}.new`, bytes.path)
  expect(() => bytes.into(Buffer.alloc(2), 0)).toThrow(/changed while it was read/)
})
