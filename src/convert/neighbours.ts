import { type JsonObject, objectOf, textOf } from '../base/json.ts'
import { modelOf } from '../stores/session-info.ts'
import type { StoredMessage } from '../stores/store.ts'
import type { Around } from './importable/message.ts'
import { keptIn } from './kept.ts'

/** Who answers: the agent and model of an assistant's message. */
export type Answerer = Pick<Around, 'agent' | 'model'>

function modelRef(model: unknown, variant: unknown): Answerer['model'] | null {
  const ref = modelOf(model)
  return ref && { ...ref, ...(typeof variant === 'string' && { variant }) }
}

/**
 * Agent and model of an assistant's message of any generation; null for other messages, and for summaries, which have an agent of
 * their own.
 */
function answererOf({ shape, type, info }: Pick<StoredMessage, 'shape' | 'type' | 'info'>): Answerer | null {
  if (shape === 'v2') {
    if (type !== 'assistant') return null
    const model = modelRef(info.model, objectOf(info.model).variant)
    return model && { agent: textOf(info.agent) ?? 'build', model }
  }
  if (info.role !== 'assistant' || info.summary === true || objectOf(keptIn(info).v2).of !== undefined) return null
  const source = shape === 'legacy' ? objectOf(objectOf(info.metadata).assistant) : info
  const model = modelRef({ modelID: source.modelID, providerID: source.providerID }, source.variant)
  return model && { agent: textOf(source.agent) ?? textOf(source.mode) ?? 'build', model }
}

/** The same of a session object, and if it does not say, what OpenCode itself starts with. */
function answererOfSession(info: JsonObject): Answerer {
  const model = modelRef(info.model, objectOf(info.model).variant)
  return { agent: textOf(info.agent) ?? 'build', model: model ?? { providerID: 'unknown', modelID: 'unknown' } }
}

/** So many messages are held back at most while the answer to them is looked for. */
const patience = 32

/**
 * Messages, each with who answers: up to 1.0 a user's message does not say whom it asks, and in 2.x never. The next assistant's
 * message tells, else the last one, else the session.
 */
export function* withAnswerers(
  messages: Iterable<StoredMessage>,
  session: JsonObject,
): Iterable<readonly [message: StoredMessage, answerer: Answerer]> {
  let known = answererOfSession(session)
  let held: StoredMessage[] = []
  for (const message of messages) {
    const answerer = answererOf(message)
    if (!answerer && held.length < patience) {
      held.push(message)
      continue
    }
    known = answerer ?? known
    for (const earlier of held) yield [earlier, known]
    held = []
    yield [message, known]
  }
  for (const message of held) yield [message, known]
}
