import { readMessage } from '../conversation/conversation.ts'
import type { StoredMessage } from '../stores/store.ts'
import type { AnswerFigures } from './answers.ts'
import type { Estimates } from './estimates.ts'
import { contextClass, type Oddity } from './figures.ts'
import { firstToken, hasFailed } from './read-figures.ts'
import { dollars } from './rows.ts'
import { spentOn } from './spent.ts'

/** What each answer of a session used, in reading order. */
export function* answersOf(messages: Iterable<StoredMessage>, estimates: Estimates): Iterable<AnswerFigures> {
  const ignored: Oddity[] = [] // named where sessions are counted
  for (const stored of messages) {
    const message = readMessage(stored)
    const spent = spentOn(message, stored, ignored)
    if (!spent) continue
    const { input, output, reasoning, cacheRead, cacheWrite } = spent
    const context = input + cacheRead + cacheWrite
    const model = message.model && `${message.model.providerID}/${message.model.modelID}`
    const tokens = { input, output, reasoning, cacheRead, cacheWrite }
    const uncosted = spent.stored === 0 && context + output + reasoning > 0
    const estimated = uncosted && model ? estimates.of(model, [{ context: contextClass(context), ...tokens }]) : 0
    const calls = message.parts.filter((part) => part.type === 'tool')
    yield {
      id: message.id,
      sessionID: message.sessionID,
      kind: message.kind,
      agent: message.agent,
      model,
      time: { ...message.time, firstToken: firstToken(message, stored) },
      tokens,
      context,
      cost: { stored: dollars(spent.stored), estimated: estimated === undefined ? null : dollars(estimated) },
      tools: calls.map(({ tool }) => tool),
      failures: calls.filter(hasFailed).length,
      error: message.error?.name ?? null,
      interrupted: message.interrupted,
    }
  }
}
