import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { wholeOf } from '../base/file-bytes.ts'
import { plainSession, savedText } from '../testing/sessions.ts'
import { tempDir } from '../testing/temp.ts'
import { RefShelf } from './ref-shelf.ts'
import { readTree } from './shelf.ts'

test('a session of any size goes into the ref and comes out of it as it is', () => {
  const worktree = tempDir()
  execFileSync('git', ['init', '--quiet', worktree])
  const large = plainSession('large', 3)
  large.messages[2]!.parts[0]!.text = 'é"\n'.repeat(5 * 2 ** 20)
  const text = savedText(large, 'Ann')
  const block = Buffer.from(text)
  new RefShelf(worktree).write(new Map([['a.json', { blocks: () => [block.subarray(0, 9), block.subarray(9)] }]]))
  const shelf = new RefShelf(worktree)
  expect(wholeOf(shelf.read('a.json')).equals(block)).toBe(true)
  const [document] = readTree(shelf, 'a.json').documents
  expect(document!.changed).toEqual([])
  for (const _ of [1, 2]) expect([...document!.messages]).toEqual(large.messages)
})
