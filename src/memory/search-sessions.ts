import { timeOf } from '../api/sessions.ts'
import { readMessage } from '../conversation/conversation.ts'
import type { SearchHit, SearchResult } from '../search/hits.ts'
import { unitsOf } from '../search/text/units.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import { type About, about, fitted, notice } from './answer.ts'
import { cursorAt, offsetOf } from './cursor.ts'
import { mayAnswer, quietBefore, type Recall } from './memory.ts'
import type { Answer, Asked } from './questions.ts'
import { fitToQuote, quotable, shortLine, wholeAt } from './quote.ts'

/** Bytes of an answer. */
const budget = 4096
/** Further sessions are not counted: reading what was found in each costs. */
const mostCounted = 25

type Hit = Answer<'search_sessions'>['hits'][number]

/**
 * Sessions in which something was said or done, best first, in at most 4 KB of JSON. That nothing matches is an answer.
 * @throws OcvaultError `usage` for a query or a cursor that is none
 */
export async function searchSessions(recall: Recall, input: Asked<'search_sessions'>): Promise<Answer<'search_sessions'>> {
  const from = offsetOf(input.cursor)
  const { matching, total, capped, suggestion } = await matches(recall, input, from)
  const instead = total === 0 ? await suggestion() : null
  const hits = await hitsOf(recall, matching)
  return fitted(
    hits.length,
    [320, 200, 120, 60].map((chars) => (index) => ({ ...hits[index]!, snippet: shortLine(hits[index]!.snippet, chars) })),
    (shown: readonly Hit[]) => ({
      notice,
      tier: matching[0]?.tier ?? 'exact',
      total,
      capped,
      hits: [...shown],
      instead,
      next: shown.length > 0 && (capped || from + shown.length < total) ? cursorAt(from + shown.length) : null,
    }),
    budget,
  )
}

interface Matches {
  /** The ones to be told. */
  readonly matching: readonly SearchResult[]
  readonly total: number
  readonly capped: boolean
  suggestion(): Promise<string | null>
}

/** What answers exactly, counted as far as that is cheap; where that does not fill the answer, also what is near. */
async function matches(recall: Recall, asked: Asked<'search_sessions'>, from: number): Promise<Matches> {
  const exact = await matchesOf(recall, asked, from, {})
  const wanted = from + asked.limit
  return exact.total === 0 || exact.total >= wanted ? exact : matchesOf(recall, asked, from, { limit: wanted })
}

async function matchesOf(
  recall: Recall,
  asked: Asked<'search_sessions'>,
  from: number,
  more: { readonly limit?: number },
): Promise<Matches> {
  const { query, project, since, role, tool, path, limit, includeActive } = asked
  const untils = [quietBefore(recall, includeActive), asked.until && timeOf(asked.until)].filter(
    (time) => typeof time === 'number',
  )
  const request = {
    query,
    ...(project === undefined ? { here: recall.here } : { project }),
    ...(since !== undefined && { since }),
    ...(untils.length > 0 && { until: Math.min(...untils) }),
    ...(role && { role: [role] }),
    ...(tool && { tool: [tool] }),
    ...(path && { paths: [path] }),
    ...more,
  }
  const found = await recall.search(request)
  const most = Math.max(mostCounted, from + limit)
  const matching: SearchResult[] = []
  let total = 0
  let capped = false
  for await (const result of found.results) {
    if (!mayAnswer(recall, result.session, includeActive)) continue
    if (total === most) {
      capped = true
      break
    }
    if (total >= from && matching.length < limit) matching.push(result)
    total++
  }
  return { matching, total, capped: capped || total === more.limit, suggestion: () => found.suggestion() }
}

/** The hit that says most to a reader: a title stands in the answer anyway. */
const bestOf = ({ hits }: SearchResult): SearchHit | undefined => hits.find(({ messageID }) => messageID !== null) ?? hits[0]

async function hitsOf(recall: Recall, results: readonly SearchResult[]): Promise<Hit[]> {
  const sessions = await about(
    recall,
    results.map((result) => {
      const best = bestOf(result)
      return (best && recall.catalog.session(best.sessionID)) ?? result.session
    }),
  )
  const snippets = await snippetsOf(recall, results)
  return results.map((result, index) => hitOf(sessions[index]!, result, snippets[index]!))
}

function hitOf(session: About, result: SearchResult, snippet: string): Hit {
  const { hits, total } = result
  const inside = hits.filter(({ sessionID, messageID }) => sessionID === session.session && messageID !== null)
  const inOrder = inside.toSorted((a, b) => (a.time ?? 0) - (b.time ?? 0))
  const [first, last] = [inOrder[0]?.messageID, inOrder.at(-1)?.messageID]
  return {
    ...session,
    message: bestOf(result)?.messageID ?? null,
    range: first && last ? [first, last] : null,
    snippet,
    why: `${result.tier === 'exact' ? '' : `${result.tier}: `}${whyOf(bestOf(result), total)}`,
  }
}

/** `jwt, expiry in an answer; 7 parts of the session match`. */
function whyOf(best: SearchHit | undefined, total: number): string {
  if (!best) return ''
  const place = best.tool === null ? best.field : `${best.field} of ${best.tool}`
  const words = best.terms.length > 0 ? `${best.terms.join(', ')} in ${place}` : place
  return shortLine(`${words}; ${total} part${total === 1 ? '' : 's'} of the session match${total === 1 ? 'es' : ''}`, 160)
}

/** So far around a snippet secrets are looked for: a key is no longer. */
const marginChars = 4000

/** What the best hits say, without secrets, also those of which the snippet holds a part. */
async function snippetsOf({ catalog, redact }: Recall, results: readonly SearchResult[]): Promise<string[]> {
  const windows = results.map((result) => {
    const best = bestOf(result)
    return best ? windowOf(catalog, best) : { text: '', start: 0, end: 0 }
  })
  const texts = await quotable(
    windows.map(({ text }) => text),
    redact,
  )
  return windows.map(({ start, end }, index) => {
    const { text, piece } = texts[index]!
    const said = shortLine(piece(wholeAt(text, start), wholeAt(text, end)), Number.POSITIVE_INFINITY)
    return `${start > 0 ? '…' : ''}${said}${end < text.length ? '…' : ''}`
  })
}

/** The text that a snippet was cut from, as far as it matters, and where in it the snippet stands. */
function windowOf(catalog: Catalog, best: SearchHit): { text: string; start: number; end: number } {
  const bare = best.snippet.replace(/^…|…$/g, '')
  const whole = { text: fitToQuote(bare), start: 0, end: fitToQuote(bare).length }
  if (best.messageID === null) return whole
  for (const stored of catalog.messages(best.sessionID, { ids: [best.messageID] })) {
    const unit = unitsOf(readMessage(stored)).find(({ partID }) => partID === best.partID)
    const text = unit?.segments.find(({ field }) => field === best.field)?.text ?? ''
    const found = withAnyGaps(bare).exec(text)
    if (!found) continue
    const end = found.index + found[0].length
    const before = fitToQuote(text.slice(Math.max(0, found.index - marginChars), found.index))
    const said = fitToQuote(found[0])
    const after = fitToQuote(text.slice(end, end + marginChars))
    return { text: before + said + after, start: before.length, end: before.length + said.length }
  }
  return whole
}

/** A snippet has one blank where the text may have any gap. */
const withAnyGaps = (snippet: string): RegExp =>
  new RegExp(
    snippet
      .split(' ')
      .map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
      .join('\\s+'),
  )
