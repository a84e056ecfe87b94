import { createHash } from 'node:crypto'
import { isObject } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { wholeRecordOf } from '../../stores/long-record.ts'
import type { Store } from '../../stores/store.ts'
import { messageObjects, ruleFor } from './records.ts'

/** What is said in a copy: a hash of each message and part, under its ids. */
export type Transcript = ReadonlyMap<string, string>

/** Reads all messages of a session. */
export function transcriptOf(store: Store, id: SessionID): Transcript {
  const transcript = new Map<string, string>()
  for (const { shape, id: messageID, info, parts } of store.messages(id)) {
    const message =
      shape === 'v1' ? { info: { ...info, id: messageID }, parts: parts.map((part) => ({ ...part.data, id: part.id })) } : info
    const objects = shape === 'v1' ? messageObjects(message, 'v1') : [[`${shape} ${messageID}`, message] as const]
    for (const [key, object] of objects) {
      if (!isObject(object)) continue
      const text = ruleFor({ table: key.split(' ', 1)[0] ?? '' }, object) ?? ''
      const hash = createHash('sha256').update(text)
      for (const piece of wholeRecordOf(object)?.read() ?? []) hash.update(piece)
      transcript.set(key, hash.digest('base64'))
    }
  }
  return transcript
}

/** Whether everything in a transcript is in another one, too. */
export const saysNoMore = (transcript: Transcript, other: Transcript) =>
  [...transcript].every(([key, hash]) => other.get(key) === hash)
