import { readMessage } from '../conversation/conversation.ts'
import type { SessionID } from '../opencode/ids.ts'
import { Clock } from '../stats/clock.ts'
import { Estimates } from '../stats/estimates.ts'
import { contextClass, slotMs } from '../stats/figures.ts'
import { priceLists } from '../stats/price-lists.ts'
import { dollars } from '../stats/rows.ts'
import { type Spent, spentOn } from '../stats/spent.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { thisMachine } from '../stores/catalog/discover.ts'
import type { StoredMessage } from '../stores/store.ts'
import type { Request } from './requests.ts'
import { scopeOf } from './sessions.ts'

/** What a prompt or a status bar has room for. Money is US dollars. */
export interface StatusLine {
  /** Of all projects, since midnight. */
  readonly today: { readonly stored: number; readonly estimated: number; readonly tokens: number }
  /** The newest root session of the project. */
  readonly latest: {
    readonly id: SessionID
    readonly title: string | null
    readonly cost: number
    readonly model: string | null
    /** Tokens that the model read for the last answer. */
    readonly context: number | null
  } | null
}

/** How many messages are read from the end at first. */
const fewMessages = 32

/** Answers one question fast: of each session no more is read than today's messages, and of those no parts. */
export async function statusLine(catalog: Catalog, { project, tz }: Request<'statusLine'>): Promise<StatusLine> {
  const since = midnight(tz)
  let estimates: Estimates | undefined
  const today = { stored: 0, estimated: 0, tokens: 0 }
  for (const { id, time } of catalog.sessions({ since })) {
    for (const message of messagesSince(catalog, id, Math.max(since, time.created))) {
      const spent = spentIn(catalog, message)
      if (!spent) continue
      const { input, output, reasoning, cacheRead, cacheWrite, stored } = spent
      const tokens = input + output + reasoning + cacheRead + cacheWrite
      today.tokens += tokens
      today.stored += stored
      const { model } = readMessage(message)
      if (stored > 0 || tokens === 0 || !model) continue
      estimates ??= new Estimates(await priceLists(thisMachine()))
      const context = contextClass(input + cacheRead + cacheWrite)
      today.estimated += estimates.of(`${model.providerID}/${model.modelID}`, [{ context, ...spent }]) ?? 0
    }
  }
  const { stored, estimated, tokens } = today
  return { today: { stored: dollars(stored), estimated: dollars(estimated), tokens }, latest: await latestOf(catalog, project) }
}

async function latestOf(catalog: Catalog, directory: string | undefined): Promise<StatusLine['latest']> {
  const project = await scopeOf(catalog, directory)
  for (const session of catalog.sessions({ ...(project && { project }), roots: true })) {
    const [told] = catalog.withUsage([session])
    const answers = [...catalog.messages(session.id, { last: fewMessages, parts: false })].reverse()
    const spent = answers.map((message) => ({ message, spent: spentOn(readMessage(message), message, []) }))
    const last = spent.find((each) => each.spent && each.spent.input + each.spent.cacheRead + each.spent.cacheWrite > 0)
    const model = last ? readMessage(last.message).model : session.model
    const context = last?.spent ? last.spent.input + last.spent.cacheRead + last.spent.cacheWrite : null
    return { id: session.id, title: session.title, cost: told?.cost ?? 0, model: model?.modelID ?? null, context }
  }
  return null
}

/** The beginning of this day, in ms since the epoch. */
function midnight(tz: string | undefined): number {
  // Time zones by name take longer to load than all the rest.
  if (tz === undefined) return new Date().setHours(0, 0, 0, 0)
  const clock = new Clock(tz)
  let slot = Math.floor(Date.now() / slotMs)
  const { day } = clock.at(slot)
  while (clock.at(slot - 1).day === day) slot--
  return slot * slotMs
}

/** A session's messages since a time, without parts. */
function messagesSince(catalog: Catalog, id: SessionID, since: number): StoredMessage[] {
  for (let last = fewMessages; ; last *= 4) {
    const messages = [...catalog.messages(id, { last, parts: false })]
    const whole = messages.length < last
    if (whole || (messages[0]?.created ?? 0) < since) return messages.filter(({ created }) => (created ?? 0) >= since)
  }
}

/** What a message used; its parts are read only where it does not say so itself. */
function spentIn(catalog: Catalog, message: StoredMessage): Spent | undefined {
  const spent = spentOn(readMessage(message), message, [])
  if (!spent || Object.values(spent).some((value) => value > 0)) return spent
  for (const whole of catalog.messages(message.sessionID, { ids: [message.id] })) return spentOn(readMessage(whole), whole, [])
  return spent
}
