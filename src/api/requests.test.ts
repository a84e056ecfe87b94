import { expect, test } from 'vitest'
import { parseRequest, type RequestName } from './requests.ts'

test('a request is what it was, checked', () => {
  const request = { project: '/work', since: '7d', until: 1_700_000_000_000, sort: 'cost', limit: 3, tree: true } as const
  expect(parseRequest('list', request)).toEqual(request)
  expect(parseRequest('import', { paths: ['a.json'], map: [['/old', '/new']] }).map).toEqual([['/old', '/new']])
})

test.each<[RequestName, unknown, RegExp]>([
  ['list', { limit: -1 }, /^list: limit: /],
  ['list', { archived: 'yes' }, /^list: archived: .*"only" \| "no"/],
  ['list', { root: '/etc' }, /^list: root: /],
  ['show', {}, /^show: session: /],
  ['search', { query: 'x', role: 'user' }, /^search: role: /],
  ['export', { format: 'pdf' }, /^export: format: /],
  ['import', { paths: ['a'], map: [['/old', '']] }, /^import: map\.0\.1: /],
  ['undo', null, /^undo: /],
])('%s %j is refused with its place', (name, value, reason) => {
  expect(() => parseRequest(name, value)).toThrow(reason)
  expect(() => parseRequest(name, value)).toThrow(expect.objectContaining({ code: 'usage' }))
})
