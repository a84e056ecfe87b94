import { omit } from '../../base/omit.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { Group } from '../order.ts'
import type { Query } from '../query.ts'
import { judged, raritiesOf, termsIn, usage } from './rank.ts'
import { type Mention, type Survey, type Surveyor, surveyOf } from './survey.ts'

/** Sessions are looked for by so many of the rarest words that no more sessions than this hold one. */
const sessionsLookedAt = 2000
/** Of those, the ones that use these words best are read for all words. */
const sessionsRead = 100

/**
 * Groups of sessions that hold some of the words, in no order. What is looked at depends on nothing but how all sessions use the
 * words, so that every source gives the same.
 */
export async function relatedTo(
  query: Query,
  surveyors: readonly Surveyor[],
  now: number,
  signal?: AbortSignal,
): Promise<Group[]> {
  const survey = surveyOf(await Promise.all(surveyors.map((surveyor) => surveyor.survey())))
  const rarities = raritiesOf(survey)
  const terms = termsIn(query)
  signal?.throwIfAborted()
  const telling = tellingClauses(survey)
  const mentions = (await Promise.all(surveyors.map((surveyor) => surveyor.mentions(telling)))).flat()
  signal?.throwIfAborted()
  const scored = mentions.map((mention) => ({ mention, score: usage(mention.counts, mention.messages, terms, rarities) }))
  scored.sort((a, b) => b.score - a.score || comesAfter(a.mention, b.mention))
  const chosen = new Set(scored.slice(0, sessionsRead).map(({ mention }) => mention.id))
  const groups = new Map<SessionID, Group>()
  for (const surveyor of surveyors) {
    for (const session of await surveyor.read(chosen)) {
      signal?.throwIfAborted()
      const { evidence, score } = judged(session, terms, rarities, now)
      const found = omit(session, ['hits'])
      const group = groups.get(session.rootID) ?? { root: session.rootID, found: new Map() }
      groups.set(session.rootID, group)
      group.found.set(session.id, { found: { ...found, evidence }, score })
    }
  }
  return [...groups.values()]
}

const comesAfter = (a: Mention, b: Mention) => b.updated - a.updated || (a.id < b.id ? -1 : 1)

/** The clauses that sessions are looked for by: the rarest one, and further ones as long as not too many sessions hold them. */
function tellingClauses({ holding }: Survey): ReadonlySet<number> {
  const byRarity = holding.map((count, clause) => ({ count, clause })).filter(({ count }) => count > 0)
  byRarity.sort((a, b) => a.count - b.count || a.clause - b.clause)
  const telling = new Set<number>()
  let sum = 0
  for (const { count, clause } of byRarity) {
    sum += count
    if (telling.size > 0 && sum > sessionsLookedAt) break
    telling.add(clause)
  }
  return telling
}
