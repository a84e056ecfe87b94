import { describe, expect, test } from 'vitest'
import type { SessionLocation } from './location.ts'
import { pathMap } from './path-map.ts'
import { type Relocate, relocationOf } from './relocation.ts'

const project: SessionLocation = { project: { id: 'p2', worktree: '/p2', vcs: 'git' }, directory: '/p2/sub', path: 'sub' }
const outside: SessionLocation = { project: { id: 'global', worktree: '/', vcs: null }, directory: '/tmp/x', path: 'tmp/x' }
const there = { projectID: 'p1', directory: '/p1/a', path: 'a' }

const relocated = (location: SessionLocation | undefined, from = there, relocate: Relocate = 'into-projects', update = true) =>
  relocationOf({ location, map: undefined, update, relocate })(from)

describe('a session that is there already', () => {
  test('comes along into a project', () => {
    expect(relocated(project)).toEqual({ projectID: 'p2', directory: '/p2/sub', path: 'sub' })
  })

  test.each([
    ['in the same directory', { projectID: 'x', directory: '/p2/sub/', path: null }],
    ['in the same project', { ...there, projectID: 'p2' }],
    ['in a folder of its work tree, under an older id of the project', { projectID: 'old', directory: '/p2/b', path: 'b' }],
  ])('stays %s', (_what, from) => {
    expect(relocated(project, from as typeof there, 'always')).toBeUndefined()
  })

  test('comes to a directory outside of all projects only where that was named', () => {
    expect(relocated(outside)).toBeUndefined()
    expect(relocated(outside, there, 'always')).toEqual({ projectID: 'global', directory: '/tmp/x', path: 'tmp/x' })
    const elsewhere = { projectID: 'global', directory: '/home/me', path: 'home/me' }
    expect(relocated(outside, elsewhere, 'always')).toMatchObject({ directory: '/tmp/x' })
  })

  test('stays where nothing is replaced, where it must, and where no place was asked for', () => {
    expect(relocated(project, there, 'always', false)).toBeUndefined()
    expect(relocated(project, there, 'never')).toBeUndefined()
    expect(relocated(undefined)).toBeUndefined()
  })

  test('follows a directory that was moved, whether it is replaced or not: then it is refused, and not left', () => {
    const map = pathMap([['/p1', '/moved']])
    const how = { location: undefined, map, relocate: 'never' } as const
    for (const update of [true, false]) {
      expect(relocationOf({ ...how, update })(there)).toEqual({ projectID: 'p1', directory: '/moved/a', path: 'a' })
      expect(relocationOf({ ...how, update })({ ...there, directory: '/p10' })).toBeUndefined()
    }
  })
})
