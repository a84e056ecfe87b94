import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { emptyDatabase } from '../../testing/sessions.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { findTarget, openWriter } from './target.ts'

describe('sessions are written for', () => {
  test('the only generation that has tables in a database', () => {
    const path = emptyDatabase('1.18.33')
    expect(findTarget(path)).toEqual({ path, layout: 'sqlite', generation: 'v1', why: 'it has the tables of 1.x alone' })
  })

  test('2.x where it has taken a database over, and 1.x where that was used since', () => {
    const data = copyStore('2.0-constructed')
    const path = join(data, 'opencode.db')
    const db = new DatabaseSync(path)
    db.exec('UPDATE session SET time_updated = 1')
    expect(findTarget(data)).toMatchObject({ generation: 'v2', other: 'v1', why: '2.x has taken it over' })
    db.exec('UPDATE session SET time_updated = 9999999999999 WHERE id = (SELECT min(id) FROM session)')
    db.close()
    expect(findTarget(data)).toMatchObject({ generation: 'v1', other: 'v2' })
    expect(findTarget(data, 'v2')).toMatchObject({ generation: 'v2', why: 'as asked' })
  })

  test('a JSON tree where there is no database, and beside one when it is asked for', () => {
    const data = copyStore('1.1.65')
    const tree = { path: join(data, 'storage'), layout: 'json-tree', generation: 'v1' }
    expect(findTarget(data)).toEqual({ ...tree, why: 'there is a JSON tree, and no database' })
    expect(findTarget(data, 'json')).toEqual({ ...tree, why: 'as asked' })
  })

  test('a JSON tree that is yet to be made, in the data directory of a home', () => {
    const home = tempDir()
    expect(findTarget(home, 'json').path).toBe(join(home, 'storage'))
    expect(findTarget(join(home, 'storage'), 'json').path).toBe(join(home, 'storage'))
    const data = join(home, '.local', 'share', 'opencode')
    mkdirSync(data, { recursive: true })
    expect(findTarget(home, 'json').path).toBe(join(data, 'storage'))
  })
})

describe('it is refused', () => {
  test('with what to do, where there is no database', () => {
    const folder = tempDir()
    expect(() => findTarget(folder)).toThrow(`no OpenCode database in ${folder}: start opencode once, which makes its database`)
    expect(() => findTarget(join(folder, 'nowhere'))).toThrow('nowhere')
  })

  test('with the reason, where one cannot be read', () => {
    const folder = tempDir()
    writeFileSync(join(folder, 'opencode.db'), 'this is no database, but as long as a page of one would be')
    expect(() => findTarget(folder)).toThrow(/no OpenCode database in .* \(.*not a .*database.*\)/)
  })

  test('where the generation that was asked for has no tables', () => {
    const path = emptyDatabase('1.18.33')
    expect(() => findTarget(path, 'v2')).toThrow(`${path} has no tables of OpenCode 2.x: start OpenCode 2 once`)
  })

  test('where a table asks for what nobody gives it', () => {
    const path = emptyDatabase('1.18.33')
    const target = findTarget(path)
    openWriter(target).close()
    const db = new DatabaseSync(path)
    db.exec('ALTER TABLE session RENAME COLUMN slug TO handle')
    db.close()
    expect(() => openWriter(target)).toThrow('cannot write: table session has no column slug')
  })
})
