import type { Kind, Role } from '../conversation/message.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { around, type HitContext } from './context.ts'
import { type Hit, hitsShown } from './evidence.ts'
import type { Group } from './order.ts'
import type { Field, Term } from './query.ts'
import type { Score } from './rank.ts'
import type { Found } from './source.ts'
import type { Matcher, Range } from './text/match.ts'
import { searchable, segmentsByWeight } from './text/searchable.ts'
import { snippetOf } from './text/snippet.ts'
import type { Tier } from './tier.ts'

export interface SearchHit {
  readonly sessionID: SessionID
  /** Null for the title. */
  readonly messageID: MessageID | null
  readonly partID: string | null
  readonly role: Role | null
  readonly kind: Kind | null
  /** Type of the part. */
  readonly type: string
  readonly field: Field
  readonly tool: string | null
  /** When the message was created, in ms since the epoch. */
  readonly time: number | null
  readonly snippet: string
  /** Where the words stand in the snippet. */
  readonly marks: readonly Range[]
  /** Score of the session that the hit is in. */
  readonly score: number
  /** The words that this part holds, as they were typed. */
  readonly terms: readonly string[]
  readonly context: HitContext | null
  /** The first and the last message of its turn, from what the user said to the end of the answer; null for the title. */
  readonly range: readonly [first: MessageID, last: MessageID] | null
}

/** A word that was typed, and what was found for it. */
export interface NearWord {
  readonly typed: string
  readonly found: string
}

/** A root session with what was found in it and in its subagents. */
export interface SearchResult {
  readonly session: Session
  /** Up to three, the best first. */
  readonly hits: readonly SearchHit[]
  /** How many parts answer. */
  readonly total: number
  readonly score: Score
  /** How near the answer is to what was typed. */
  readonly tier: Tier
  /** Words that stand in the hits instead of those that were typed. */
  readonly near: readonly NearWord[]
}

/** What a group shows: its best hits, each read from its store. */
export function resultOf(
  catalog: Catalog,
  group: Group,
  tier: Tier,
  matchers: readonly Matcher[],
  context: number,
): SearchResult {
  const members = [...group.found.values()].sort(
    (a, b) => b.score.score - a.score.score || b.found.updated - a.found.updated || (a.found.id < b.found.id ? -1 : 1),
  )
  const best = members[0]!
  const chosen = members.flatMap((member) => member.found.evidence.best.map((hit) => ({ ...member, hit }))).slice(0, hitsShown)
  const hits: SearchHit[] = []
  for (const { found } of members) {
    const mine = chosen.filter((one) => one.found === found)
    if (mine.length > 0) hits.push(...hitsIn(catalog, found, mine, matchers, context))
  }
  // The root may be gone, as when a parent was deleted by hand: then the session stands for itself.
  const session = catalog.session(group.root) ?? catalog.session(best.found.id)!
  const total = members.reduce((sum, { found }) => sum + found.evidence.total, 0)
  return { session, hits, total, score: best.score, tier, near: nearIn(hits, matchers) }
}

/** What stands in hits for words that were typed otherwise, each once. */
function nearIn(hits: readonly SearchHit[], matchers: readonly Matcher[]): NearWord[] {
  const shown = new Set(hits.flatMap(({ terms }) => terms))
  return matchers.flatMap(({ term: { typed, near } }) => {
    // A piece of a name is the name as it was typed, only not all of it.
    const isOther = near && shown.has(typed) && !near.typed.toLowerCase().includes(typed)
    return isOther ? [{ typed: near.typed, found: typed }] : []
  })
}

function hitsIn(
  catalog: Catalog,
  found: Found,
  chosen: readonly { readonly hit: Hit; readonly score: Score }[],
  matchers: readonly Matcher[],
  context: number,
): SearchHit[] {
  const places = chosen.map(({ hit }) => found.locate(hit.unit))
  const ids = [...new Set(places.flatMap((place) => (place ? [place.messageID] : [])))]
  const messages = new Map(
    (ids.length > 0 ? [...found.store.messages(found.id, { ids })].map(searchable) : []).map((content) => [
      content.message.id,
      content,
    ]),
  )
  return chosen.flatMap(({ score }, at): SearchHit[] => {
    const place = places[at] ?? null
    if (place === null) {
      const title = catalog.session(found.id)?.title ?? ''
      const nothing = {
        messageID: null,
        partID: null,
        role: null,
        kind: null,
        tool: null,
        time: null,
        context: null,
        range: null,
      }
      return [
        {
          sessionID: found.id,
          ...nothing,
          type: 'title',
          field: 'title',
          ...shown(title, matchers, 'title'),
          score: score.score,
        },
      ]
    }
    const content = messages.get(place.messageID)
    const unit = content?.units[place.unit]
    if (!content || !unit) return [] // deleted or rewritten since
    const { message } = content
    const segments = segmentsByWeight(unit)
    const segment =
      segments.find(({ field, text }) => matchers.some((matcher) => allows(matcher.term, field) && matcher.test(text))) ??
      segments[0]!
    return [
      {
        sessionID: found.id,
        messageID: message.id,
        partID: unit.partID,
        role: message.role,
        kind: message.kind,
        type: unit.type,
        field: segment.field,
        tool: unit.tool,
        time: message.time.created,
        ...shown(segment.text, matchers, segment.field),
        score: score.score,
        context: context > 0 ? around(found, message.id, context) : null,
        range: place.turn,
      },
    ]
  })
}

const allows = ({ fields }: Term, field: Field) => fields === null || fields.has(field)

function shown(text: string, matchers: readonly Matcher[], field: Field): Pick<SearchHit, 'snippet' | 'marks' | 'terms'> {
  const here = matchers.filter((matcher) => allows(matcher.term, field) && matcher.test(text))
  const { text: snippet, marks } = snippetOf(text, here)
  return { snippet, marks, terms: here.map(({ term }) => term.typed).filter((typed) => typed !== '') }
}
