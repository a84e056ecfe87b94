import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { OcvaultError } from '../../base/errors.ts'
import { tempDir } from '../../testing/temp.ts'
import { carryOutEdits } from './carry-out-edits.ts'
import { EditNotes } from './edit-notes.ts'
import { rollBackCutOff } from './unfinished.ts'

const disk = vi.hoisted(() => ({ writes: Number.POSITIVE_INFINITY }))

vi.mock(import('../../base/files.ts'), async (original) => {
  const real = await original()
  return {
    ...real,
    writeAtomically: (...args: Parameters<typeof real.writeAtomically>) => {
      if (--disk.writes < 0) throw new OcvaultError('failed', 'no space is left')
      real.writeAtomically(...args)
    },
  }
})

test('what could neither be done nor be taken back stays noted, and is taken back when that can be', () => {
  const [folder, undo] = [tempDir(), join(tempDir(), 'undo')]
  const paths = ['a', 'b', 'c'].map((name) => join(folder, name))
  for (const path of paths) writeFileSync(path, 'before')
  const texts = () => paths.map((path) => readFileSync(path, 'utf8'))
  const change = () => {
    const notes = new EditNotes(undo, { database: folder, time: Date.now() })
    try {
      for (const path of paths) notes.add({ kind: 'write', path, before: Buffer.from('before'), after: Buffer.from('after') })
      notes.commit()
      carryOutEdits(notes)
    } finally {
      notes.close(false)
    }
  }
  disk.writes = 2
  expect(change).toThrow('no space is left; and what was changed until then stays until the next try or undo')
  expect(texts()).toEqual(['after', 'after', 'before'])
  expect(readdirSync(undo)).toHaveLength(1)

  disk.writes = Number.POSITIVE_INFINITY
  const left = join(folder, '.c.000000-1-00000000.tmp')
  writeFileSync(left, 'aft')
  rollBackCutOff(undo)
  expect(texts()).toEqual(['before', 'before', 'before'])
  expect(readdirSync(undo)).toEqual([])
  // Of a machine that is not known it may still be written to.
  expect(existsSync(left)).toBe(true)
})
