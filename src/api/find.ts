import { readMessage } from '../conversation/conversation.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import { escaped, type Range } from '../search/text/match.ts'
import { unitsOf } from '../search/text/units.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'

/** A message in which a text stands. */
export interface Found {
  readonly messageID: MessageID
  /** How often, in everything that the message says and did. */
  readonly count: number
  /** The text around the first place, on one line. */
  readonly snippet: string
  /** Where the text stands in it. */
  readonly mark: Range
}

/** Characters of a snippet before what was found, and after. */
const around = { before: 40, after: 90 }

/** After so many messages others get a turn. */
const slice = 50

/**
 * Every message of a session in which a text stands as it was typed, in any case: what a browser finds in a page, over all of a
 * conversation and in what is folded, too. For words and filters there is the search.
 */
export async function* findInSession(catalog: Catalog, id: SessionID, text: string): AsyncGenerator<Found, void, void> {
  const wanted = new RegExp(escaped(text), 'gi')
  const inJSON = /^[\w .,:;-]+$/.test(text) ? new RegExp(escaped(text), 'i') : undefined
  let looked = 0
  for (const stored of catalog.messages(id, inJSON ? { wanted: (json) => inJSON.test(json) || json.includes('\\u') } : {})) {
    if (++looked % slice === 0) await new Promise(setImmediate)
    const texts = unitsOf(readMessage(stored)).flatMap(({ segments }) => segments.map((segment) => segment.text))
    const found = texts.map((each) => ({ each, places: [...each.matchAll(wanted)] })).filter(({ places }) => places.length > 0)
    const [first] = found
    if (!first) continue
    const count = found.reduce((sum, { places }) => sum + places.length, 0)
    yield { messageID: stored.id, count, ...snippetAt(first.each, first.places[0]!.index, text.length) }
  }
}

function snippetAt(text: string, at: number, length: number): Pick<Found, 'snippet' | 'mark'> {
  const line = (piece: string) => piece.toWellFormed().replace(/\s+/g, ' ')
  const from = Math.max(0, at - around.before)
  const to = Math.min(text.length, at + length + around.after)
  const before = `${from > 0 ? '…' : ''}${line(text.slice(from, at))}`.trimStart()
  const found = line(text.slice(at, at + length))
  const after = `${line(text.slice(at + length, to))}${to < text.length ? '…' : ''}`.trimEnd()
  return { snippet: `${before}${found}${after}`, mark: [before.length, before.length + found.length] }
}
