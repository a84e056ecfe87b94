import { JsonBytes, LazyList } from '../base/json-bytes.ts'
import { TemporaryBytes } from '../base/temporary-bytes.ts'
import type { MessageV1 } from '../convert/exported.ts'
import type { Messages } from './messages.ts'

/** Bytes of messages that are held. */
const mostHeld = 8 * 2 ** 20

/** Messages that outlive the store that they are read from: many of them are in a file that is gone with the process. */
export function kept(messages: Messages): Messages {
  if (Array.isArray(messages)) return messages
  const list = new TemporaryBytes(mostHeld)
  let comma = '['
  for (const message of messages) {
    list.add(Buffer.from(`${comma}${JSON.stringify(message)}`))
    comma = ',\n'
  }
  list.add(Buffer.from(comma === '[' ? '[]' : ']'))
  const json = new JsonBytes(list.bytes())
  return new LazyList(json.items(json.whole), (place) => json.parse(place) as MessageV1)
}
