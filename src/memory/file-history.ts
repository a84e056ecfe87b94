import { OcvaultError } from '../base/errors.ts'
import { readMessage } from '../conversation/conversation.ts'
import type { MessageID, SessionID } from '../opencode/ids.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import { about, fitted, notice, whenOf } from './answer.ts'
import { mayAnswer, quietBefore, type Recall } from './memory.ts'
import type { Answer, Asked } from './questions.ts'
import { quoted, shortLine } from './quote.ts'
import { AskedPath, type How, touchesIn } from './touch.ts'

/** Bytes of an answer. */
const budget = 4096
/** Sessions that are read: in many a path stands in nothing but a listing. */
const sessionsRead = 60
/** Calls that are told of each session. */
const callsTold = 6

type Hit = Answer<'file_history'>['hits'][number]

/** What a session did with a file. */
interface Handled {
  readonly session: Session
  readonly changed: number
  readonly read: number
  /** Changes before all else, the last ones; in order. */
  readonly calls: readonly Told[]
}

interface Told {
  readonly messageID: MessageID
  readonly time: number | null
  readonly how: How
  readonly line: string
}

/**
 * Which sessions read or changed a file or folder, and by which calls; those that worked on it last come first.
 * @throws OcvaultError `usage` for a path of nothing but signs
 */
export async function fileHistory(
  recall: Recall,
  { path, project, limit, includeActive }: Asked<'file_history'>,
): Promise<Answer<'file_history'>> {
  const wanted = new AskedPath(path)
  if (wanted.words === '') throw new OcvaultError('usage', `no path: ${JSON.stringify(path.slice(0, 100))}`)
  const until = quietBefore(recall, includeActive)
  const found = await recall.search({
    query: `"${wanted.words}"`,
    in: ['paths', 'tools'],
    tier: 'exact',
    sort: 'newest',
    ...(project !== undefined && { project }),
    ...(until !== undefined && { until }),
  })
  const handled: Handled[] = []
  let looked = 0
  let capped = false
  for await (const { session } of found.results) {
    if (handled.length === limit || looked === sessionsRead) {
      capped = true
      break
    }
    if (!mayAnswer(recall, session, includeActive)) continue
    looked++
    for (const [each] of recall.catalog.tree(session)) {
      const done = handledIn(recall.catalog, each, wanted)
      if (done) handled.push(done)
    }
  }
  return told(recall, handled.slice(0, limit), capped || handled.length > limit)
}

function handledIn(catalog: Catalog, session: Session, wanted: AskedPath): Handled | null {
  const calls: Told[] = []
  for (const stored of catalog.messages(session.id as SessionID, { wanted: (json) => wanted.mayStandIn(json) })) {
    const message = readMessage(stored)
    for (const { how, line } of touchesIn(message, wanted))
      calls.push({ messageID: message.id, time: message.time.created, how, line })
  }
  if (calls.length === 0) return null
  const changes = calls.filter(({ how }) => how === 'changed')
  const others = calls.filter(({ how }) => how !== 'changed')
  const shown = new Set(
    [...changes.slice(-callsTold), ...others.slice(-Math.max(0, callsTold - changes.length) || others.length)].slice(
      0,
      callsTold,
    ),
  )
  return {
    session,
    changed: changes.length,
    read: calls.filter(({ how }) => how === 'read').length,
    calls: calls.filter((each) => shown.has(each)),
  }
}

async function told(recall: Recall, handled: readonly Handled[], capped: boolean): Promise<Answer<'file_history'>> {
  const sessions = await about(
    recall,
    handled.map(({ session }) => session),
  )
  const lines = await quoted(
    handled.flatMap(({ calls }) => calls.map(({ line }) => line)),
    recall.redact,
  )
  let at = 0
  const hits = handled.map(({ changed, read, calls }, index): Hit => {
    const own = calls.map(({ messageID, time, how }) => ({ message: messageID, when: whenOf(time), how, call: lines[at++]! }))
    return { ...sessions[index]!, changed, read, calls: own }
  })
  const form = (count: number, chars: number) => (index: number) => {
    const each = hits[index]!
    return { ...each, calls: each.calls.slice(-count).map((one) => ({ ...one, call: shortLine(one.call, chars) })) }
  }
  return fitted(
    hits.length,
    [form(callsTold, 160), form(callsTold, 80), form(3, 80), form(1, 60)],
    (shown: readonly Hit[]) => ({
      notice,
      total: handled.length,
      capped: capped || shown.length < handled.length,
      hits: [...shown],
    }),
    budget,
  )
}
