import { expect, test } from 'vitest'
import type { Claim } from './claim.ts'
import { CopyNames } from './copy-names.ts'
import { emptyState, type MachineState } from './state.ts'

const nothing = { names: () => [] }

/** A machine that claims a copy of a session beside its own file. */
function holder(machine: string, ...entries: string[]): MachineState {
  const file = { source: 0, bytes: 1, sha256: '', counts: { messages: 1, parts: 1 }, blobs: [] }
  const about = {
    id: 'ses_a',
    title: null,
    parentID: null,
    projectID: null,
    directory: null,
    updated: 1,
    mark: '',
    deleted: null,
  }
  const copies = entries.map((entry) => ({ ...file, entry }))
  const claim: Claim = { ...file, ...about, entry: 'sessions/ses_a.json', copies }
  return { ...emptyState(machine), sessions: new Map([['ses_a', claim]]) }
}

/** Two machines whose names fall on the same of 999 numbers. */
const [one, other] = ['desk-00000039', 'desk-00000048'] as const

test('two machines that begin at the same number give their copies two names', () => {
  const first = new CopyNames(one, [], nothing).next('ses_a')
  expect(new CopyNames(other, [], nothing).next('ses_a')).toBe(first)
  const second = new CopyNames(other, [holder(one, first)], nothing).next('ses_a')
  expect(second).not.toBe(first)
  expect(new CopyNames(one, [holder(one, first), holder(other, second)], nothing).next('ses_a')).not.toMatch(first)
})

test('a name is given once, not while it is on the disk, and however its case is written', () => {
  const names = new CopyNames(one, [], nothing)
  const [first, second] = [names.next('ses_a'), names.next('ses_a')]
  expect(first).not.toBe(second)
  expect(names.next('ses_A')).not.toBe(first.replace('ses_a', 'ses_A'))
  const onDisk = { names: () => [first.slice('copies/'.length)] }
  expect(new CopyNames(one, [], onDisk).next('ses_a')).toBe(second)
})

test('numbers end at six digits and go on from one', () => {
  const free = 'ses_a.1.json'
  const all = Array.from({ length: 420_000 }, (_unused, index) => `ses_a.${580_000 + index}.json`)
  const names = new CopyNames(one, [], { names: () => all })
  expect(names.next('ses_a')).toBe(`copies/${free}`)
})
