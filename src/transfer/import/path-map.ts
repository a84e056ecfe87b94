import { isObject, type JsonObject, objectOf } from '../../base/json.ts'
import { pathBelow } from '../../opencode/directories.ts'
import type { StoredMessage, StoredSession } from '../../stores/store.ts'

/** Rewrites a path, if it is one that was moved. */
export type PathMap = (path: string) => string

/** @param pairs the old directory and the new one, the first that fits counts */
export function pathMap(pairs: readonly (readonly [string, string])[]): PathMap {
  return (path) => {
    for (const [from, to] of pairs) {
      const rest = pathBelow(from, path)
      if (rest === undefined) continue
      const joined = `${to.replace(/[/\\]+$/, '')}${rest}` || '/'
      return /^[A-Za-z]:\\/.test(to) ? joined.replaceAll('/', '\\') : joined
    }
    return path
  }
}

/** A session with the directories that it ran in rewritten, and nothing of what was said. */
export function mapSession(session: StoredSession, map: PathMap): StoredSession {
  const { info, messages } = session
  const moved = { ...mapFields(info, ['directory'], map), ...mapInside(info, 'location', ['directory'], map) }
  return {
    ...session,
    info: moved,
    messages: { [Symbol.iterator]: () => Iterator.from(messages).map((each) => mapMessage(each, map)) },
  }
}

/** The `path` of an answer of 1.x (`cwd`, `root`), that of 0.1 in `metadata.assistant`, and the directories of a move in 2.x. */
function mapMessage(message: StoredMessage, map: PathMap): StoredMessage {
  const { info, shape, type } = message
  if (shape === 'v1') return { ...message, info: { ...info, ...mapInside(info, 'path', ['cwd', 'root'], map) } }
  if (shape === 'legacy') {
    const metadata = objectOf(info.metadata)
    if (!isObject(metadata.assistant)) return message
    const assistant = { ...metadata.assistant, ...mapInside(metadata.assistant, 'path', ['cwd', 'root'], map) }
    return { ...message, info: { ...info, metadata: { ...metadata, assistant } } }
  }
  if (type !== 'location-switched') return message
  const moved = { ...mapInside(info, 'location', ['directory'], map), ...mapInside(info, 'previous', ['directory'], map) }
  return { ...message, info: { ...info, ...moved } }
}

function mapInside(object: JsonObject, key: string, fields: readonly string[], map: PathMap): JsonObject {
  const inner = object[key]
  return isObject(inner) ? { [key]: mapFields(inner, fields, map) } : {}
}

function mapFields(object: JsonObject, fields: readonly string[], map: PathMap): JsonObject {
  const mapped = fields.flatMap((field) => {
    const value = object[field]
    return typeof value === 'string' ? [[field, map(value)]] : []
  })
  return { ...object, ...Object.fromEntries(mapped) }
}
