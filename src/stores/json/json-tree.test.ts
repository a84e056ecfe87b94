import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { copyStore, writeTree } from '../../testing/temp.ts'
import { openHomeFolder } from './home-folder.ts'
import { openJsonSlug } from './json-slug.ts'
import { openJsonTree } from './json-tree.ts'

const session = (id: string, more: object = {}) => ({
  id,
  title: id,
  projectID: 'p',
  directory: '/work',
  version: '1.1.65',
  time: { created: 1, updated: 2 },
  ...more,
})
const message = (id: string, created: number, more: object = {}) => ({ id, role: 'user', time: { created }, ...more })

describe('a tree with damaged files', () => {
  test('lists every other session, names each problem once, and never touches messages', () => {
    const root = writeTree({
      'session/p/ses_good.json': session('ses_good'),
      'session/p/ses_cut.json': '{"id": "ses_cut", "title": "half',
      'session/p/ses_empty.json': '',
      'session/p/ses_binary.json': new Uint8Array([0, 159, 146, 150, 255, 254]),
      'session/p/ses_list.json': '[]',
      'session/p/ses_proto.json':
        '{"__proto__": {"title": "polluted"}, "constructor": {"prototype": {"parentID": "x"}}, "title": "odd", "time": {"created": 5}}',
      'session/p/ses_other.json': session('../../escape'),
      'session/p/ses_half.json.tmp': '{',
      'message/ses_good/msg_1.json': '{"cut',
    })
    const store = openJsonTree(root)
    expect([...store.sessions({ sort: 'title' })].map(({ id, title, parentID }) => [id, title, parentID])).toEqual([
      ['ses_other', '../../escape', null],
      ['ses_proto', 'odd', null],
      ['ses_good', 'ses_good', null],
    ])
    const reasons = store.problems().map(({ path, reason }) => `${path.slice(root.length + 1)} ${reason}`)
    expect(reasons).toHaveLength(5)
    expect(reasons.filter((reason) => reason.includes('message/'))).toEqual([])
    expect(reasons).toContain('session/p/ses_empty.json is empty')
    expect(reasons).toContain('session/p/ses_binary.json is not JSON')
    expect(reasons).toContain('session/p/ses_list.json holds JSON, but not an object')
    expect(reasons.some((reason) => reason.startsWith('session/p/ses_cut.json is damaged or cut off'))).toBe(true)
    expect(reasons).toContain('session/p/ses_other.json says it is "../../escape"; the file\'s name counts')
    expect(({} as Record<string, unknown>).title).toBeUndefined()
  })

  test('shows every other message and part', () => {
    const root = writeTree({
      'session/p/ses_1.json': session('ses_1'),
      'message/ses_1/msg_1.json': message('msg_1', 1),
      'message/ses_1/msg_2.json': '',
      'message/ses_1/msg_3.json': message('msg_3', 3),
      'part/msg_1/prt_1.json': '{"type":"te',
      'part/msg_1/prt_2.json': { type: 'text', text: 'kept' },
    })
    const store = openJsonTree(root)
    const messages = [...store.messages('ses_1')]
    expect(messages.map(({ id }) => id)).toEqual(['msg_1', 'msg_3'])
    expect(messages[0]!.parts).toEqual([{ id: 'prt_2', data: { type: 'text', text: 'kept' } }])
    expect(store.problems()).toHaveLength(2)
  })
})

test('a folder that cannot be read is a problem, not an empty folder', () => {
  const root = writeTree({ 'session/p/ses_1.json': session('ses_1'), 'message/x': '' })
  symlinkSync(join(root, 'session/loop'), join(root, 'session/loop'))
  symlinkSync(join(root, 'message/ses_1'), join(root, 'message/ses_1'))
  const store = openJsonTree(root)
  expect([...store.sessions()]).toHaveLength(1)
  expect([...store.messages('ses_1')]).toEqual([])
  expect(store.problems().map(({ path }) => path)).toEqual([join(root, 'session/loop'), join(root, 'message/ses_1')])
})

test('messages are in the order of time, across the instant when ids wrapped', () => {
  const root = writeTree({
    'session/p/ses_1.json': session('ses_1'),
    'message/ses_1/msg_fff.json': message('msg_fff', 100),
    'message/ses_1/msg_000.json': message('msg_000', 200),
  })
  const store = openJsonTree(root)
  expect([...store.messages('ses_1')].map(({ id }) => id)).toEqual(['msg_fff', 'msg_000'])
  expect([...store.messages('ses_1', { last: 1 })].map(({ id }) => id)).toEqual(['msg_000'])
})

test('a session that was moved to another project is the one that was updated last', () => {
  const root = writeTree({
    'session/global/ses_1.json': session('ses_1', { title: 'old', projectID: 'global' }),
    'session/p/ses_1.json': session('ses_1', { title: 'new', time: { created: 1, updated: 9 } }),
  })
  expect([...openJsonTree(root).sessions()].map(({ title }) => title)).toEqual(['new'])
})

test('a session without project and directory has those of its folder and of the project record', () => {
  const root = writeTree({
    'project/p.json': { id: 'p', worktree: '/home/dev/app', sandboxes: ['/home/dev/app-2', 7] },
    'session/p/ses_1.json': session('ses_1', { projectID: undefined, directory: undefined }),
  })
  const store = openJsonTree(root)
  expect(store.session('ses_1')).toMatchObject({ projectID: 'p', directory: '/home/dev/app' })
  expect([...store.projects()]).toEqual([{ id: 'p', worktree: '/home/dev/app', directories: ['/home/dev/app-2'] }])
})

test('ids that climb out of the tree lead nowhere', () => {
  const root = writeTree({ 'session/p/ses_1.json': session('ses_1'), 'elsewhere/msg_1.json': message('msg_1', 1) })
  expect([...openJsonTree(root).messages('../elsewhere')]).toEqual([])
})

test('lossless records are the files of the session as they are', () => {
  const data = copyStore('1.1.65')
  const store = openJsonTree(join(data, 'storage'))
  const id = 'ses_e035702e8ffeHkIxpnGoWr1kRo'
  const files = [...store.records(id)].map((record) => ('file' in record ? record.file : ''))
  const messages = readdirSync(join(data, 'storage/message', id)).length
  expect(files.filter((file) => file.startsWith(`message/${id}/`))).toHaveLength(messages)
  expect(files).toContain(`todo/${id}.json`)
  expect(files.filter((file) => file.startsWith('session/'))).toHaveLength(1)
})

describe('a slug tree', () => {
  test('of 0.1 has its parts inside the message, and of the conversion in between too', () => {
    const root = writeTree({
      'work-app/storage/session/info/ses_1.json': {
        id: 'ses_1',
        title: 't',
        version: '0.1.174',
        time: { created: 1, updated: 2 },
      },
      'work-app/storage/session/message/ses_1/msg_1.json': {
        id: 'msg_1',
        role: 'assistant',
        parts: [{ type: 'text', text: 'a' }],
        metadata: { time: { created: 5 }, assistant: { path: { root: '/work/app' } } },
      },
      'work-app/storage/session/message/ses_1/msg_2.json': {
        id: 'msg_2',
        role: 'user',
        time: { created: 6 },
        parts: [{ id: 'prt_x', type: 'text', text: 'b' }],
      },
      'work-app/broken/session/message/ses_1/msg_0.json': {
        id: 'msg_0',
        role: 'user',
        parts: [],
        metadata: { time: { created: 4 } },
      },
    })
    const store = openJsonSlug(join(root, 'work-app/storage'))
    expect(store.session('ses_1')).toMatchObject({ projectID: 'work-app', directory: '/work/app' })
    const messages = [...store.messages('ses_1')]
    expect(messages.map(({ id, shape }) => [id, shape])).toEqual([
      ['msg_0', 'legacy'],
      ['msg_1', 'legacy'],
      ['msg_2', 'v1'],
    ])
    expect(messages[2]!.parts.map(({ id }) => id)).toEqual(['prt_x'])
  })
})

test.each([
  ['flat', 'sessions/ses_1.json', 'parts/msg_1/prt_1.json', null],
  ['by project and session', 'sessions/p/ses_1.json', 'parts/ses_1/msg_1/prt_1.json', 'p'],
])('a home folder is read, %s', (_label, sessionFile, partFile, projectID) => {
  const root = writeTree({
    [sessionFile]: session('ses_1', { projectID: undefined }),
    'messages/ses_1/msg_1.json': message('msg_1', 1),
    [partFile]: { type: 'text', text: 'found' },
  })
  const store = openHomeFolder(root)
  expect(store.session('ses_1')).toMatchObject({ projectID, title: 'ses_1' })
  expect([...store.messages('ses_1')][0]!.parts.map(({ data }) => data.text)).toEqual(['found'])
})

test('a copy that is still being written is read again as it is then', () => {
  const data = copyStore('1.1.65')
  const [project] = readdirSync(join(data, 'storage/session')).filter((name) => name !== 'global')
  const from = join(data, 'storage/session', project!, 'ses_e035702e8ffeHkIxpnGoWr1kRo.json')
  writeFileSync(join(data, 'storage/session', project!, 'ses_new.json'), '{')
  expect([...openJsonTree(join(data, 'storage')).sessions()]).toHaveLength(9)
  const copied = { ...JSON.parse(readFileSync(from, 'utf8')), id: 'ses_new' }
  writeFileSync(join(data, 'storage/session', project!, 'ses_new.json'), JSON.stringify(copied))
  expect([...openJsonTree(join(data, 'storage')).sessions()]).toHaveLength(10)
})
