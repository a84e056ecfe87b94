import type { JsonObject } from '../base/json.ts'
import type { StoredMessage, StoredSession } from '../stores/store.ts'

// A session as 1.x stores it, for tests of what becomes of one.

export const sessionID = 'ses_e0357cce2ffe66y22yqwafqA4x'
export const tokens = { input: 10, output: 5, reasoning: 0, cache: { read: 1, write: 2 } }
export const session = {
  id: sessionID,
  slug: 'a-slug',
  projectID: 'global',
  directory: '/work',
  title: 'A title',
  version: '1.18.33',
  cost: 0,
  tokens,
  time: { created: 1000, updated: 2000 },
}
export const nth = (prefix: string, index: number) => `${prefix}_1fca${String(index).padStart(8, '0')}abcdefghijklmn`

export function v1Message(index: number, info: JsonObject, ...parts: JsonObject[]): StoredMessage {
  const id = nth('msg', index)
  return {
    shape: 'v1',
    id,
    sessionID,
    type: null,
    created: 1000 + index,
    info: { time: { created: 1000 + index }, ...info },
    parts: parts.map((data, at) => ({ id: nth('prt', index * 100 + at), data })),
  }
}
export const ofV1 = (...messages: StoredMessage[]): StoredSession => ({ shape: 'v1', info: session, messages })
