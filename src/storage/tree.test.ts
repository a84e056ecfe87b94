import {
  copyFileSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openStorage } from '../api/storage.ts'
import { tempDir, writeTree } from '../testing/temp.ts'
import { times } from '../testing/thorough.ts'
import { listChanges } from '../transfer/undo/changes.ts'
import { takeBack } from '../transfer/undo/take-back.ts'
import { NotFoundError } from './errors.ts'
import { orderOf } from './key.ts'

/** A tree that is not there yet. */
const newTree = () => openStorage(join(tempDir(), 'storage'))

/** The permission bits of a file or folder. */
const modeOf = (path: string) => statSync(path).mode & 0o777

test('a value comes back as it was written, in the form in which 1.1.65 writes it', async () => {
  const storage = await newTree()
  const value = { title: 'Größe ✓', list: [1, { x: null }], empty: {} }
  await storage.write(['session', 'global', 'ses_1'], value)
  expect(await storage.read(['session', 'global', 'ses_1'])).toEqual(value)
  const path = join(storage.tree!, 'session/global/ses_1.json')
  expect(readFileSync(path, 'utf8')).toBe(JSON.stringify(value, null, 2))
})

test('what is made is for its owner alone; what is replaced keeps its mode', async () => {
  const root = writeTree({ 'session/global/ses_1.json': { n: 1 } })
  const storage = await openStorage(root)
  const path = join(root, 'session/global/ses_1.json')
  const before = modeOf(path)
  await storage.update<{ n: number }>(['session', 'global', 'ses_1'], (draft) => {
    draft.n++
  })
  expect(modeOf(path)).toBe(before)
  await storage.write(['todo', 'ses_1'], [])
  expect(modeOf(join(root, 'todo/ses_1.json'))).toBe(0o600)
  expect(modeOf(join(root, 'todo'))).toBe(0o700)
})

test('an update that throws, or takes its time, changes nothing', async () => {
  const storage = await newTree()
  await storage.write(['a'], { n: 1 })
  const fails = (draft: { n: number }) => {
    draft.n = 2
    throw new TypeError('mine')
  }
  await expect(storage.update(['a'], fails)).rejects.toThrow(TypeError)
  const takesTime = async (draft: { n: number }) => {
    draft.n = 3
  }
  await expect(storage.update(['a'], takesTime)).rejects.toMatchObject({ code: 'usage' })
  expect(await storage.read(['a'])).toEqual({ n: 1 })
  await storage.update<{ n: number }>(['a'], (draft) => {
    draft.n = 4
  })
  expect(await storage.read(['a'])).toEqual({ n: 4 })
})

test('what is missing is a NotFoundError as the original has it; to remove it is none', async () => {
  const storage = await newTree()
  const path = join(storage.path, 'a/b.json')
  const error = await storage.read(['a', 'b']).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(NotFoundError)
  expect(error).toMatchObject({ name: 'NotFoundError', code: 'not-found', data: { message: `Resource not found: ${path}` } })
  await expect(storage.update(['a', 'b'], () => undefined)).rejects.toThrow(NotFoundError)
  expect(await storage.remove(['a', 'b'])).toBe(false)
  expect(await storage.list([])).toEqual([])
})

describe('keys stay inside of the tree', () => {
  const never = ['..', '.', '', '../x', 'a/b', 'a\\b', '/etc', '\0', 'a\nb', 'x'.repeat(251)]

  test.each(never)('%j is none to read, list, write, update or remove', async (name) => {
    const storage = await newTree()
    const key = ['session', name]
    const usage = { code: 'usage' }
    await expect(storage.read(key)).rejects.toMatchObject(usage)
    await expect(storage.list(key)).rejects.toMatchObject(usage)
    await expect(storage.write(key, 1)).rejects.toMatchObject(usage)
    await expect(storage.update(key, () => undefined)).rejects.toMatchObject(usage)
    await expect(storage.remove(key)).rejects.toMatchObject(usage)
    expect(existsSync(storage.path)).toBe(false)
  })

  test.each(['CON', 'nul.txt', 'com1', 'a:b', 'a?', 'end.', 'end '])(
    '%j is not written: Windows has no such file',
    async (name) => {
      const storage = await openStorage(writeTree({ [`session/${name}.json`]: 1, 'message/x.json': 1 }))
      await expect(storage.write(['session', name], 2)).rejects.toMatchObject({ code: 'usage' })
      if (process.platform !== 'win32') expect(await storage.read(['session', name])).toBe(1)
    },
  )

  test('nothing is written through a link that leads out of it, and a link to a file is replaced', async () => {
    const outside = writeTree({ 'secret.json': '{"own":1}' })
    const root = writeTree({ 'session/x.json': 1 })
    symlinkSync(outside, join(root, 'session/elsewhere'))
    symlinkSync(join(outside, 'secret.json'), join(root, 'session/link.json'))
    const storage = await openStorage(root)
    expect(await storage.read(['session', 'elsewhere', 'secret'])).toEqual({ own: 1 })
    await expect(storage.write(['session', 'elsewhere', 'secret'], 2)).rejects.toMatchObject({ name: 'ReadOnlyError' })
    await expect(storage.remove(['session', 'elsewhere', 'secret'])).rejects.toMatchObject({ code: 'refused' })
    await storage.write(['session', 'link'], 3)
    expect(lstatSync(join(root, 'session/link.json')).isSymbolicLink()).toBe(false)
    expect(readFileSync(join(outside, 'secret.json'), 'utf8')).toBe('{"own":1}')
  })
})

test('a damaged file is told from a missing one, and can be written over', async () => {
  const storage = await openStorage(writeTree({ 'session/cut.json': '{"a', 'session/empty.json': '' }))
  await expect(storage.read(['session', 'cut'])).rejects.toThrow(/cannot read .*cut\.json: /)
  await expect(storage.read(['session', 'empty'])).rejects.toThrow('it is empty')
  await expect(storage.update(['session', 'cut'], () => undefined)).rejects.toMatchObject({ code: 'failed' })
  await storage.write(['session', 'cut'], { whole: true })
  expect(await storage.read(['session', 'cut'])).toEqual({ whole: true })
})

test('what JSON cannot say is not written', async () => {
  const storage = await newTree()
  const circle: Record<string, unknown> = {}
  circle.circle = circle
  for (const value of [undefined, () => 1, 1n, circle]) {
    await expect(storage.write(['a', 'b'], value)).rejects.toMatchObject({ code: 'usage' })
  }
  expect(existsSync(join(storage.path, 'a/b.json'))).toBe(false)
})

test('an update begins anew when somebody without a lock wrote the file meanwhile', async () => {
  const storage = await newTree()
  await storage.write(['a'], { ours: 0, theirs: 0 })
  const path = join(storage.path, 'a.json')
  let calls = 0
  await storage.update<{ ours: number }>(['a'], (draft) => {
    if (calls++ === 0) writeFileSync(path, JSON.stringify({ ours: 0, theirs: 'since then' }))
    draft.ours++
  })
  expect(await storage.read(['a'])).toEqual({ ours: 1, theirs: 'since then' })
})

test('what a killed process was writing goes with the next change in that folder', async () => {
  const gone = 2 ** 22 + 1 // no system gives a process such a number
  const root = writeTree({ 'session/a.json': 1 })
  const storage = await openStorage(root)
  await storage.write(['session', 'a'], 2)
  const [lock] = readdirSync(root).filter((name) => name.startsWith('.'))
  expect(lock).toBe('.ocvault-lock')
  const { temporaryBeside } = await import('../base/temporary.ts')
  const left = temporaryBeside(join(root, 'session/b.json')).replace(`-${process.pid}-`, `-${gone}-`)
  writeFileSync(left, '{"half')
  const again = await openStorage(root)
  expect(await again.list(['session'])).toEqual([['session', 'a']])
  await again.write(['session', 'a'], 3)
  expect(existsSync(left)).toBe(false)
})

test('a link, or a file with something in it, in the place of the lock is left as it is, and nothing is changed', async () => {
  const root = writeTree({ 'session/a.json': 1 })
  const elsewhere = join(tempDir(), 'x.db')
  const db = new DatabaseSync(elsewhere)
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)')
  db.close()
  const before = readFileSync(elsewhere)
  const lock = join(root, '.ocvault-lock')
  for (const put of [() => symlinkSync(elsewhere, lock), () => copyFileSync(elsewhere, lock)]) {
    put()
    const storage = await openStorage(root)
    await expect(storage.write(['session', 'a'], 2)).rejects.toThrow(/^cannot (?:lock|write) .*\.ocvault-lock/)
    expect(readFileSync(elsewhere)).toEqual(before)
    expect(readFileSync(lock)).toEqual(before)
    expect(await storage.read(['session', 'a'])).toBe(1)
    rmSync(lock)
  }
})

test('a change that is noted is taken back, byte for byte', async () => {
  const root = writeTree({ 'session/global/ses_1.json': '{ "n":  1 }', 'todo/ses_1.json': '[]' })
  const undo = join(tempDir(), 'undo')
  const noted: string[] = []
  const storage = await openStorage(root, { undo, onNote: (change) => noted.push(change) })
  await storage.update<{ n: number }>(['session', 'global', 'ses_1'], (draft) => {
    draft.n = 2
  })
  await storage.remove(['todo', 'ses_1'])
  await storage.write(['todo', 'ses_2'], [])
  storage.close()
  const all = listChanges(undo, () => undefined)
  expect(all.map(({ id }) => id).toSorted()).toEqual(noted.toSorted())
  expect(all.flatMap(({ sessions }) => sessions.map(({ title }) => title)).toSorted()).toEqual([
    'session/global/ses_1',
    'todo/ses_1',
    'todo/ses_2',
  ])
  for (const change of all) takeBack(change)
  expect(readFileSync(join(root, 'session/global/ses_1.json'), 'utf8')).toBe('{ "n":  1 }')
  expect(readFileSync(join(root, 'todo/ses_1.json'), 'utf8')).toBe('[]')
  expect(existsSync(join(root, 'todo/ses_2.json'))).toBe(false)
})

test('a dry run refuses what would be refused, and changes nothing', async () => {
  const root = writeTree({ 'session/a.json': '{"n":1}' })
  const storage = await openStorage(root, { dryRun: true })
  expect(await storage.update<object>(['session', 'a'], (draft) => Object.assign(draft, { n: 2 }))).toEqual({ n: 2 })
  await storage.write(['session', 'b'], 1)
  expect(await storage.remove(['session', 'a'])).toBe(true)
  await expect(storage.update(['session', 'none'], () => undefined)).rejects.toThrow(NotFoundError)
  expect(readdirSync(root)).toEqual(['session'])
  expect(readFileSync(join(root, 'session/a.json'), 'utf8')).toBe('{"n":1}')
})

test('a folder that cannot be read is a problem, and what can be read is listed', async () => {
  const root = writeTree({ 'session/a/x.json': 1, 'session/b/y.json': 1 })
  const storage = await openStorage(root)
  symlinkSync(join(root, 'loop'), join(root, 'loop'))
  expect(await storage.list(['loop'])).toEqual([])
  expect(await storage.list([])).toHaveLength(2)
  expect(storage.problems().map(({ path }) => path)).toEqual([join(root, 'loop')])
})

describe('a tree is a plain map', () => {
  const name = fc.constantFrom('a', 'b', 'a-b', 'ab', 'B', 'é', 'x y')
  const key = fc.array(name, { minLength: 1, maxLength: 3 })
  const value = fc.jsonValue({ maxDepth: 2 }).map((json) => ({ json }))
  const operation = fc.oneof(
    fc.record({ kind: fc.constant('write' as const), key, value }),
    fc.record({ kind: fc.constant('update' as const), key, value }),
    fc.record({ kind: fc.constant('remove' as const), key }),
    fc.record({ kind: fc.constant('read' as const), key }),
    fc.record({ kind: fc.constant('list' as const), key: fc.array(name, { maxLength: 2 }) }),
  )

  test('whatever is done with it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const root = join(tempDir(), 'storage')
        const model = new Map<string, [key: string[], value: unknown]>()
        // Two that are open at once, as in two places of one program.
        const both = [await openStorage(root), await openStorage(root)] as const
        for (const [index, each] of operations.entries()) {
          const storage = both[index % 2]!
          const at = each.key.join('/')
          if (each.kind === 'write') {
            await storage.write(each.key, each.value)
            model.set(at, [each.key, plain(each.value)])
          } else if (each.kind === 'update') {
            const done = storage.update<object>(each.key, (draft) => Object.assign(draft, { more: each.value }))
            const before = model.get(at)
            if (before) {
              const after = { ...(before[1] as object), more: plain(each.value) }
              expect(plain(await done)).toEqual(after)
              model.set(at, [each.key, after])
            } else await expect(done).rejects.toThrow(NotFoundError)
          } else if (each.kind === 'remove') expect(await storage.remove(each.key)).toBe(model.delete(at))
          else if (each.kind === 'read') {
            const known = model.get(at)
            if (known) expect(await storage.read(each.key)).toEqual(known[1])
            else await expect(storage.read(each.key)).rejects.toThrow(NotFoundError)
          } else {
            const keys = [...model.values()].map(([one]) => one).filter((one) => isBelow(one, each.key))
            const sorted = keys.map(orderOf).sort()
            expect((await storage.list(each.key)).map(orderOf)).toEqual(sorted)
            expect(Array.from(storage.keys(each.key), orderOf)).toEqual(sorted)
          }
        }
        for (const storage of both) storage.close()
      }),
      { numRuns: times(60, 1000) },
    )
  })
})

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const isBelow = (key: readonly string[], prefix: readonly string[]) =>
  key.length > prefix.length && prefix.every((name, index) => key[index] === name)
