import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { plainSession } from '../../../testing/sessions.ts'
import { tempDir } from '../../../testing/temp.ts'
import { UndoFile } from '../../undo/notes.ts'
import type { Outgoing, Project } from '../writer.ts'
import { JsonTreeWriter } from './json-tree-writer.ts'
import { TreeChange } from './tree-change.ts'
import { messageOf, removeFile, safeName, safePath } from './tree-files.ts'

const project: Project = { id: 'abc', worktree: '/old/place', vcs: 'git' }
const outgoing = (exported: ReturnType<typeof plainSession>, id: string): Outgoing<never> =>
  ({ exported, project: { ...project, id } }) as unknown as Outgoing<never>

/** Every file below a folder, with its content. */
function filesOf(root: string): Record<string, string> {
  const paths = existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }).sort() : []
  const files = paths.filter((path) => statSync(join(root, path)).isFile())
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

function writing(root = join(tempDir(), 'storage')) {
  const undo = new UndoFile(join(tempDir(), 'undo'), { database: root, generation: 'v1', time: 1 })
  const write = (sessions: ReturnType<typeof plainSession>[], update = false, id = 'abc') => {
    const tree = sessions.map((session) => outgoing(session, id))
    const result = new JsonTreeWriter(root).write(tree, { update, undo })
    return result.plans.map(({ kind }) => kind)
  }
  return { root, undo, write }
}

describe('a session is files', () => {
  test('with names as 0.6 to 1.1.65 read them, and the project that it is of', () => {
    const { root, write } = writing()
    expect(write([plainSession('a', 1)])).toEqual(['new'])
    expect(Object.keys(filesOf(root))).toEqual([
      'message/ses_a/msg_a0a.json',
      'message/ses_a/msg_a0b.json',
      'part/msg_a0a/prt_a0a.json',
      'part/msg_a0b/prt_a0b.json',
      'project/abc.json',
      'session/abc/ses_a.json',
    ])
    expect(JSON.parse(filesOf(root)['project/abc.json']!)).toMatchObject({ id: 'abc', worktree: '/old/place', vcs: 'git' })
  })

  test('that are written once, and added to, and replaced only where that is asked for', () => {
    const { root, write } = writing()
    write([plainSession('a', 1)])
    const before = filesOf(root)
    expect(write([plainSession('a', 1)])).toEqual(['identical'])
    expect(filesOf(root)).toEqual(before)
    expect(write([plainSession('a', 2)])).toEqual(['adds'])
    expect(write([plainSession('a', 1)])).toEqual(['behind'])
    const other = plainSession('a', 2, { title: 'Other' })
    other.messages[1]!.parts = []
    const now = filesOf(root)
    expect(write([other])).toEqual(['replaces'])
    expect(filesOf(root)).toEqual(now)
    write([other], true)
    expect(filesOf(root)).not.toHaveProperty('part/msg_a0b/prt_a0b.json')
    expect(filesOf(root)['session/abc/ses_a.json']).toContain('"title": "Other"')
  })

  test('of which none leads out of the tree', () => {
    const { root, write } = writing()
    const evil = plainSession('a', 1)
    evil.messages[0]!.info.id = '../../../msg_evil'
    expect(() => write([evil])).toThrow('"../../../msg_evil" is no name of a file')
    expect(filesOf(root)).toEqual({})
    expect(() => safePath('message/../../x.json')).toThrow('is no file of a session')
    expect(() => safePath('snapshot/x.json')).toThrow('is no file of a session')
    expect(() => safeName('..')).toThrow('is no name of a file')
    expect([messageOf('message/ses_a/msg_1.json'), messageOf('part/msg_1/prt_1.json'), messageOf('todo/ses_a.json')]).toEqual([
      'msg_1',
      'msg_1',
      undefined,
    ])
  })

  test('of which none stays when one cannot be written', () => {
    const { root, write } = writing()
    write([plainSession('a', 1)])
    // Where the session's own file belongs there is no folder: it is the last one that is written.
    writeFileSync(join(root, 'session', 'new'), 'a file')
    const before = filesOf(root)
    expect(() => write([plainSession('b', 1)], false, 'new')).toThrow('cannot write')
    expect(filesOf(root)).toEqual(before)
    expect(write([plainSession('b', 1)])).toEqual(['new'])
  })
})

describe('files that were put', () => {
  test('are as they were when a change is taken back, with the folders that were made for them', () => {
    const root = tempDir()
    mkdirSync(join(root, 'todo'))
    writeFileSync(join(root, 'todo', 'kept.json'), 'before')
    writeFileSync(join(root, 'todo', 'gone.json'), 'before')
    const before = filesOf(root)
    const change = new TreeChange(root)
    change.put({ path: 'todo/kept.json', bytes: Buffer.from('after') })
    change.put({ path: 'message/ses_a/msg_1.json', bytes: Buffer.from('new') })
    change.remove('todo/gone.json')
    expect(Object.keys(filesOf(root))).toEqual(['message/ses_a/msg_1.json', 'todo/kept.json'])
    change.takeBack()
    expect(filesOf(root)).toEqual(before)
    expect(readdirSync(root)).toEqual(['todo'])
  })

  test('go with their empty folders, and no others', () => {
    const root = tempDir()
    mkdirSync(join(root, 'part', 'msg_1'), { recursive: true })
    mkdirSync(join(root, 'part', 'msg_2'))
    writeFileSync(join(root, 'part', 'msg_1', 'a.json'), '')
    writeFileSync(join(root, 'part', 'msg_2', 'b.json'), '')
    removeFile(root, join(root, 'part', 'msg_1', 'a.json'))
    expect(readdirSync(join(root, 'part'))).toEqual(['msg_2'])
    removeFile(root, join(root, 'part', 'msg_2', 'b.json'))
    expect(readdirSync(root)).toEqual([])
    expect(existsSync(root)).toBe(true)
  })
})
