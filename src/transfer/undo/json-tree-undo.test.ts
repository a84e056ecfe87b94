import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { temporaryBeside } from '../../base/temporary.ts'
import { plainSession, sessionFiles } from '../../testing/sessions.ts'
import { copyStore, tempDir } from '../../testing/temp.ts'
import { importSessions } from '../import/import.ts'
import { type Change, listChanges } from './changes.ts'
import { UndoFile } from './notes.ts'
import { takeBack } from './take-back.ts'

/** A JSON tree of a real release, and imports into it. */
class Tree {
  readonly root = join(copyStore('1.1.65'), 'storage')
  readonly undo = join(tempDir(), 'undo')

  import(...sessions: readonly object[]): Promise<unknown> {
    return importSessions([sessionFiles(...sessions)], { root: this.root, into: 'json', undo: this.undo, project: tempDir() })
  }

  changes(): Change[] {
    return listChanges(this.undo, (path, reason) => expect.unreachable(`${path}: ${reason}`))
  }

  takeBack(force = false): unknown {
    return takeBack(this.changes()[0]!, { force })
  }

  /** Every file below the root, with its content. */
  files(): Map<string, string> {
    const paths = readdirSync(this.root, { recursive: true, encoding: 'utf8' }).sort()
    const files = paths.filter((path) => statSync(join(this.root, path)).isFile())
    return new Map(files.map((path) => [path, readFileSync(join(this.root, path), 'utf8')]))
  }

  put(path: string, content: object | string): void {
    const full = join(this.root, path)
    mkdirSync(dirname(full), { recursive: true })
    writeFileSync(full, typeof content === 'string' ? content : JSON.stringify(content))
  }

  /** The path of the one file whose path ends like this. */
  find(end: string): string {
    const found = [...this.files().keys()].filter((path) => path.endsWith(end))
    expect(found).toHaveLength(1)
    return found[0]!
  }

  /** Makes of the last import one that was killed after it had written so many of its files: the session's own come last. */
  cutOff(before: ReadonlyMap<string, string>, written: number): void {
    const rank = (path: string) => (path.startsWith('session/') ? 2 : path.startsWith('project/') ? 1 : 0)
    const made = [...this.files().keys()].filter((path) => !before.has(path)).sort((a, b) => rank(a) - rank(b))
    for (const path of made.slice(written)) rmSync(join(this.root, path))
    const next = made[written]
    if (next) writeFileSync(temporaryBeside(join(this.root, next)), '{"ha')
    const notes = new DatabaseSync(this.changes()[0]!.path)
    notes.exec('DELETE FROM applied')
    notes.close()
  }
}

const sessions = [plainSession('a', 2), plainSession('b', 1, { parentID: 'ses_a' })]

describe('an import into a JSON tree that was killed', () => {
  test.each([0, 1, 5, 9, 11])('after %i files leaves nothing once it was repeated and taken back', async (written) => {
    const tree = new Tree()
    const before = tree.files()
    await tree.import(...sessions)
    const whole = tree.files()
    tree.cutOff(before, written)
    await tree.import(...sessions)
    expect([...tree.files().keys()]).toEqual([...whole.keys()])
    tree.takeBack()
    expect(tree.files()).toEqual(before)
    expect(tree.changes()).toEqual([])
  })

  test('is taken back by itself, with what it was writing', async () => {
    const tree = new Tree()
    const before = tree.files()
    await tree.import(...sessions)
    tree.cutOff(before, 6)
    tree.takeBack()
    expect(tree.files()).toEqual(before)
  })

  test('keeps the trees that were whole, and what was there before', async () => {
    const tree = new Tree()
    await tree.import(plainSession('a', 1))
    const before = tree.files()
    await tree.import(plainSession('a', 2), plainSession('z', 1))
    const longer = tree.files()
    const notes = new DatabaseSync(tree.changes()[0]!.path)
    notes.exec('DELETE FROM applied WHERE tree = (SELECT max(tree) FROM applied)')
    notes.close()
    rmSync(join(tree.root, tree.find('ses_z.json')))
    await tree.import(plainSession('y', 1))
    const now = [...tree.files().keys()]
    expect(now.filter((path) => /msg_z|ses_z/.test(path))).toEqual([])
    expect(now.filter((path) => path.includes('ses_a'))).toEqual([...longer.keys()].filter((path) => path.includes('ses_a')))
    tree.takeBack()
    tree.takeBack()
    expect(tree.files()).toEqual(before)
  })

  test('is left alone where somebody went on with what it had written', async () => {
    const tree = new Tree()
    await tree.import(plainSession('a', 1))
    await tree.import(plainSession('a', 2))
    const notes = new DatabaseSync(tree.changes()[0]!.path)
    notes.exec('DELETE FROM applied')
    notes.close()
    tree.put('part/msg_a1a/prt_new.json', { id: 'prt_new', type: 'text', text: 'edited' })
    const before = tree.files()
    await tree.import(plainSession('y', 1))
    const after = tree.files()
    for (const [path, content] of before) expect(after.get(path)).toBe(content)
  })

  test('is told from one that is still running', async () => {
    const tree = new Tree()
    const running = new UndoFile(tree.undo, { database: tree.root, generation: 'v1', time: Date.now() })
    running.begin([{ table: 'file', key: 'path', columns: ['bytes'] }])
    running.session('ses_r', 'running')
    running.after('file', 'message/ses_r/msg_r.json', new Uint8Array(32))
    running.commit()
    tree.put('message/ses_r/msg_r.json', '{}')
    await tree.import(plainSession('y', 1))
    expect(tree.files().get('message/ses_r/msg_r.json')).toBe('{}')
    running.close()
  })
})

describe('a session that went on since it came into a JSON tree', () => {
  const goesOn: readonly (readonly [string, (tree: Tree) => void])[] = [
    ['got a message', (tree) => tree.put('message/ses_a/msg_n.json', { id: 'msg_n', role: 'user', sessionID: 'ses_a' })],
    [
      'got a message with parts',
      (tree) => {
        tree.put('message/ses_a/msg_n.json', { id: 'msg_n', role: 'user', sessionID: 'ses_a' })
        tree.put('part/msg_n/prt_n.json', { id: 'prt_n', messageID: 'msg_n', type: 'text', text: 'more' })
        tree.put('session_diff/ses_a.json', '[]')
      },
    ],
    ['got a part', (tree) => tree.put('part/msg_a0a/prt_n.json', { id: 'prt_n', type: 'text', text: 'more' })],
    ['was renamed', (tree) => tree.put(tree.find('ses_a.json'), { ...plainSession('a').info, title: 'Other' })],
    [
      'is in another project now',
      (tree) => {
        mkdirSync(join(tree.root, 'session/moved'), { recursive: true })
        renameSync(join(tree.root, tree.find('ses_a.json')), join(tree.root, 'session/moved/ses_a.json'))
      },
    ],
  ]

  test.each(goesOn)('and %s is kept, unless the undo is forced: then nothing of it stays', async (_what, goOn) => {
    const tree = new Tree()
    const before = tree.files()
    await tree.import(...sessions)
    goOn(tree)
    const gone = tree.files()
    expect(() => tree.takeBack()).toThrow('since then a session was changed: ses_a')
    expect(tree.files()).toEqual(gone)
    tree.takeBack(true)
    expect(tree.files()).toEqual(before)
  })

  test('loses the message that was added to it with all of its parts', async () => {
    const tree = new Tree()
    await tree.import(plainSession('a', 1))
    const before = tree.files()
    await tree.import(plainSession('a', 2))
    tree.put('part/msg_a1b/prt_n.json', { id: 'prt_n', type: 'text', text: 'more' })
    expect(() => tree.takeBack()).toThrow('since then a session was changed: ses_a')
    tree.takeBack(true)
    expect(tree.files()).toEqual(before)
  })
})

test('of two that take a change back one is told that it was taken back', async () => {
  const tree = new Tree()
  const before = tree.files()
  await tree.import(...sessions)
  const [change] = tree.changes()
  expect(takeBack(change!)).toMatchObject({ removed: expect.arrayContaining(['ses_a', 'ses_b']) })
  expect(() => takeBack(change!)).toThrow(`change ${change!.id} was taken back meanwhile`)
  expect(relative(tree.undo, change!.path)).toBe(`${change!.id}.db`)
  expect(readdirSync(tree.undo)).toEqual([])
  expect(tree.files()).toEqual(before)
})

test('what is not there any more is not said to be removed', async () => {
  const tree = new Tree()
  await tree.import(plainSession('a', 1))
  rmSync(join(tree.root, tree.find('ses_a.json')))
  expect(tree.takeBack()).toMatchObject({ removed: [], restored: [] })
  expect([...tree.files().keys()].filter((path) => path.includes('msg_a'))).toEqual([])
})
