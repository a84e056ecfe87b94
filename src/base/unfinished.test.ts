import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { GrowingFile } from './files.ts'
import { removeUnfinished, unfinishedUntil, watchUnfinished } from './unfinished.ts'

afterEach(() => {
  removeUnfinished()
  watchUnfinished({ begin: () => undefined, end: () => undefined })
})

test('whoever watches is told when there is something, and when there is nothing', () => {
  const told: string[] = []
  watchUnfinished({ begin: () => void told.push('begin'), end: () => void told.push('end') })
  const [one, two] = [unfinishedUntil(() => undefined), unfinishedUntil(() => undefined)]
  one()
  one()
  expect(told).toEqual(['begin'])
  two()
  expect(told).toEqual(['begin', 'end'])
})

test('everything is removed, the last first, whatever one of them says', () => {
  const removed: number[] = []
  unfinishedUntil(() => void removed.push(1))
  unfinishedUntil(() => {
    throw new Error('gone already')
  })
  unfinishedUntil(() => void removed.push(3))
  removeUnfinished()
  removeUnfinished()
  expect(removed).toEqual([3, 1])
})

test('a file that grows is unfinished until it is in its place, or given up', () => {
  const folder = tempDir()
  const growing = new GrowingFile(join(folder, 'a'))
  growing.write(Buffer.alloc(500_000))
  removeUnfinished()
  expect(readdirSync(folder)).toEqual([])
  const whole = new GrowingFile(join(folder, 'b'))
  whole.finish()
  new GrowingFile(join(folder, 'c')).abandon()
  removeUnfinished()
  expect(readdirSync(folder)).toEqual(['b'])
})
