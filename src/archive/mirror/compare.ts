import { createHash } from 'node:crypto'
import { isObject, listOf, numberOf, objectOf } from '../../base/json.ts'
import { parseEntry, recordsOf, type SessionDocument } from '../format/document.ts'
import type { BlobContent } from '../format/records.ts'
import type { MirrorFolder } from './folder.ts'

/** How two documents of one session stand to each other, by their messages and parts. */
export type Comparison = 'same' | 'ahead' | 'behind' | 'diverged'

const messageFile = /(?:^|[/\\])(?:messages?|parts?)[/\\]/
const messageTables = new Set(['message', 'part', 'session_message'])

const hashOf = (...pieces: (string | Uint8Array)[]) => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('base64')
}

/** Of what is in a blob the hash is known. */
const hashOfContent = (content: Uint8Array | BlobContent) =>
  content instanceof Uint8Array ? hashOf(content) : Buffer.from(content.blob, 'hex').toString('base64')

/** Each message and part with a hash of what is stored of it: its data alone, because a row's own times change when it moves. */
function stored(document: SessionDocument): Map<string, string> {
  const found = new Map<string, string>()
  for (const record of recordsOf(document)) {
    if ('file' in record) {
      if (messageFile.test(record.file)) found.set(record.file, hashOfContent(record.bytes))
    } else if (messageTables.has(record.table)) {
      const [id, data] = [record.columns.get('id'), record.columns.get('data')]
      const key = id instanceof Uint8Array ? Buffer.from(id).toString('latin1') : String(id)
      found.set(`${record.table} ${key}`, data !== null && typeof data === 'object' ? hashOfContent(data) : String(data))
    }
  }
  return found
}

/** The same by what the session is exported as, for two that are stored in different ways. */
function exported(document: SessionDocument): Map<string, string> {
  // Of what is too long the messages have but the beginning.
  const found = new Map(document.blobs.map(({ sha256 }) => [`blob ${sha256}`, sha256]))
  for (const message of document.messages) {
    if (!isObject(message)) continue
    const info = objectOf(message.info)
    if (document.shape === 'v2') found.set(`message ${String(message.id)}`, hashOf(JSON.stringify(message)))
    else found.set(`message ${String(info.id)}`, hashOf(JSON.stringify(info)))
    if (document.shape === 'v2') continue
    for (const part of listOf(message.parts).filter(isObject)) {
      found.set(`part ${String(info.id)} ${String(part.id)}`, hashOf(JSON.stringify(part)))
    }
  }
  return found
}

/** The same of two documents, in the same words. */
function contents(a: SessionDocument, b: SessionDocument): readonly [Map<string, string>, Map<string, string>] {
  if (a.kind === b.kind) {
    const [inA, inB] = [stored(a), stored(b)]
    // An exported file is one record, or none.
    if (inA.size > 0 && inB.size > 0) return [inA, inB]
  }
  return [exported(a), exported(b)]
}

/** Whether what `a` holds of messages and parts is all that `b` holds, or more, or less, or something else. */
export function compareDocuments(a: SessionDocument, b: SessionDocument): Comparison {
  const [inA, inB] = contents(a, b)
  const holds = (all: Map<string, string>, some: Map<string, string>) => [...some].every(([key, hash]) => all.get(key) === hash)
  const [aHoldsB, bHoldsA] = [holds(inA, inB), holds(inB, inA)]
  if (aHoldsB && bHoldsA) return 'same'
  return aHoldsB ? 'ahead' : bHoldsA ? 'behind' : 'diverged'
}

/** A session's file as a document; undefined when it is none, or too large to be taken to pieces. */
export function documentIn(folder: Pick<MirrorFolder, 'read'>, entry: string): SessionDocument | undefined {
  try {
    return parseEntry(entry, folder.read(entry))
  } catch {
    return undefined
  }
}

/** When a document's session was last updated, in ms since the epoch. */
export const updatedOf = ({ info }: SessionDocument): number => numberOf(objectOf(info.time).updated) ?? 0
