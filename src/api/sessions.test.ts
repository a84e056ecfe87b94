import { expect, onTestFinished, test } from 'vitest'
import { type Catalog, openCatalog } from '../stores/catalog/catalog.ts'
import { storeOf } from '../testing/temp.ts'
import type { Request } from './requests.ts'
import { chosenSessions, listSessions, rootOf, sessionNamed, timeOf } from './sessions.ts'

const latest = 'ses_e035709adffeHiemnQXuJPPODu'
const parent = 'ses_e0357cce2ffe66y22yqwafqA4x'

function open(): Catalog {
  const catalog = openCatalog({ roots: [storeOf('1.18.33')] })
  onTestFinished(() => catalog.close())
  return catalog
}

const idsOf = async (request: Request<'list'>) => Array.from(await listSessions(open(), request), ([{ id }]) => id)

test('a list has the sessions that no other started, the newest first', async () => {
  const ids = await idsOf({})
  expect(ids).toHaveLength(8)
  expect(ids.slice(0, 2)).toEqual([latest, parent])
  expect(await idsOf({ limit: 2 })).toEqual(ids.slice(0, 2))
  expect(await idsOf({ sort: 'created' })).not.toEqual(ids)
})

test('a list is selected by words, times, archive and project', async () => {
  expect(await idsOf({ text: ['outside', 'repository'] })).toHaveLength(1)
  expect(await idsOf({ archived: 'only' })).toHaveLength(1)
  expect(await idsOf({ until: 1_000 })).toEqual([])
  expect(await idsOf({ since: '2020-01-01' })).toHaveLength(8)
  expect(await idsOf({ project: '/home/dev/v1.18.33/work/scratch' })).toHaveLength(1)
  await expect(idsOf({ since: 'soon' })).rejects.toThrow(expect.objectContaining({ code: 'usage' }))
})

test('subagents are listed where they are asked for, and below their session in a tree', async () => {
  expect(await idsOf({ subagents: true })).toHaveLength(9)
  const tree = [...(await listSessions(open(), { tree: true }))]
  const at = tree.findIndex(([{ id }]) => id === parent)
  expect(tree[at]![1]).toBe(0)
  expect(tree[at + 1]![1]).toBe(1)
  expect(tree[at + 1]![0].parentID).toBe(parent)
})

test('a session is named by its id, its beginning, or as the latest of a project', async () => {
  const catalog = open()
  expect((await sessionNamed(catalog, 'e0357cce')).id).toBe(parent)
  expect((await sessionNamed(catalog, 'latest')).id).toBe(latest)
  const scratch = await sessionNamed(catalog, 'latest', '/home/dev/v1.18.33/work/scratch')
  expect(scratch.title).toBe('Outside any repository')
  await expect(sessionNamed(catalog, 'ses_none')).rejects.toThrow(expect.objectContaining({ code: 'not-found', hint: 'list' }))
})

test('sessions are named in an order, or selected', async () => {
  const catalog = open()
  const chosen = async (request: Parameters<typeof chosenSessions>[1]) =>
    Array.from(await chosenSessions(catalog, request), ({ id }) => id)
  expect(await chosen({ sessions: [parent, 'latest'] })).toEqual([parent, latest])
  expect(await chosen({ title: 'fork' })).toEqual([latest])
  expect(await chosen({})).toHaveLength(8)
})

test('the root of a subagent is the session that started it', () => {
  const catalog = open()
  const child = catalog.children(parent)[0]!
  expect(rootOf(catalog, child).id).toBe(parent)
  const circle = { ...child, parentID: child.id }
  expect(rootOf(catalog, circle)).toBe(circle)
})

test('a time is ms, or words', () => {
  expect(timeOf(5)).toBe(5)
  expect(timeOf('2026-08-01')).toBe(new Date(2026, 7, 1).getTime())
})
