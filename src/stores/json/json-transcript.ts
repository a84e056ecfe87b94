import { basename, join } from 'node:path'
import { isObject, type JsonObject, listOf, numberOf, objectOf, textOf } from '../../base/json.ts'
import type { ProblemLog } from '../../base/problems.ts'
import { isPathSafe, type MessageID, type SessionID, timeOfID } from '../../opencode/ids.ts'
import { messageOfRemains } from '../remains.ts'
import type { MessageQuery, StoredMessage, StoredPart } from '../store.ts'
import { jsonNames, readJson, readJsonObject } from './json-files.ts'
import type { JsonLayout } from './json-layout.ts'
import { lostMessages } from './lost-messages.ts'
import { idOfFile } from './stray-files.ts'

const idOf = (file: string) => basename(file, '.json')

/** `time.created`, which 0.1.x keeps under `metadata`. */
function createdOf(info: JsonObject): number | null {
  return numberOf(objectOf(info.time).created) ?? numberOf(objectOf(objectOf(info.metadata).time).created)
}

/** The messages and parts of a tree of JSON files. */
export class JsonTranscripts {
  readonly #layout: JsonLayout
  readonly #log: ProblemLog
  #lost: ReadonlyMap<SessionID, readonly MessageID[]> | undefined

  constructor(layout: JsonLayout) {
    this.#layout = layout
    this.#log = layout.log
  }

  /** The files of a session's messages, in no order that means anything. */
  messageFiles(id: SessionID): string[] {
    if (!isPathSafe(id)) return []
    const files = new Map<string, string>()
    for (const folder of this.#layout.messageFolders(id)) {
      for (const name of jsonNames(folder, this.#log)) if (!files.has(name)) files.set(name, join(folder, `${name}.json`))
    }
    return [...files.values()]
  }

  /** All files of a session's transcript. */
  files(id: SessionID): { messages: string[]; parts: string[] } {
    const messages = this.messageFiles(id)
    const parts = [...messages.map(idOf), ...this.#lostOf(id)].flatMap((messageID) => {
      const folder = this.#layout.partFolder(id, messageID)
      return jsonNames(folder, this.#log).map((name) => join(folder, `${name}.json`))
    })
    return { messages, parts }
  }

  /** Messages of a session of which only parts are left. */
  #lostOf(id: SessionID): readonly MessageID[] {
    this.#lost ??= lostMessages(this.#layout)
    return this.#lost.get(id) ?? []
  }

  /** The messages that there are, in order: of one whose own file is damaged or gone, its id tells when it was. */
  #order(id: SessionID): readonly { file: string | null; id: MessageID; created: number | null }[] {
    const files = this.messageFiles(id)
    const names = new Set(files.map(idOf))
    const order = files.flatMap((file) => {
      const info = readJsonObject(file, this.#log)
      if (!info) return [{ file, id: idOf(file), created: timeOfID(idOf(file)) ?? null }]
      const own = idOfFile(file, idOf(file), textOf(info.id), (says) => names.has(says), this.#log)
      return own === undefined ? [] : [{ file, id: own, created: createdOf(info) }]
    })
    const sorted: { file: string | null; id: MessageID; created: number | null }[] = order.sort(
      (a, b) => (a.created ?? 0) - (b.created ?? 0) || (a.id < b.id ? -1 : 1),
    )
    // Of one without a file nothing tells when it was but the order of ids.
    for (const messageID of this.#lostOf(id)) {
      this.#log.add(this.#layout.partFolder(id, messageID), 'the file of their message is gone: shown are its parts')
      const next = sorted.findIndex((message) => message.id > messageID)
      const lost = { file: null, id: messageID, created: timeOfID(messageID) ?? null }
      sorted.splice(next < 0 ? sorted.length : next, 0, lost)
    }
    return sorted
  }

  /**
   * Reads the files twice, first for their times and then one by one, so that memory stays flat: old messages carry the whole
   * system prompt.
   */
  *messages(id: SessionID, query: MessageQuery): Iterable<StoredMessage> {
    const order = this.#order(id)
    const { last, ids } = query
    const chosen = ids ? order.filter((message) => ids.includes(message.id)) : last === undefined ? order : order.slice(-last)
    for (const { file, id: messageID, created } of chosen) {
      const read = file === null ? undefined : readJson(file, this.#log)
      if (!read) {
        const parts = this.#parts(id, messageID, {}, query)
        if (parts.length > 0) yield messageOfRemains(id, messageID, created, parts)
        continue
      }
      const { value: info, text } = read
      const shape = isObject(info.metadata) && Array.isArray(info.parts) ? 'legacy' : 'v1'
      const parts = shape === 'legacy' || query.parts === false ? [] : this.#parts(id, messageID, info, query)
      const json = query.json && text !== undefined ? { json: text } : undefined
      yield { shape, id: messageID, sessionID: id, type: null, created, info, parts, ...json }
    }
  }

  #parts(id: SessionID, messageID: MessageID, info: JsonObject, query: MessageQuery): StoredPart[] {
    const folder = this.#layout.partFolder(id, messageID)
    const names = jsonNames(folder, this.#log)
    const parts = names.flatMap((name) => {
      const file = join(folder, `${name}.json`)
      const read = readJson(file, this.#log)
      const partID = read && idOfFile(file, name, textOf(read.value.id), (says) => names.includes(says), this.#log)
      const json = query.json && read?.text !== undefined ? { json: read.text } : undefined
      return read && partID !== undefined ? [{ id: partID, data: read.value, ...json }] : []
    })
    if (parts.length > 0) return parts
    // Between its first two migrations 0.3 to 0.5 kept the parts of a converted message in the message's file.
    return listOf(info.parts)
      .filter(isObject)
      .map((data, index) => ({ id: textOf(data.id) ?? `${messageID}-${index}`, data }))
  }
}
