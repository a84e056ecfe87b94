import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * What is asked of OpenCode's storage API, of the original by `scripts/storage-answers.ts`, of ours by a test: the answers must
 * be the same. Draft and patch of an update are objects: the keys of the patch are set.
 */
export type StorageCall =
  | { readonly call: 'read' | 'list' | 'remove'; readonly key: readonly string[] }
  | { readonly call: 'write' | 'update'; readonly key: readonly string[]; readonly value: unknown }

/** An answer, or the name of what was thrown. */
export type StorageAnswer = { readonly value: unknown } | { readonly throws: string }

/** Puts files beside those of sessions that a store may have, and that are odd. */
export function writeOddFiles(root: string): void {
  const files = {
    'odd/a.json': '1',
    'odd/a/b.json': '2',
    'odd/a-b.json': '3',
    'odd/Z.json': '4',
    'odd/é.json': '5',
    'odd/deep/er/still.json': '{"x":[1,{"y":null}]}',
    'odd/.hidden.json': '6',
    'odd/.hidden/in.json': '7',
    'odd/empty.json': '',
    'odd/cut.json': '{"cut',
    'odd/mark.json': '\uFEFF{"m":1}',
    'odd/null.json': 'null',
    'odd/folder.json/in.json': '8',
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  symlinkSync('a.json', join(root, 'odd/link.json'))
  symlinkSync('a', join(root, 'odd/linked'))
}

const odd: readonly StorageCall[] = [
  ...[['odd'], ['odd', 'a'], ['odd', 'deep'], ['odd', 'linked'], ['odd', 'none'], ['odd', 'a.json'], ['none']].map(
    (key) => ({ call: 'list', key }) as const,
  ),
  ...['a', 'link', '.hidden', 'empty', 'cut', 'mark', 'null', 'none'].map(
    (name) => ({ call: 'read', key: ['odd', name] }) as const,
  ),
  { call: 'read', key: ['odd', 'linked', 'b'] },
  { call: 'read', key: ['odd', 'none', 'b'] },
  { call: 'update', key: ['odd', 'mark'], value: { z: [1, 2] } },
  { call: 'update', key: ['odd', 'none'], value: {} },
  { call: 'update', key: ['odd', 'cut'], value: {} },
  { call: 'read', key: ['odd', 'cut'] },
  { call: 'write', key: ['odd', 'cut'], value: { whole: true } },
  { call: 'read', key: ['odd', 'cut'] },
  { call: 'write', key: ['new', 'folder', 'é'], value: 'text' },
  { call: 'list', key: ['new'] },
  { call: 'remove', key: ['new', 'folder', 'é'] },
  { call: 'remove', key: ['new', 'folder', 'é'] },
  { call: 'list', key: ['new'] },
]

/** Numbers below a bound, the same ones in every run. */
function numbers(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return Math.floor((state / 0x80000000) * bound)
  }
}

/** Calls at random on few keys, so that they meet. */
function atRandom(count: number): StorageCall[] {
  const next = numbers(7)
  const names = ['a', 'b', 'a-b', 'B', 'ab', 'a b', '日']
  const values = [{}, { n: 1 }, { t: 'text\n"é"\u2028', deep: { list: [1.5, -7, 1e21, null, true] } }, { __proto__: null, a: [] }]
  const key = (least: number) => ['model', ...Array.from({ length: least + next(3) }, () => names[next(names.length)]!)]
  return Array.from({ length: count }, (): StorageCall => {
    const value = values[next(values.length)]
    const kind = next(5)
    if (kind === 0) return { call: 'read', key: key(1) }
    if (kind === 1) return { call: 'list', key: key(0) }
    if (kind === 2) return { call: 'write', key: key(1), value }
    return kind === 3 ? { call: 'update', key: key(1), value: { [`k${next(3)}`]: value } } : { call: 'remove', key: key(1) }
  })
}

export const storageCalls: readonly StorageCall[] = [...odd, ...atRandom(400)]

/** Under which all is listed and read that a release wrote. */
export const storageKinds = ['session', 'message', 'part', 'todo', 'session_diff', 'project'] as const
