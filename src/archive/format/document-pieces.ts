import { isObject, type JsonObject, objectOf } from '../../base/json.ts'
import { JsonBytes, LazyList, type Span } from '../../base/json-bytes.ts'
import { messageKey, messageObjects, partKey, sessionObject } from './records.ts'

/** What a document consists of; undefined where it is not there, or is something else. */
interface Pieces {
  readonly info: unknown
  readonly messages: Iterable<unknown> | undefined
  readonly ocvault:
    | ({
        readonly [key in 'version' | 'id' | 'kind' | 'shape' | 'files' | 'blobs']: unknown
      } & { readonly [key in 'records' | 'project']: Iterable<unknown> | undefined })
    | undefined
  readonly objects: (info: JsonObject, shape: 'v1' | 'v2') => (key: string) => JsonObject | undefined
}

const listIn = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined)

/** A document that is parsed at once. */
export function parsed(bytes: Uint8Array): Pieces {
  const value = objectOf(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()))
  const { version, id, kind, shape, files, blobs, records, project } = objectOf(value.ocvault)
  const messages = listIn(value.messages)
  return {
    info: value.info,
    messages,
    ocvault: isObject(value.ocvault)
      ? { version, id, kind, shape, files, blobs, records: listIn(records), project: listIn(project) }
      : undefined,
    objects(info, of) {
      const objects = new Map<string, JsonObject>([sessionObject(info)])
      for (const message of messages ?? []) {
        for (const [key, object] of messageObjects(message, of)) if (!objects.has(key)) objects.set(key, object)
      }
      return (key) => objects.get(key)
    },
  }
}

/**
 * A document that is parsed where it is asked for something.
 * @param readable names the document in the error when something that is read later is damaged
 */
export function sliced(bytes: Uint8Array, readable: <T>(read: () => T) => T): Pieces {
  const json = new JsonBytes(bytes)
  const parse = (place: Span | undefined) => (place ? readable(() => json.parse(place)) : undefined)
  const members = (place: Span | undefined) => (place ? readable(() => json.object(place)) : new Map<string, Span>())
  const lazily = (place: Span | undefined, each: (item: Span) => unknown): Iterable<unknown> | undefined => {
    if (!place || !json.isList(place)) return undefined
    return readable(() => new LazyList(json.items(place), each))
  }
  const document = members(json.whole)
  const own = document.get('ocvault')
  const about = members(own)
  const group = (place: Span): unknown => {
    const keys = members(place)
    const rows = lazily(keys.get('rows'), parse)
    return rows ? { table: parse(keys.get('table')), columns: parse(keys.get('columns')), rows } : parse(place)
  }
  const keys = ['version', 'id', 'kind', 'shape', 'files', 'blobs']
  const [version, id, kind, shape, files, blobs] = keys.map((key) => parse(about.get(key)))
  const messages = document.get('messages')
  return {
    info: parse(document.get('info')),
    messages: lazily(messages, parse),
    ocvault:
      own && json.isObject(own)
        ? {
            version,
            id,
            kind,
            shape,
            files,
            blobs,
            records: lazily(about.get('records'), group),
            project: lazily(about.get('project'), group),
          }
        : undefined,
    objects(info, of) {
      const places = new Map<string, Span>()
      const idIn = (place: Span) => parse(members(place).get('id'))
      const add = (key: string, place: Span) => {
        if (!places.has(key)) places.set(key, place)
      }
      for (const message of messages ? readable(() => [...json.items(messages)]) : []) {
        if (of === 'v2') {
          add(messageKey(idIn(message)), message)
          continue
        }
        const { info: head, parts } = Object.fromEntries(members(message))
        if (!head || !json.isObject(head)) continue
        const messageID = idIn(head)
        add(messageKey(messageID), head)
        for (const part of parts ? readable(() => [...json.items(parts)]) : []) {
          if (json.isObject(part)) add(partKey(messageID, idIn(part)), part)
        }
      }
      const [sessionKey] = sessionObject(info)
      return (key) => {
        if (key === sessionKey) return info
        const value = parse(places.get(key))
        return isObject(value) ? value : undefined
      }
    },
  }
}
