import { isObject, type JsonObject, objectOf, textOf } from '../base/json.ts'
import { type DataURL, readDataURL, writeDataURL } from './data-url.ts'

/** A step from a value to one inside it: key or index, with the way that leads to it. */
interface Step {
  readonly above: Step | null
  readonly name: string | number
}

/** A message of a session, and which of its role it is, from 1. */
export interface NumberedMessage {
  readonly message: unknown
  readonly number: number
}

/** A text of a document: a value, or a key. */
export interface Leaf {
  readonly text: string
  /** Which of the documents it is in. */
  readonly document: number
  readonly step: Step | null
  /** The text is the last key of the path itself. */
  readonly isKey: boolean
  /**
   * What the text is the value of: its key, or what stands beside it (`{name, value}`, `["--password", "…"]`, `["Cookie", "…"]`).
   */
  readonly label: string | null
  /** The message that it is in. */
  readonly messageID: string | null
  /** In a session the message that it is in, or `info`; null in what is no session. */
  readonly within: NumberedMessage | 'info' | null
  /** The member of the document that is a {@link Stream} which it comes from. */
  readonly stream: string | null
}

/** A list whose items are made when they are taken, each time anew: so a document is never in memory as a whole. */
export interface Stream extends Iterable<unknown> {
  /** Where it is known, or can be. */
  readonly length?: number
}

export const isStream = (value: unknown): value is Stream => isObject(value) && Symbol.iterator in value

/** The keys and indexes that lead to a leaf, from the document's root. */
export function namesOf({ step }: Leaf): (string | number)[] {
  const names: (string | number)[] = []
  for (let at = step; at; at = at.above) names.push(at.name)
  return names.reverse()
}

/** Where a leaf is, as code would say it: `messages[3].parts[1].state.output`. */
export function pathOf(leaf: Leaf): string {
  const names = namesOf(leaf).map((name) => (typeof name === 'number' ? `[${name}]` : keyed(name)))
  return `${names.join('').replace(/^\./, '')}${leaf.isKey ? ' (key)' : ''}`
}

const keyed = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`)

/** A value inside of a document, with what is known of the way to it. */
interface Place extends Omit<Leaf, 'text' | 'isKey'> {
  readonly value: unknown
  /** The key that it stands behind, which is a text, too. */
  readonly key?: string
}

/**
 * Every text of a document in the order in which it stands there, keys before their values. Nothing is left out, however deep it
 * is. Attachments of text are handed out decoded (`data:text/plain;base64,…`); those of pictures and other bytes are not texts.
 * A member of the document may be a {@link Stream}, of which one item is held at a time.
 */
export function* leavesOf(value: unknown, document = 0): Generator<Leaf> {
  for (const place of placesOf(value, document)) yield* leavesAt(place)
}

/** The document as one place, or, where it has messages or streams, its members and their items as one each. */
function* placesOf(value: unknown, document: number): Generator<Place> {
  const root: Place = { value, document, step: null, label: null, messageID: null, within: null, stream: null }
  if (!isObject(value) || !Object.entries(value).some(([key, member]) => isList(key, member))) {
    yield root
    return
  }
  const within = isList('messages', value.messages) ? 'info' : null
  for (const [key, member] of Object.entries(value)) {
    const place: Place = { ...root, step: { above: null, name: key }, label: labelOf(value, key), key, within }
    if (!isList(key, member)) yield { ...place, value: member }
    else {
      yield { ...place, value: undefined }
      yield* itemsOf(member, place)
    }
  }
}

const isList = (key: string, member: unknown): member is Stream =>
  isStream(member) || (key === 'messages' && Array.isArray(member))

function* itemsOf(list: Stream, { key: name, within, step, ...place }: Place): Generator<Place> {
  const stream = isStream(list) ? String(name) : null
  const inMessages = name === 'messages'
  const numbers = new Map<string | null, number>()
  let [index, before] = [0, undefined as unknown]
  for (const value of list) {
    const role = inMessages ? roleOf(value) : null
    if (inMessages) numbers.set(role, (numbers.get(role) ?? 0) + 1)
    yield {
      ...place,
      value,
      stream,
      step: { above: step, name: index++ },
      label: labelBefore(before, list.length) ?? place.label,
      messageID: inMessages ? (messageIDOf(value) ?? null) : null,
      within: inMessages ? { message: value, number: numbers.get(role)! } : within,
    }
    before = value
  }
}

/** Who speaks in a message of either generation. */
export function roleOf(message: unknown): string | null {
  const { info, type } = objectOf(message)
  return textOf(objectOf(info).role) ?? textOf(type)
}

const labelOf = (object: JsonObject, key: string) => (key === 'value' ? (textOf(object.name) ?? textOf(object.key) ?? key) : key)

function* leavesAt(whole: Place): Generator<Leaf> {
  const { document, within, stream } = whole
  const known = { document, within, stream }
  type Waiting = Pick<Place, 'value' | 'step' | 'label' | 'messageID' | 'key'>
  const stack: Waiting[] = [whole]
  while (stack.length > 0) {
    const { value, step, label, messageID, key } = stack.pop()!
    if (key !== undefined) yield { text: key, ...known, step, isKey: true, label: null, messageID }
    if (typeof value === 'string') {
      const text = textIn(value)
      if (text !== '') yield { text, ...known, step, isKey: false, label, messageID }
    } else if (Array.isArray(value)) {
      const inMessages = step?.name === 'messages'
      for (let index = value.length - 1; index >= 0; index--) {
        const item: unknown = value[index]
        const id = inMessages ? (messageIDOf(item) ?? messageID) : messageID
        const name = labelBefore(value[index - 1], value.length) ?? label
        stack.push({ value: item, step: { above: step, name: index }, label: name, messageID: id })
      }
    } else if (isObject(value)) {
      const keys = Object.keys(value)
      for (let index = keys.length - 1; index >= 0; index--) {
        const key = keys[index]!
        stack.push({ value: value[key], step: { above: step, name: key }, label: labelOf(value, key), messageID, key })
      }
    }
  }
}

function messageIDOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  return textOf(value.id) ?? (isObject(value.info) ? textOf(value.info.id) : null) ?? undefined
}

/** The flag or the header's name before an item of a list of so many. */
function labelBefore(before: unknown, length: number | undefined): string | null {
  if (typeof before !== 'string' || before.length > 60) return null
  if (/^--?[\w-]+$/.test(before)) return before.replace(/^-+/, '')
  return length === 2 && /^[\w-]+$/.test(before) ? before : null
}

/** The text that a string stands for: what a data URL encodes, nothing for bytes that are no text. */
function textIn(value: string): string {
  if (!value.startsWith('data:')) return value
  const url = readDataURL(value)
  return url === 'bytes' ? '' : url === null ? value : url.text
}

/**
 * A copy of a document with other texts. Keys keep their order; what has no other text is the same object.
 * @param replaced is asked for each text in the order of `leavesOf`, and returns it as it is to be
 */
export function withTexts<T>(document: T, replaced: (text: string) => string): T {
  return rebuilt(document, replaced) as T
}

/** Values wait on a stack of their own: a document may be nested deeper than calls may be. */
function rebuilt(root: unknown, replaced: (text: string) => string): unknown {
  interface Frame {
    readonly source: JsonObject | readonly unknown[]
    readonly keys: readonly string[]
    readonly entries: [string, unknown][]
    at: number
    changed: boolean
  }
  const open: Frame[] = []
  const enter = (value: JsonObject | readonly unknown[]) => {
    open.push({ source: value, keys: Object.keys(value), entries: [], at: 0, changed: false })
  }
  const inner = (value: unknown): value is JsonObject | readonly unknown[] => Array.isArray(value) || isObject(value)
  if (!inner(root)) return typeof root === 'string' ? replacedString(root, replaced) : root
  enter(root)
  for (;;) {
    const frame = open.at(-1)!
    const key = frame.keys[frame.at]
    if (key === undefined) {
      open.pop()
      const value = frame.changed ? joined(frame.source, frame.entries) : frame.source
      const above = open.at(-1)
      if (!above) return value
      const entry = above.entries[above.at]!
      entry[1] = value
      above.changed ||= frame.changed
      above.at++
      continue
    }
    const value = (frame.source as JsonObject)[key]
    const name = Array.isArray(frame.source) ? key : replaced(key)
    if (name !== key) frame.changed = true
    if (inner(value)) {
      frame.entries.push([name, value])
      enter(value)
      continue
    }
    const next = typeof value === 'string' ? replacedString(value, replaced) : value
    if (next !== value) frame.changed = true
    frame.entries.push([name, next])
    frame.at++
  }
}

function joined(source: JsonObject | readonly unknown[], entries: readonly [string, unknown][]): unknown {
  return Array.isArray(source) ? entries.map(([, value]) => value) : Object.fromEntries(entries)
}

function replacedString(value: string, replaced: (text: string) => string): string {
  const url: DataURL | 'bytes' | null = value.startsWith('data:') ? readDataURL(value) : null
  if (url === 'bytes' || value === '' || url?.text === '') return value
  if (url === null) return replaced(value)
  const text = replaced(url.text)
  return text === url.text ? value : writeDataURL(url, text)
}
