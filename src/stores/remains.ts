import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import { type MessageID, type SessionID, timeOfID } from '../opencode/ids.ts'
import { usedIn } from './session-info.ts'
import type { SessionHeader, StoredMessage, StoredPart } from './store.ts'

/** How many messages are looked at for what the record would have said. */
const lookedAt = 20
const titleLength = 60

/** The directory that an answer was given in. Outside of git the root is `/` or the directory itself: only `cwd` tells. */
function directoryIn(message: StoredMessage): string | null {
  const path = objectOf(message.info.path ?? objectOf(objectOf(message.info.metadata).assistant).path)
  const root = textOf(path.root)
  return root === null || root === '/' ? (textOf(path.cwd) ?? root) : root
}

/** What a person wrote, in a message of any generation. */
function promptIn({ info, type, parts }: StoredMessage): string | null {
  if (type === 'user') return textOf(info.text)
  if (info.role !== 'user') return null
  const texts = [...parts.map((part) => part.data), ...listOf(info.parts).filter(isObject)]
  return textOf(texts.find((part) => part.type === 'text' && part.synthetic !== true)?.text)
}

/**
 * A header for a session of which only messages are left.
 * @param read gives its messages, or only the last so many of them
 */
export function headerOfRemains(id: SessionID, read: (last?: number) => Iterable<StoredMessage>): SessionHeader {
  const some = Iterator.from(read()).take(lookedAt).toArray()
  const first = <T>(find: (message: StoredMessage) => T | null): T | null =>
    some.map(find).find((found) => found !== null) ?? null
  const [last] = read(1)
  const created = first((message) => message.created) ?? timeOfID(id) ?? 0
  const prompt = first(promptIn)?.trim().split('\n')[0]?.trim() ?? ''
  return {
    id,
    title: prompt === '' ? 'Recovered session' : `Recovered: ${prompt.slice(0, titleLength)}`,
    slug: null,
    parentID: null,
    projectID: null,
    directory: first(directoryIn),
    agent: first((message) => usedIn(message).agent),
    model: first((message) => usedIn(message).model),
    version: null,
    share: null,
    time: { created, updated: Math.max(created, last?.created ?? 0), archived: null },
    cost: null,
    tokens: null,
    revert: null,
  }
}

/** The session object that says the same as a header that was made up. */
export function infoOfRemains({ id, title, projectID, directory, agent, model, time }: SessionHeader): JsonObject {
  return {
    id,
    slug: '',
    projectID: projectID ?? 'global',
    directory: directory ?? '',
    title: title ?? '',
    version: '',
    ...(agent !== null && { agent }),
    ...(model !== null && { model: { id: model.modelID, providerID: model.providerID } }),
    time: { created: time.created, updated: time.updated },
  }
}

/** Parts that only answers have. Text of an answer has times, which prompts lack. */
const isOfAnswer = ({ data }: StoredPart) =>
  ['tool', 'reasoning', 'step-start', 'step-finish', 'patch', 'retry'].includes(String(data.type)) ||
  (data.type === 'text' && isObject(data.time))

/**
 * A message of which only the parts are left: who said it shows in them.
 * @param created ms since the epoch, where it is known; else the message's id tells
 */
export function messageOfRemains(
  sessionID: SessionID,
  id: MessageID,
  created: number | null,
  parts: readonly StoredPart[],
): StoredMessage {
  const times = parts.map(({ data }) => numberOf(objectOf(data.time).start)).filter((time) => time !== null)
  const at = created ?? timeOfID(id) ?? (times.length > 0 ? Math.min(...times) : null)
  const info = { role: parts.some(isOfAnswer) ? 'assistant' : 'user', time: { created: at ?? 0 } }
  return { shape: 'v1', id, sessionID, type: null, created: at, info, parts }
}
