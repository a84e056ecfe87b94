import { createHash } from 'node:crypto'
import { type Document, idOf } from './saved-document.ts'

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const pattern = /^([a-z]+_[0-9a-f]{12})[0-9A-Za-z]{14}$/

function tail(text: string): string {
  const digest = createHash('sha256').update(text).digest()
  return Array.from(digest.subarray(0, 14), (byte) => base62[byte % 62]).join('')
}

/**
 * Ids for a copy of a tree of sessions that follow from the old ones and from where it went apart, so that the same copy gets the
 * same ids on every machine, and whenever more of it comes. Ids keep their time, by which OpenCode sorts them.
 */
export function derivedIDs(documents: readonly Document[], salt: string): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  const give = (id: string) => {
    if (id === '') return
    const random = tail(`${salt} ${id}`)
    ids.set(id, `${pattern.exec(id)?.[1] ?? `${id.slice(0, 100)}_`}${random}`)
  }
  for (const { info, messages } of documents) {
    give(idOf(info))
    for (const message of messages) {
      give(idOf(message.info))
      for (const part of message.parts) give(idOf(part))
    }
  }
  return ids
}
