import { isObject, type JsonObject, numberOf, objectOf, textOf } from '../base/json.ts'
import type { SessionID } from '../opencode/ids.ts'
import type { ModelRef, SessionHeader, StoredMessage, Tokens } from './store.ts'

/** A model as records name it: `{id, providerID}` in sessions and v2 messages, `{modelID, providerID}` in v1 messages. */
export function modelOf(value: unknown): ModelRef | null {
  const model = objectOf(value)
  const modelID = textOf(model.id) ?? textOf(model.modelID)
  const providerID = textOf(model.providerID)
  return modelID !== null && providerID !== null ? { providerID, modelID } : null
}

/** Token counts of a session or message object; null where there are none. */
export function tokensOf(value: unknown): Tokens | null {
  if (!isObject(value)) return null
  const cache = objectOf(value.cache)
  const count = (n: unknown) => numberOf(n) ?? 0
  return {
    input: count(value.input),
    output: count(value.output),
    reasoning: count(value.reasoning),
    cache: { read: count(cache.read), write: count(cache.write) },
  }
}

/** The point that a session is rolled back to, from its `revert` object. */
export function revertOf(value: unknown): SessionHeader['revert'] {
  const revert = objectOf(value)
  const messageID = textOf(revert.messageID)
  return messageID === null ? null : { messageID, partID: textOf(revert.partID) }
}

/** The header in a session object as JSON trees (0.1 to 1.1.65) and exports of both generations have it. */
export function headerOfInfo(id: SessionID, info: JsonObject): SessionHeader {
  const time = objectOf(info.time)
  const created = numberOf(time.created) ?? 0
  return {
    id,
    title: textOf(info.title),
    slug: textOf(info.slug) || null,
    parentID: textOf(info.parentID) || null,
    projectID: textOf(info.projectID) || null,
    directory: textOf(info.directory) || textOf(objectOf(info.location).directory) || null,
    agent: textOf(info.agent),
    model: modelOf(info.model),
    version: textOf(info.version) || null,
    share: textOf(objectOf(info.share).url),
    time: { created, updated: numberOf(time.updated) ?? created, archived: numberOf(time.archived) },
    cost: numberOf(info.cost),
    tokens: tokensOf(info.tokens),
    revert: revertOf(info.revert),
  }
}

/** Agent and model that a stored message names, whichever generation wrote it. `mode` was the agent's name up to 1.0. */
export function usedIn(message: StoredMessage): { agent: string | null; model: ModelRef | null } {
  const { info } = message
  if (message.shape === 'legacy') return { agent: null, model: modelOf(objectOf(info.metadata).assistant) }
  // Answers of 1.x name the model in two fields of their own, beside the message's `id`.
  const model = modelOf(info.model) ?? modelOf({ modelID: info.modelID, providerID: info.providerID })
  return { agent: textOf(info.agent) ?? textOf(info.mode), model }
}
