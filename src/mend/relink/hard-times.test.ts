import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { OcvaultError } from '../../base/errors.ts'
import { rowTexts } from '../../testing/database.ts'
import { fillDisk, makeReadOnly, smallDisk } from '../../testing/small-disk.ts'
import { storeOf, tempDir } from '../../testing/temp.ts'
import { some } from '../../testing/thorough.ts'
import { rollBackCutOff } from '../../transfer/undo/unfinished.ts'
import { moveSessions } from '../relocate/move.ts'
import { relink } from './relink.ts'

/** Every file below a folder but those of SQLite, which are told by their rows. */
function stateOf(data: string): unknown {
  const database = join(data, 'opencode.db')
  const paths = readdirSync(data, { recursive: true, encoding: 'utf8' }).sort()
  const files = paths.filter((path) => statSync(join(data, path)).isFile() && !/\.db(-\w+)?$/.test(path))
  const rows = existsSync(database) ? rowTexts(database) : []
  return [rows, files.map((path) => [path, readFileSync(join(data, path), 'latin1')])]
}

interface Case {
  readonly release: string
  readonly change: (data: string, undo: string, to: string) => { readonly change: string | null }
}

const olds = (release: string) => `/home/dev/v${release}/work/parser`

const relinks = (release: string): Case => ({
  release,
  change: (data, undo, to) => relink(olds(release), to, { roots: [data], undo }),
})

/** All sessions of the store. */
const moves = (release: string): Case => ({
  release,
  change: (data, undo, to) => {
    const database = join(data, 'opencode.db')
    const ids = existsSync(database)
      ? new DatabaseSync(database, { readOnly: true })
          .prepare('SELECT id FROM session')
          .all()
          .map(({ id }) => String(id))
      : readdirSync(join(data, 'storage/session'), { recursive: true, encoding: 'utf8' }).flatMap(
          (path) => /(ses_\w+)\.json$/.exec(path)?.[1] ?? [],
        )
    return moveSessions(new Set(ids), to, { roots: [data], undo })
  },
})

const cases: readonly (readonly [string, Case])[] = [
  ['a relink of a database', relinks('1.18.33')],
  ['a relink of a tree', relinks('1.1.65')],
  ['a relink of a tree of a slug', relinks('0.5.29')],
  ['a move in a database', moves('1.18.33')],
  ['a move in a tree', moves('1.1.65')],
]

/** A data directory of a release with a snapshot repository. */
function prepare(disk: string, { release }: Case): string {
  for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true })
  const data = join(disk, 'opencode')
  cpSync(storeOf(release), data, { recursive: true })
  const snapshot = join(data, 'snapshot/c9137d9ee5af07b383d5ee89282bbee2940a61bd')
  mkdirSync(join(snapshot, 'objects/info'), { recursive: true })
  writeFileSync(join(snapshot, 'HEAD'), 'ref: refs/heads/main\n')
  writeFileSync(join(snapshot, 'config'), `[core]\n\tworktree = ${olds(release)}\n`)
  writeFileSync(join(snapshot, 'objects/info/alternates'), `${olds(release)}/.git/objects\n`)
  return data
}

describe.each(cases)('%s', (_label, each) => {
  test('that fills the disk, after however many bytes, is made or not, once there is room again', ({ skip }) => {
    const disk = smallDisk(24_000_000)
    if (disk === undefined) return skip()
    const to = tempDir()
    const before = stateOf(prepare(disk, each))
    const seen = { made: 0, failed: 0 }
    // Up to as much as it takes when there is room.
    for (const free of some(
      Array.from({ length: 40 }, (_item, at) => at * 5),
      5,
    )) {
      const data = prepare(disk, each)
      const undo = join(disk, 'undo')
      const filler = join(disk, 'filler')
      fillDisk(filler, free)
      let error: unknown
      try {
        expect(each.change(data, undo, to).change).not.toBeNull()
        seen.made++
      } catch (thrown) {
        error = thrown
        seen.failed++
      }
      rmSync(filler)
      const when = `${free} blocks free: ${error}`
      if (error === undefined) {
        expect(stateOf(data), when).not.toEqual(before)
        continue
      }
      expect(error, when).toBeInstanceOf(OcvaultError)
      expect(String(error), when).not.toContain('\n')
      // What cannot be taken back for want of room stays noted, and is taken back by whatever is done next.
      rollBackCutOff(undo)
      expect(stateOf(data), when).toEqual(before)
      expect(existsSync(undo) ? readdirSync(undo) : [], when).toEqual([])
    }
    expect(seen.made).toBeGreaterThan(0)
    expect(seen.failed).toBeGreaterThan(0)
  })

  test('on a disk that nobody may write to is refused in one line, and notes nothing', ({ skip }) => {
    const disk = smallDisk(24_000_000)
    if (disk === undefined) return skip()
    const data = prepare(disk, each)
    const before = stateOf(data)
    makeReadOnly(disk)
    const undo = join(tempDir(), 'undo')
    let error: unknown
    try {
      each.change(data, undo, tempDir())
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(OcvaultError)
    expect(String(error)).toMatch(/^[^\n]*read-?only[^\n]*$/)
    expect(stateOf(data)).toEqual(before)
    expect(readdirSync(undo)).toEqual([])
  })
})
