import { describe, expect, test } from 'vitest'
import type { StoredMessage, StoredSession } from '../../stores/store.ts'
import { mapSession, pathMap } from './path-map.ts'

const map = pathMap([['/old', '/new']])

const message = (
  shape: StoredMessage['shape'],
  type: string | null,
  info: object,
  parts: StoredMessage['parts'] = [],
): StoredMessage => ({
  shape,
  id: 'msg_1',
  sessionID: 'ses_1',
  type,
  created: 1,
  info: { ...info },
  parts,
})

function mapped(session: StoredSession): { info: object; messages: StoredMessage[] } {
  const { info, messages } = mapSession(session, map)
  // A transcript may be read more than once.
  expect([...messages]).toEqual([...messages])
  return { info, messages: [...messages] }
}

test('an old place is known in every spelling, and its letters below stay', () => {
  const moved = pathMap([['/mnt/c/Work', '/home/me/work']])
  expect(moved('C:\\work\\My App')).toBe('/home/me/work/My App')
  expect(moved('c:/Work')).toBe('/home/me/work')
  expect(moved('C:\\work2')).toBe('C:\\work2')
  expect(pathMap([['/', '/new']])('/a')).toBe('/new/a')
  expect(pathMap([['/', '/new']])('C:\\a')).toBe('C:\\a')
  expect(pathMap([['/home/me', 'C:\\me']])('/home/me/a/b')).toBe('C:\\me\\a\\b')
})

describe('where a session ran is rewritten', () => {
  test('in 1.x in its directory and in the path of answers, and nowhere else', () => {
    const parts = [{ id: 'prt_1', data: { type: 'text', text: 'see /old/a' } }]
    const answer = message(
      'v1',
      null,
      { role: 'assistant', path: { cwd: '/old/a', root: '/old', more: '/old' }, note: '/old' },
      parts,
    )
    const { info, messages } = mapped({
      shape: 'v1',
      info: { directory: '/old/a', path: 'a', title: '/old/a', worktree: '/old' },
      messages: [answer],
    })
    expect(info).toEqual({ directory: '/new/a', path: 'a', title: '/old/a', worktree: '/old' })
    expect(messages[0]!.info).toEqual({ role: 'assistant', path: { cwd: '/new/a', root: '/new', more: '/old' }, note: '/old' })
    expect(messages[0]!.parts).toEqual(parts)
  })

  test('in 2.x in its location, and where it has moved', () => {
    const move = message('v2', 'location-switched', { location: { directory: '/old/b' }, previous: { directory: '/old/a' } })
    const said = message('v2', 'user', { text: '/old/a', location: { directory: '/old/a' } })
    const { info, messages } = mapped({
      shape: 'v2',
      info: { location: { directory: '/old/a', workspaceID: 'w' } },
      messages: [move, said],
    })
    expect(info).toEqual({ location: { directory: '/new/a', workspaceID: 'w' } })
    expect(messages[0]!.info).toEqual({ location: { directory: '/new/b' }, previous: { directory: '/new/a' } })
    expect(messages[1]!.info).toEqual(said.info)
  })

  test('in 0.1 in the metadata of answers', () => {
    const metadata = { assistant: { path: { cwd: '/old/a', root: '/old' }, cost: 1 }, tool: { x: '/old' } }
    const { messages } = mapped({
      shape: 'v1',
      info: {},
      messages: [message('legacy', null, { metadata }), message('legacy', null, { metadata: { tool: { x: '/old' } } })],
    })
    expect(messages[0]!.info.metadata).toEqual({
      assistant: { path: { cwd: '/new/a', root: '/new' }, cost: 1 },
      tool: { x: '/old' },
    })
    expect(messages[1]!.info.metadata).toEqual({ tool: { x: '/old' } })
  })

  test('and what is no text, or not there, stays so', () => {
    const odd = message('v1', null, { role: 'assistant', path: { cwd: 7 } })
    const { info, messages } = mapped({ shape: 'v1', info: { directory: null, location: 'x' }, messages: [odd] })
    expect(info).toEqual({ directory: null, location: 'x' })
    expect(messages[0]!.info).toEqual({ role: 'assistant', path: { cwd: 7 } })
  })
})
