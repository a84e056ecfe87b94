import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../../stores/catalog/catalog.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { type Cleaned, cleanSnapshots, projectsKnown, surveySnapshots } from './survey.ts'

const project = 'c9137d9ee5af07b383d5ee89282bbee2940a61bd'

/** A file of a size, last changed so many days ago. */
function put(path: string, bytes: number, days = 0): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  truncateSync(path, bytes)
  const then = Date.now() / 1000 - days * 86_400
  utimesSync(path, then, then)
  return path
}

/** A repository of snapshots of a project. */
function repository(data: string, ...names: string[]): string {
  const path = join(data, 'snapshot', ...names)
  put(join(path, 'HEAD'), 23)
  put(join(path, 'objects/aa/1111'), 1000)
  return path
}

function clean(data: string, root = data, dryRun = false): Cleaned {
  const catalog = openCatalog({ roots: [root] })
  try {
    return cleanSnapshots(surveySnapshots(data, projectsKnown(data, catalog)), dryRun)
  } finally {
    catalog.close()
  }
}

describe('cleaning removes', () => {
  test('repositories of projects that no store knows, and nothing of the others', () => {
    const data = copyStore('1.18.33')
    const own = repository(data, project, 'a'.repeat(40))
    const gone = [repository(data, 'b'.repeat(40), 'c'.repeat(40)), repository(data, 'd'.repeat(40))]
    expect(clean(data, data, true)).toMatchObject({ repositories: 2, leftovers: 0, bytes: 2046, failures: [] })
    expect(gone.every((path) => existsSync(path))).toBe(true)
    expect(clean(data)).toMatchObject({ repositories: 2, bytes: 2046 })
    expect(gone.map((path) => existsSync(path))).toEqual([false, false])
    expect(readdirSync(join(own, 'objects/aa'))).toEqual(['1111'])
  })

  test('what a killed git left more than a day ago: unfinished packs, objects and locks', () => {
    const data = copyStore('1.18.33')
    const own = repository(data, project, 'a'.repeat(40))
    const left = ['objects/pack/tmp_pack_x', 'objects/pack/tmp_idx_x', 'objects/aa/tmp_obj_y', 'index.lock', 'gc.pid']
    for (const name of left) put(join(own, name), 100, 2)
    const young = put(join(own, 'objects/pack/tmp_pack_z'), 100)
    const pack = put(join(own, 'objects/pack/pack-1.pack'), 100, 400)
    expect(clean(data)).toMatchObject({ leftovers: left.length, bytes: 100 * left.length, failures: [] })
    expect(left.some((name) => existsSync(join(own, name)))).toBe(false)
    expect([young, pack].every((path) => existsSync(path))).toBe(true)
  })

  test('the rest of a repository whose removal was cut off', () => {
    const data = copyStore('1.18.33')
    const path = join(data, 'snapshot', 'b'.repeat(40), 'c'.repeat(40))
    put(join(path, 'HEAD'), 23)
    mkdirSync(join(path, 'objects'))
    expect(clean(data).repositories).toBe(1)
    expect(existsSync(path)).toBe(false)
  })
})

describe('cleaning leaves alone', () => {
  test('what another repository borrows objects from', () => {
    const data = copyStore('1.18.33')
    const lender = repository(data, 'b'.repeat(40), 'c'.repeat(40))
    const own = repository(data, project, 'a'.repeat(40))
    mkdirSync(join(own, 'objects/info'))
    writeFileSync(join(own, 'objects/info/alternates'), `/somewhere/objects\n${join(lender, 'objects')}\n`)
    expect(clean(data).repositories).toBe(0)
  })

  test('projects of a database beside the one that was named', () => {
    const data = copyStore('1.18.33')
    const beta = join(data, 'opencode-beta.db')
    copyFileSync(join(data, 'opencode.db'), beta)
    const db = new DatabaseSync(beta)
    db.exec(`PRAGMA foreign_keys = OFF; UPDATE project SET id = '${'b'.repeat(40)}' WHERE id = '${project}'`)
    db.close()
    repository(data, 'b'.repeat(40), 'c'.repeat(40))
    expect(clean(data, join(data, 'opencode.db')).repositories).toBe(0)
  })

  test('everything where a store cannot be read, since then nobody knows', () => {
    const data = copyStore('1.18.33')
    repository(data, 'b'.repeat(40), 'c'.repeat(40))
    writeFileSync(join(data, 'opencode-beta.db'), 'not a database'.repeat(100))
    expect(clean(data).repositories).toBe(0)
  })

  test('what a link leads to', () => {
    const data = copyStore('1.18.33')
    const elsewhere = repository(tempDir(), 'b'.repeat(40))
    mkdirSync(join(data, 'snapshot'))
    symlinkSync(elsewhere, join(data, 'snapshot', 'b'.repeat(40)))
    const gone = repository(data, 'd'.repeat(40))
    symlinkSync(elsewhere, join(gone, 'objects', 'link'))
    expect(clean(data).repositories).toBe(1)
    expect(existsSync(join(elsewhere, 'objects/aa/1111'))).toBe(true)
  })
})
