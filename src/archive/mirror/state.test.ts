import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MemoryFolder } from '../../testing/memory-folder.ts'
import { backup, contentOf, database } from '../../testing/mirrors.ts'
import { tempDir } from '../../testing/temp.ts'
import { verifyArchive } from '../read/verify.ts'
import { emptyState, entryOfState, type MachineState, readStates, removeStateCopies, writeState } from './state.ts'

const state = (machine: string, time = 1): MachineState => ({
  ...emptyState(machine),
  tool: 'ocvault test',
  time,
  sources: [{ kind: 'sqlite-v1', path: '/data/opencode.db' }],
})

/** What can be read, and the files that cannot. */
function read(folder: MemoryFolder): { machines: string[]; damaged: string[] } {
  const damaged: string[] = []
  const states = readStates(folder, (entry) => damaged.push(entry))
  return { machines: [...states.keys()], damaged }
}

test('a state that is written is read as it was', () => {
  const folder = new MemoryFolder()
  const before = state('one')
  writeState(folder, before)
  expect(readStates(folder, (entry) => expect.fail(entry)).get('one')).toEqual(before)
})

test('a state says what is pinned, and one of before says nothing of it', () => {
  const folder = new MemoryFolder()
  const read = () => readStates(folder, (entry) => expect.fail(entry)).get('one')!.pinned
  writeState(folder, { ...state('one'), pinned: ['ses_a'] })
  expect(read()).toEqual(['ses_a'])
  writeState(folder, state('one'))
  expect(Buffer.from(folder.read(entryOfState('one'))).includes('pinned')).toBe(false)
  expect(read()).toEqual([])
})

test('no bit of a state changes unseen', () => {
  const folder = new MemoryFolder()
  writeState(folder, state('one'))
  const entry = entryOfState('one')
  const written = Buffer.from(folder.read(entry))
  for (let bit = 0; bit < written.length * 8; bit++) {
    const flipped = Buffer.from(written)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    folder.files.set(entry, flipped)
    const { machines, damaged } = read(folder)
    // One of white space that stands at the end, or of a key that only says that there is a hash.
    if (damaged.length === 0) expect([bit, machines]).toEqual([bit, ['one']])
    else expect(damaged).toEqual([entry])
  }
})

test('a state of a release that wrote no hash is read', () => {
  const folder = new MemoryFolder()
  writeState(folder, state('one'))
  const text = Buffer.from(folder.read(entryOfState('one'))).toString()
  folder.files.set(entryOfState('one'), Buffer.from(text.replace(/,\n"sha256":"[0-9a-f]{64}"/, '')))
  expect(read(folder)).toEqual({ machines: ['one'], damaged: [] })
})

test('of two that a syncer has kept of one machine the newer counts, and its own backup removes the other', () => {
  const folder = new MemoryFolder()
  writeState(folder, state('one', 1))
  folder.files.set('.ocvault/machines/one.sync-conflict-1.json', folder.read(entryOfState('one')))
  writeState(folder, state('one', 2))
  writeState(folder, state('one-and-a-half', 3))
  expect(readStates(folder, (entry) => expect.fail(entry)).get('one')!.time).toBe(2)
  removeStateCopies(folder, 'one')
  expect(folder.names('.ocvault/machines')).toEqual(['one-and-a-half.json', 'one.json'])
})

test('verify tells of damage in what a machine says, and the next backup makes it anew', async () => {
  const mirror = join(tempDir(), 'mirror')
  const db = database().done()
  await backup(db, mirror)
  const path = join(mirror, entryOfState('one'))
  writeFileSync(path, readFileSync(path, 'utf8').replace('"mark":"', '"mark":"x'))
  const { sound, damage } = await verifyArchive(mirror)
  expect(sound).toBe(false)
  expect(damage).toEqual([
    { session: null, title: null, entry: entryOfState('one'), reason: expect.stringContaining('is damaged') },
  ])
  await backup(db, mirror, 'one', { onProblem: () => undefined })
  await contentOf(mirror)
})
