import { expect, test } from 'vitest'
import { OcvaultError } from '../base/errors.ts'
import { advised, hintWords, otherTables, showing } from './hints.ts'

test('a hint becomes what a person types', () => {
  const error = new OcvaultError('not-found', 'no session "x"', { hint: 'list' })
  expect(advised(error.message, error.hint)).toBe('no session "x"; ocvault list --all shows what there is')
  expect(hintWords({ name: 'verify', archive: 'all.zip' })).toBe('ocvault verify all.zip lists what there is')
  expect(hintWords({ name: 'undo-anyway', change: '20260801-1' })).toBe('ocvault undo 20260801-1 --force loses that')
})

test('a message without a hint stays as it is', () => {
  expect(advised('the disk is full', undefined)).toBe('the disk is full')
  expect(otherTables(undefined)).toBe('')
})

test('the tables that were not taken are named by the flag that takes them', () => {
  expect(otherTables('v2')).toBe('; --into v2 takes the tables of 2.x')
})

test('a message is shown within its session', () => {
  expect(showing('ses_a', 'msg_b').join(' ')).toBe('ocvault show ses_a --message msg_b')
  expect(showing('ses_a', null).join(' ')).toBe('ocvault show ses_a')
})
