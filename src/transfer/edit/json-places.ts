import { isUtf8 } from 'node:buffer'
import { isObject, type JsonObject } from '../../base/json.ts'
import { JsonBytes, type Span } from '../../base/json-bytes.ts'

/** The way to a value in a JSON object: names of members, `*` for each item of a list. */
export type Pointer = readonly string[]

/** What becomes of the text at the end of a way; the same text where nothing does. */
export type TextMap = (text: string) => string

/** A text in a JSON object and what becomes of it. */
export interface JsonRule {
  readonly pointer: Pointer
  readonly map: TextMap
}

/** Where OpenCode's records name the directories that a session ran in. What was said stands elsewhere, and stays. */
export const directoriesIn = {
  /** A session of 1.x, and one of 2.x as it is exported. */
  session: [['directory'], ['location', 'directory']],
  /** An answer of 1.x. */
  message: [
    ['path', 'cwd'],
    ['path', 'root'],
  ],
  /** An answer of 0.1. */
  legacy: [
    ['metadata', 'assistant', 'path', 'cwd'],
    ['metadata', 'assistant', 'path', 'root'],
  ],
  /** Of a part of the type `patch`: the files that an undo puts back (seen with 1.18.33). */
  patch: [['files', '*']],
  /** A message of 2.x of the type `location-switched`. */
  locationSwitched: [
    ['location', 'directory'],
    ['previous', 'directory'],
  ],
  /** An answer of 2.x. */
  answer: [['snapshot', 'files', '*']],
} as const satisfies Record<string, readonly Pointer[]>

/** The ways to directories in a message. @param type of one of 2.x */
export function directoriesOfMessage(shape: 'v1' | 'v2' | 'legacy', type: string | null): readonly Pointer[] {
  if (shape === 'v1') return directoriesIn.message
  if (shape === 'legacy') return directoriesIn.legacy
  return type === 'location-switched' ? directoriesIn.locationSwitched : type === 'assistant' ? directoriesIn.answer : []
}

/** One rule for several ways. */
export const rulesFor = (pointers: readonly Pointer[], map: TextMap): JsonRule[] => pointers.map((pointer) => ({ pointer, map }))

/** The object with the texts at the ends of these ways mapped; what does not change is the same object. */
export function mapTexts(object: JsonObject, rules: readonly JsonRule[]): JsonObject {
  return rules.reduce((value, { pointer, map }) => mapAt(value, pointer, map) as JsonObject, object)
}

function mapAt(value: unknown, pointer: Pointer, map: TextMap): unknown {
  const [name, ...rest] = pointer
  if (name === undefined) return typeof value === 'string' ? map(value) : value
  if (name === '*') {
    if (!Array.isArray(value)) return value
    const items = value.map((item) => mapAt(item, rest, map))
    return items.some((item, at) => item !== value[at]) ? items : value
  }
  if (!isObject(value) || !Object.hasOwn(value, name)) return value
  const inner = mapAt(value[name], rest, map)
  return inner === value[name] ? value : { ...value, [name]: inner }
}

/** A text in the bytes of a JSON object that is, or shall be, another one. Both as they stand there, in their quotes. */
export interface TextChange {
  /** With the numbers of items instead of `*`. */
  readonly pointer: Pointer
  readonly before: string
  readonly after: string
}

/**
 * The texts at the ends of these ways that become others. Nothing is parsed but them, so that every other byte stays as it is.
 * What is no JSON, or no UTF-8, has none.
 */
export function changesIn(bytes: Uint8Array, rules: readonly JsonRule[]): TextChange[] {
  if (!isUtf8(bytes)) return []
  const json = new JsonBytes(bytes)
  try {
    return rules.flatMap(({ pointer, map }) =>
      [...endsOf(json, json.whole, pointer)].flatMap(([way, place]) => {
        const text = textAt(json, place)
        const mapped = text === undefined ? undefined : map(text)
        if (mapped === undefined || mapped === text) return []
        return [{ pointer: way, before: rawAt(bytes, place), after: JSON.stringify(mapped) }]
      }),
    )
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
}

function* endsOf(json: JsonBytes, place: Span, pointer: Pointer, way: Pointer = []): Iterable<readonly [Pointer, Span]> {
  const [name, ...rest] = pointer
  if (name === undefined) yield [way, place]
  else if (json.isList(place)) {
    let at = 0
    for (const item of json.items(place)) {
      if (name === '*' || name === String(at)) yield* endsOf(json, item, rest, [...way, String(at)])
      at++
    }
  } else if (name !== '*') {
    const inner = json.object(place).get(name)
    if (inner) yield* endsOf(json, inner, rest, [...way, name])
  }
}

const rawAt = (bytes: Uint8Array, { from, to }: Span) => Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString()

function textAt(json: JsonBytes, place: Span): string | undefined {
  const value = json.parse(place)
  return typeof value === 'string' ? value : undefined
}

/** What stands at the ends of these ways, as it stands there; undefined where there is nothing. */
export function rawTexts(bytes: Uint8Array, pointers: readonly Pointer[]): (string | undefined)[] {
  const json = new JsonBytes(bytes)
  try {
    return pointers.map((pointer) => {
      for (const [, place] of endsOf(json, json.whole, pointer)) return rawAt(bytes, place)
      return undefined
    })
  } catch (error) {
    if (error instanceof SyntaxError) return pointers.map(() => undefined)
    throw error
  }
}

/** The bytes with other texts at the ends of these ways, which must be there. */
export function withTexts(bytes: Uint8Array, texts: readonly { readonly pointer: Pointer; readonly raw: string }[]): Buffer {
  const json = new JsonBytes(bytes)
  const places = texts.flatMap(({ pointer, raw }) => {
    for (const [, place] of endsOf(json, json.whole, pointer)) return [{ ...place, raw }]
    return []
  })
  const pieces: Uint8Array[] = []
  let from = 0
  for (const place of places.sort((a, b) => a.from - b.from)) {
    pieces.push(bytes.subarray(from, place.from), Buffer.from(place.raw))
    from = place.to
  }
  return Buffer.concat([...pieces, bytes.subarray(from)])
}
