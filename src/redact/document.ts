import { isObject, type JsonObject, textOf } from '../base/json.ts'
import { type DataURL, readDataURL, writeDataURL } from './data-url.ts'

/** A step from a value to one inside it: key or index, with the way that leads to it. */
interface Step {
  readonly above: Step | null
  readonly name: string | number
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
}

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

/**
 * Every text of a document in the order in which it stands there, keys before their values. Nothing is left out, however deep it
 * is. Attachments of text are handed out decoded (`data:text/plain;base64,…`); those of pictures and other bytes are not texts.
 */
export function* leavesOf(value: unknown, document = 0): Generator<Leaf> {
  type Waiting = { value: unknown; step: Step | null; label: string | null; messageID: string | null; key?: string }
  const stack: Waiting[] = [{ value, step: null, label: null, messageID: null }]
  while (stack.length > 0) {
    const { value, step, label, messageID, key } = stack.pop()!
    if (key !== undefined) yield { text: key, document, step, isKey: true, label: null, messageID }
    if (typeof value === 'string') {
      const text = textIn(value)
      if (text !== '') yield { text, document, step, isKey: false, label, messageID }
    } else if (Array.isArray(value)) {
      const inMessages = step?.name === 'messages'
      for (let index = value.length - 1; index >= 0; index--) {
        const item: unknown = value[index]
        const id = inMessages ? (messageIDOf(item) ?? messageID) : messageID
        stack.push({ value: item, step: { above: step, name: index }, label: labelBefore(value, index) ?? label, messageID: id })
      }
    } else if (isObject(value)) {
      const keys = Object.keys(value)
      for (let index = keys.length - 1; index >= 0; index--) {
        const key = keys[index]!
        const named = key === 'value' ? (textOf(value.name) ?? textOf(value.key)) : null
        stack.push({ value: value[key], step: { above: step, name: key }, label: named ?? key, messageID, key })
      }
    }
  }
}

function messageIDOf(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  return textOf(value.id) ?? (isObject(value.info) ? textOf(value.info.id) : null) ?? undefined
}

/** The flag or the header's name before a list's item. */
function labelBefore(list: readonly unknown[], index: number): string | null {
  const before = index > 0 ? list[index - 1] : undefined
  if (typeof before !== 'string' || before.length > 60) return null
  if (/^--?[\w-]+$/.test(before)) return before.replace(/^-+/, '')
  return list.length === 2 && /^[\w-]+$/.test(before) ? before : null
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
