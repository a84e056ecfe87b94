import { canonicalJSON } from '../base/canonical-json.ts'
import { isObject, type JsonObject, numberOf, objectOf } from '../base/json.ts'
import { omit } from '../base/omit.ts'
import type { MessageV1 } from '../convert/exported.ts'
import { type Messages, StreamedMessages } from './messages.ts'
import { printsOf } from './prints.ts'
import { type Document, idOf } from './saved-document.ts'

/**
 * How one version of a session stands to another: `ahead` has all of the other and more, or newer; `behind` the reverse;
 * `diverged`, each has what the other has not.
 */
export type Relation = 'same' | 'ahead' | 'behind' | 'diverged'

interface Comparison {
  readonly relation: Relation
  /** Ids of messages. */
  readonly onlyMine: readonly string[]
  readonly onlyTheirs: readonly string[]
  readonly changed: readonly string[]
}

/** Where a session is, and what moves without anything being said or done. */
const incomparable = ['projectID', 'workspaceID', 'directory', 'path', 'slug', 'version', 'share', 'permission']

function comparableInfo(info: JsonObject): string {
  const { time, ...rest } = info
  return canonicalJSON({ ...omit(rest, incomparable), time: omit(objectOf(time), ['updated']) })
}

const updatedOf = (info: JsonObject) => numberOf(objectOf(info.time).updated) ?? 0

/** Two versions of one session, both as they would be saved. */
export function compare(mine: Document, theirs: Document): Comparison {
  const others = new Map(printsOf(theirs.messages).map((print) => [print.id, print]))
  const onlyMine: string[] = []
  const changed: string[] = []
  // An answer that one has whole and the other in part says who went on.
  let grown = 0
  for (const { id, sum, isUnfinished } of printsOf(mine.messages)) {
    const other = others.get(id)
    if (!other) onlyMine.push(id)
    else if (sum !== other.sum) {
      changed.push(id)
      grown += Number(other.isUnfinished) - Number(isUnfinished)
    }
    others.delete(id)
  }
  const onlyTheirs = [...others.keys()]
  return { relation: relationOf(), onlyMine, onlyTheirs, changed }

  function relationOf(): Relation {
    const more = onlyMine.length > 0 || grown > 0
    const less = onlyTheirs.length > 0 || grown < 0
    if (more && less) return 'diverged'
    if (more) return 'ahead'
    if (less) return 'behind'
    const sameInfo = comparableInfo(mine.info) === comparableInfo(theirs.info)
    if (changed.length === 0 && sameInfo) return 'same'
    return updatedOf(mine.info) >= updatedOf(theirs.info) ? 'ahead' : 'behind'
  }
}

/** A session of a tree decides for the tree, and two that do not agree for nobody. */
export function together(relations: readonly Relation[]): Relation {
  const told = new Set(relations.filter((relation) => relation !== 'same'))
  if (told.size === 0) return 'same'
  return told.size === 1 ? [...told][0]! : 'diverged'
}

/**
 * Theirs, with everything of mine that is the same but for what was left out of the saved version.
 * @param mine as it is stored
 * @param shown the same as it would be saved
 */
export function withOriginals(
  theirs: Document,
  mine: Document,
  shown: Document,
  local: (message: MessageV1) => MessageV1,
): Document {
  const messages = new StreamedMessages(
    () => joined(theirs.messages, mine.messages, shown.messages, local),
    theirs.messages.length,
  )
  return { info: theirs.info, messages }
}

/** Goes over both versions at once: what both have is in the same order in nearly all, so that little of mine has to wait. */
function* joined(
  theirs: Messages,
  mine: Messages,
  shown: Messages,
  local: (message: MessageV1) => MessageV1,
): Generator<MessageV1> {
  const own = new Set(printsOf(shown).map(({ id }) => id))
  const common = new Set(printsOf(theirs).flatMap(({ id }) => (own.has(id) ? [id] : [])))
  const waiting = new Map<string, readonly [MessageV1, MessageV1]>()
  const [originals, others] = [mine[Symbol.iterator](), shown[Symbol.iterator]()]
  for (const message of theirs) {
    const id = idOf(message.info)
    while (common.has(id) && !waiting.has(id)) {
      const [original, other] = [originals.next(), others.next()]
      if (original.done || other.done) break
      const place = idOf(other.value.info)
      if (common.has(place)) waiting.set(place, [original.value, other.value])
    }
    const pair = waiting.get(id)
    waiting.delete(id)
    yield pair ? original(message, ...pair, local) : local(message)
  }
  originals.return?.()
  others.return?.()
}

function original(theirs: MessageV1, mine: MessageV1, shown: MessageV1, local: (message: MessageV1) => MessageV1): MessageV1 {
  if (canonicalJSON(theirs) === canonicalJSON(shown)) return mine
  const whole = local(theirs)
  const info = canonicalJSON(theirs.info) === canonicalJSON(shown.info) ? mine.info : whole.info
  const places = new Map(shown.parts.map((part, index) => [idOf(part), index]))
  const parts = theirs.parts.map((part, index) => {
    const place = places.get(idOf(part))
    const isSame = place !== undefined && canonicalJSON(part) === canonicalJSON(shown.parts[place])
    return isSame && isObject(mine.parts[place]) ? mine.parts[place] : whole.parts[index]!
  })
  return { info, parts }
}
