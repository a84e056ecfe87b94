import { expect, test } from 'vitest'
import { HeldBytes } from '../base/file-bytes.ts'
import type { Shelf } from '../share/shelf.ts'
import { plainSession, savedText } from '../testing/sessions.ts'
import { savedNamed, savedTrees } from './saved.ts'

/** A shelf in memory. */
function shelfOf(files: Readonly<Record<string, string>>): Shelf {
  return {
    place: 'here',
    paths: () => Object.keys(files).sort(),
    read: (path) => new HeldBytes(Buffer.from(files[path]!)),
    write: () => expect.unreachable(),
    origin: () => null,
  }
}

const saved = (name: string, title: string, updated: number) =>
  savedText(plainSession(name, 1, { title, time: { created: 1, updated } }), 'Ann')

const shelf = shelfOf({
  'parser-old.json': saved('a', 'Fix the parser', 10),
  'parser-new.json': saved('b', 'Rewrite the parser', 20),
  'broken.json': '{',
})

test('saved sessions come the newest first, and what cannot be read is told', () => {
  const problems: string[] = []
  const trees = savedTrees(shelf, ({ path }) => problems.push(path))
  expect(trees.map(({ path }) => path)).toEqual(['parser-new.json', 'parser-old.json'])
  expect(problems).toEqual(['broken.json'])
})

test('one is named by its file, its number, or a part of its name or title', () => {
  const trees = savedTrees(shelf, () => {})
  const named = (name: string) => savedNamed(trees, name, 'here').path
  expect(named('.opencode/sessions/parser-old.json')).toBe('parser-old.json')
  expect(named('1')).toBe('parser-new.json')
  expect(named('REWRITE')).toBe('parser-new.json')
  expect(() => named('parser')).toThrow('"parser" could be parser-new.json, parser-old.json: name one')
  expect(() => named('lexer')).toThrow(expect.objectContaining({ code: 'not-found', hint: 'saved' }))
})
