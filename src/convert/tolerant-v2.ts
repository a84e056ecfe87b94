import { isObject, type JsonObject, listOf, objectOf, textOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import { wholeRecordOf } from '../stores/long-record.ts'
import type { StoredMessage } from '../stores/store.ts'
import { keep } from './kept.ts'
import type { Answerer } from './neighbours.ts'

/**
 * A stored message of 2.x as it is exported: with its id and type, and with everything that OpenCode 2.x counts on. The 2.0
 * preview gives texts an id and tools other names for two fields; what has no place in 2.x is kept.
 */
export function exportedV2(stored: StoredMessage, answerer: Answerer): JsonObject {
  const info: JsonObject = omit(stored.info, ['id', 'type'])
  // Of one that is too long to be read whole nobody knows what is missing.
  if (wholeRecordOf(info)) return { id: stored.id, type: stored.type ?? 'unknown', ...info }
  const time = { created: stored.created ?? 0, ...objectOf(info.time) }
  const message = {
    id: stored.id,
    type: stored.type ?? textOf(stored.info.type) ?? 'unknown',
    ...info,
    ...(!isWhole(info.time) && { time }),
  }
  if (message.type !== 'assistant') {
    const needsText = ['user', 'synthetic', 'system', 'skill'].includes(message.type) && typeof info.text !== 'string'
    return needsText ? { ...message, text: '' } : message
  }
  const { agent, model } = answerer
  const preview: [string, JsonObject][] = []
  const content = listOf(info.content)
    .filter(isObject)
    .map((item, index) => {
      const [known, rest] = fromPreview(item)
      if (Object.keys(rest).length > 0) preview.push([String(index), rest])
      return known
    })
  const whole = {
    ...message,
    agent: textOf(info.agent) ?? agent,
    model: isObject(info.model) ? info.model : { id: model.modelID, providerID: model.providerID },
    content,
  }
  return preview.length > 0 ? keep(whole, { preview: Object.fromEntries(preview) }) : whole
}

const isWhole = (time: unknown) => typeof objectOf(time).created === 'number'

/** An item of content as 2.x has it, and what of it only the preview had. */
function fromPreview(item: JsonObject): [JsonObject, JsonObject] {
  if (item.type === 'text' || item.type === 'reasoning') {
    const { id, ...rest } = item
    return id === undefined ? [item, {}] : [rest, { id }]
  }
  const state = objectOf(item.state)
  if (
    item.type !== 'tool' ||
    (item.provider === undefined && state.structured === undefined && state.outputPaths === undefined)
  ) {
    return [item, {}]
  }
  const { provider, ...rest } = item
  const { structured, outputPaths, ...known } = state
  const executed = objectOf(provider).executed
  const metadata = isObject(structured) && !isObject(state.metadata) ? { metadata: structured } : {}
  const tool = { ...rest, ...(executed === true && { executed }), state: { ...known, ...metadata } }
  const left = { ...(provider !== undefined && { provider }), ...(structured !== undefined && { structured }) }
  return [tool, { ...left, ...(outputPaths !== undefined && { outputPaths }) }]
}
