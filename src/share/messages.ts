import type { MessageV1 } from '../convert/exported.ts'

/** The messages of a session: a list, or made one by one when they are taken, each time anew. */
export interface Messages extends Iterable<MessageV1> {
  readonly length: number
}

/** Messages that are never in memory together. */
export class StreamedMessages implements Messages {
  readonly #make: () => Iterable<MessageV1>
  #length: number | undefined

  /** @param make is called each time that they are gone over, and gives the same each time */
  constructor(make: () => Iterable<MessageV1>, length?: number) {
    this.#make = make
    this.#length = length
  }

  /** Goes over them where nobody has so far. */
  get length(): number {
    if (this.#length === undefined) for (const _ of this);
    return this.#length!
  }

  *[Symbol.iterator](): Iterator<MessageV1> {
    let length = 0
    for (const message of this.#make()) {
      length++
      yield message
    }
    this.#length = length
  }
}

/** Each message as something else; a list stays a list. */
export function each(messages: Messages, change: (message: MessageV1) => MessageV1): Messages {
  if (Array.isArray(messages)) return messages.map(change)
  return new StreamedMessages(function* () {
    for (const message of messages) yield change(message)
  })
}

/** The first so many. */
export function first(messages: Messages, count: number): Messages {
  return new StreamedMessages(function* () {
    let left = count
    if (left > 0) {
      for (const message of messages) {
        yield message
        if (--left === 0) return
      }
    }
  }, count)
}

/** The first message that is looked for. */
export function found(messages: Messages, isIt: (message: MessageV1) => boolean): MessageV1 | undefined {
  for (const message of messages) if (isIt(message)) return message
  return undefined
}
