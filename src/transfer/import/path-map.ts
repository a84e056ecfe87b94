import { pathBelow } from '../../opencode/directories.ts'
import type { StoredMessage, StoredSession } from '../../stores/store.ts'
import { directoriesIn, directoriesOfMessage, mapTexts, rulesFor } from '../edit/json-places.ts'

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
  return {
    ...session,
    info: mapTexts(info, rulesFor(directoriesIn.session, map)),
    messages: { [Symbol.iterator]: () => Iterator.from(messages).map((each) => mapMessage(each, map)) },
  }
}

function mapMessage(message: StoredMessage, map: PathMap): StoredMessage {
  const pointers = directoriesOfMessage(message.shape, message.type)
  const info = mapTexts(message.info, rulesFor(pointers, map))
  const parts = message.parts.map((part) =>
    part.data.type === 'patch' ? { ...part, data: mapTexts(part.data, rulesFor(directoriesIn.patch, map)) } : part,
  )
  return { ...message, info, parts }
}
