import type { MessageID, PartID, SessionID } from '../../opencode/ids.ts'
import { PageImages } from '../../sqlite/pages/images.ts'

/** Which messages and parts there were, as far as pages name them: entries of indexes, and rows of which the rest is gone. */
export interface Evidence {
  readonly messages: ReadonlyMap<SessionID, ReadonlySet<MessageID>>
  readonly parts: ReadonlyMap<MessageID, ReadonlySet<PartID>>
}

const id = (kind: string) => `${kind}_[0-9a-f]{12}[0-9A-Za-z]{14}`

/** An index of parts has message and part one behind the other, a row part, message and session. */
const partOf = new RegExp(`(${id('msg')})(${id('prt')})|(${id('prt')})(${id('msg')})(?=ses_)`, 'g')

/** The index of messages has session, six bytes of time, and message; a row message and session. */
const messageOf = new RegExp(`(${id('ses')})[^]{6}(${id('msg')})|(${id('msg')})(${id('ses')})`, 'g')

/**
 * Reads what pages name of some sessions.
 * @param sessions that are asked about
 * @param messages of these sessions
 * @throws OcvaultError `failed` when the file cannot be read
 */
export function evidenceIn(path: string, sessions: ReadonlySet<SessionID>, messages: ReadonlySet<MessageID>): Evidence {
  const found = { messages: new Map<SessionID, Set<MessageID>>(), parts: new Map<MessageID, Set<PartID>>() }
  const images = new PageImages(path)
  try {
    for (const { bytes } of images.all()) {
      const page = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      if (page.indexOf('msg_') < 0) continue
      const text = page.toString('latin1')
      for (const [, first, second, third, fourth] of text.matchAll(messageOf)) {
        const [session, message] = first === undefined ? [fourth!, third!] : [first, second!]
        if (sessions.has(session)) put(found.messages, session, message)
      }
      for (const [, first, second, third, fourth] of text.matchAll(partOf)) {
        const [message, part] = first === undefined ? [fourth!, third!] : [first, second!]
        if (messages.has(message)) put(found.parts, message, part)
      }
    }
    return found
  } finally {
    images.close()
  }
}

function put<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key)
  if (set) set.add(value)
  else map.set(key, new Set([value]))
}
