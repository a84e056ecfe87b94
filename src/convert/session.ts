import { isObject, type JsonObject, objectOf } from '../base/json.ts'
import { importableSession } from './importable/session.ts'
import { keep, keptIn, withoutKept } from './kept.ts'
import { applyPatch, diff, own } from './patch.ts'

const defined = (object: JsonObject) => own(Object.entries(object).filter(([, value]) => value !== undefined))

/** A session object of 1.x in the words of 2.x. */
function naturalV2(info: JsonObject): JsonObject {
  const { id, parentID, projectID, agent, model, cost, tokens, time, title, directory, workspaceID, path, metadata } = info
  const { created, updated, archived } = objectOf(time)
  const { input, output, reasoning, cache } = objectOf(tokens)
  const { read, write } = objectOf(cache)
  return defined({
    id,
    parentID,
    projectID,
    agent,
    model,
    cost: cost ?? 0,
    tokens: { input: input ?? 0, output: output ?? 0, reasoning: reasoning ?? 0, cache: { read: read ?? 0, write: write ?? 0 } },
    time: defined({ created, updated, archived }),
    title,
    location: defined({ directory, workspaceID }),
    subpath: path,
    metadata: isObject(metadata) ? metadata : undefined,
  })
}

/** A session object of 2.x in the words of 1.x. */
function naturalV1(info: JsonObject): JsonObject {
  const { id, projectID, location, subpath, parentID, title, agent, model, cost, tokens, metadata, time } = info
  const { directory, workspaceID } = objectOf(location)
  const { created, updated, archived } = objectOf(time)
  return defined({
    id,
    slug: '',
    projectID,
    workspaceID,
    directory,
    path: subpath,
    parentID,
    title: title ?? '',
    agent,
    model,
    version: '',
    cost: cost ?? undefined,
    tokens,
    metadata,
    time: defined({ created, updated, archived }),
  })
}

/** The session object of 2.x for one of 1.x that `opencode import` takes; what 2.x has no place for is kept in `metadata`. */
export function sessionV2(info: JsonObject): JsonObject {
  const plain = withoutKept(info, 'v2')
  const session = applyPatch(naturalV2(plain), keptIn(info).v2)
  return keep(session, { v1: diff(naturalV1(session), plain) })
}

/** The session object of 1.x for one of 2.x; what 1.x has no place for is kept in `metadata`. */
export function sessionV1(info: JsonObject): JsonObject {
  const plain = withoutKept(info, 'v1')
  const session = importableSession(applyPatch(naturalV1(plain), keptIn(info).v1))
  return keep(session, { v2: diff(naturalV2(session), plain) })
}
