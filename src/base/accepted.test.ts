import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { accept, accepted, withdraw } from './accepted.ts'

test('what is accepted stays so, each kind for itself', () => {
  const folder = join(tempDir(), 'own', 'ocvault')
  expect([...accepted('remotes', folder)]).toEqual([])
  accept('remotes', ['https://a.example/x'], folder)
  accept('rules', ['r'], folder)
  accept('remotes', ['https://b.example/y', 'https://a.example/x'], folder)
  expect([...accepted('remotes', folder)]).toEqual(['https://a.example/x', 'https://b.example/y'])
  expect([...accepted('rules', folder)]).toEqual(['r'])
  withdraw('remotes', ['https://a.example/x', 'https://c.example'], folder)
  expect([...accepted('remotes', folder)]).toEqual(['https://b.example/y'])
  expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test('a damaged file accepts nothing, and what else is in a sound one stays', () => {
  const folder = tempDir()
  const file = join(folder, 'accepted.json')
  writeFileSync(file, '{"remotes":["x"')
  expect(accepted('remotes', folder).size).toBe(0)
  writeFileSync(file, '{"remotes":"x","newer":1}')
  expect(accepted('remotes', folder).size).toBe(0)
  accept('remotes', ['y'], folder)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ remotes: ['y'], newer: 1 })
})
