import { readMessage } from '../../conversation/conversation.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { mayAnswer, quietBefore, type Recall } from '../memory.ts'
import { type Call, callsIn } from './call.ts'
import { type Cure, cureOf } from './cure.ts'
import { likeness, type Signature, signatureOf } from './signature.ts'

/** Sessions that are read for such an error. */
const sessionsRead = 25
/** Words that sessions are looked for by. */
const wordsSearched = 12
/** Less of an error than this is another one. */
const leastLikeness = 0.4
/** Messages after an error in which its cure is looked for. */
const messagesAfter = 300
const batch = 25
/** What an error without a cure is worth beside one with. */
const uncured = 0.5

/** A call that failed with such an error. */
interface Occurrence {
  readonly session: Session
  readonly call: Call
  readonly signature: Signature
}

/** The same with what made it go away. */
export interface Ranked extends Occurrence {
  readonly likeness: number
  readonly cure: Cure | null
}

interface Asked {
  readonly project: string | undefined
  readonly limit: number
  readonly includeActive: boolean | undefined
}

/** Where such an error stood, one call for each session: the most alike first, those that went away before those that did not. */
export async function occurrencesOf(recall: Recall, signature: Signature, asked: Asked): Promise<Ranked[]> {
  const found: Occurrence[] = []
  for (const session of await suspects(recall, signature, asked)) {
    recall.signal?.throwIfAborted()
    for (const [each] of recall.catalog.tree(session)) found.push(...occurrencesIn(recall.catalog, each, signature))
  }
  return cured(recall, signature, found, asked.limit)
}

/** Sessions in whose tool calls the most telling words of an error stand. */
async function suspects(recall: Recall, signature: Signature, { project, includeActive }: Asked): Promise<Session[]> {
  const words = [...signature].sort(([a, x], [b, y]) => y - x || b.length - a.length).slice(0, wordsSearched)
  if (words.length === 0) return []
  const until = quietBefore(recall, includeActive)
  const found = await recall.search({
    query: words.map(([word]) => `"${word}"`).join(' OR '),
    in: ['tools'],
    tier: 'exact',
    ...(project === undefined ? { here: recall.here } : { project }),
    ...(until !== undefined && { until }),
    limit: 2 * sessionsRead,
  })
  const sessions: Session[] = []
  for await (const { session } of found.results) {
    if (mayAnswer(recall, session, includeActive)) sessions.push(session)
    if (sessions.length === sessionsRead) break
  }
  return sessions
}

/** The failed calls of a session whose output shares a word with the error. */
function occurrencesIn(catalog: Catalog, session: Session, asked: Signature): Occurrence[] {
  const words = [...asked].sort(([, x], [, y]) => y - x).map(([word]) => word)
  const pattern = new RegExp(words.slice(0, wordsSearched).map(escaped).join('|'), 'i')
  const found: Occurrence[] = []
  for (const stored of catalog.messages(session.id, { wanted: (json) => pattern.test(json) })) {
    for (const call of callsIn(readMessage(stored))) {
      if (call.failed && pattern.test(call.output)) found.push({ session, call, signature: signatureOf(call.output) })
    }
  }
  return found
}

const escaped = (word: string) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** The most alike occurrence of each session, the best first; those that went away before those that did not. */
async function cured(recall: Recall, asked: Signature, found: readonly Occurrence[], limit: number): Promise<Ranked[]> {
  const rarity = rarityIn(found)
  const bySession = new Map<string, Occurrence & { likeness: number }>()
  for (const each of found) {
    const alike = { ...each, likeness: likeness(asked, each.signature, rarity) }
    // Of equal ones the last: what came after it made it go away.
    if (alike.likeness >= leastLikeness && alike.likeness >= (bySession.get(each.session.id)?.likeness ?? 0))
      bySession.set(each.session.id, alike)
  }
  const best = [...bySession.values()].sort((a, b) => b.likeness - a.likeness).slice(0, 3 * limit)
  const ranked: Ranked[] = []
  for (const each of best) ranked.push({ ...each, cure: await cureOf(each.call, callsAfter(recall.catalog, each)) })
  const worth = ({ likeness, cure }: Ranked) => likeness * (cure ? 1 : uncured)
  return ranked.sort((a, b) => worth(b) - worth(a) || b.session.time.updated - a.session.time.updated).slice(0, limit)
}

/** Words that every error has tell little, and so do those that none has: they cannot tell one from another. */
function rarityIn(found: readonly Occurrence[]): (word: string) => number {
  const counts = new Map<string, number>()
  for (const { signature } of found) for (const word of signature.keys()) counts.set(word, (counts.get(word) ?? 0) + 1)
  return (word) => {
    const count = counts.get(word)
    return count === undefined ? 1 : Math.log(1 + (found.length + 1) / (count + 0.5))
  }
}

/** The calls after one, read as they are asked for. */
function* callsAfter(catalog: Catalog, { session, call }: Occurrence): Iterable<Call> {
  const ids = Array.from(catalog.messages(session.id, { parts: false }), ({ id }) => id)
  const at = ids.indexOf(call.messageID)
  let begun = false
  for (let from = at; from < Math.min(ids.length, at + messagesAfter); from += batch) {
    for (const stored of catalog.messages(session.id, { ids: ids.slice(from, from + batch) })) {
      for (const each of callsIn(readMessage(stored))) {
        if (begun) yield each
        else begun = each.part.id === call.part.id
      }
    }
  }
}
