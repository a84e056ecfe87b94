import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir, writeTree } from '../testing/temp.ts'
import { addAllowRules, readConfig } from './allow-file.ts'

const rule = { rule: 'password', match: `sha256:${'0'.repeat(64)}`, reason: 'a test' }

test('rules are added to what is there, once', () => {
  const root = writeTree({ '.opencode/ocvault.json': { share: { remote: 'x' } } })
  addAllowRules(root, [rule])
  addAllowRules(root, [rule])
  expect(readConfig(root)).toEqual({ share: { remote: 'x' }, allow: [rule] })
  expect(readFileSync(join(root, '.opencode/ocvault.json'), 'utf8')).toMatch(/^\{\n {2}"share"[\s\S]*\}\n$/)
})

test('without a file there is nothing, and one is made', () => {
  const root = tempDir()
  expect(readConfig(root)).toEqual({})
  addAllowRules(root, [])
  expect(readConfig(root)).toEqual({})
  addAllowRules(root, [rule])
  expect(readConfig(root)).toEqual({ allow: [rule] })
})

test('links and what is no object are refused', () => {
  const root = tempDir()
  mkdirSync(join(root, 'real'))
  symlinkSync('real', join(root, '.opencode'))
  expect(() => readConfig(root)).toThrow(/is a link/)
  expect(() => readConfig(writeTree({ '.opencode/ocvault.json': '[]' }))).toThrow(/no JSON object/)
  expect(() => readConfig(writeTree({ '.opencode/ocvault.json': '{' }))).toThrow(/cannot be read/)
})
