import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { isRunning, nameOfTemporary, removeAbandoned, temporaryBeside } from './temporary.ts'

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000)

/** The number of a process that has ended. */
const gone = () => spawnSync(process.execPath, ['-e', '']).pid

test('a temporary name stands in the same folder, is never the same twice, and tells what it is to become', () => {
  const [one, two] = [temporaryBeside('/a/b.json'), temporaryBeside('/a/b.json')]
  expect([dirname(one), nameOfTemporary(basename(one))]).toEqual(['/a', 'b.json'])
  expect(one).not.toBe(two)
  expect(nameOfTemporary(basename(temporaryBeside(`/a/${'x'.repeat(300)}`)))).toBe('x'.repeat(40))
  for (const other of ['b.json', '.b.json.tmp', '.b.json.0123456789ab.tmp.bak', '.tmp'])
    expect(nameOfTemporary(other)).toBeUndefined()
})

test('what a killed process has left goes at once; what somebody may still write stays', () => {
  const folder = tempDir()
  const own = temporaryBeside(join(folder, 'a'))
  const killed = own.replace(`-${process.pid}-`, `-${gone()}-`)
  const elsewhere = killed.replace(/\.[0-9a-f]{6}-/, '.ffffff-')
  const others = killed.replace('.a.', '.b.')
  for (const path of [own, killed, elsewhere, others, join(folder, 'a')]) writeFileSync(path, '')
  removeAbandoned(folder, (name) => name === 'a')
  expect(existsSync(killed)).toBe(false)
  expect(readdirSync(folder).sort()).toEqual([own, elsewhere, others, 'a'].map((path) => basename(path)).sort())
})

test('of a process elsewhere nothing is known: what it has left goes when it is old', () => {
  const folder = tempDir()
  const [young, old] = ['ffffff', 'fffffe'].map((place) => join(folder, `.a.${place}-1-01234567.tmp`)) as [string, string]
  for (const path of [young, old]) writeFileSync(path, '')
  utimesSync(young, hoursAgo(0.5), hoursAgo(0.5))
  utimesSync(old, hoursAgo(2), hoursAgo(2))
  removeAbandoned(folder, () => true)
  expect(readdirSync(folder)).toEqual([basename(young)])
})

test('a folder that is not there holds nothing', () => {
  expect(() => removeAbandoned(join(tempDir(), 'none'), () => true)).not.toThrow()
})

test('a process is running, or it is not', () => {
  expect([isRunning(process.pid), isRunning(gone())]).toEqual([true, false])
})
