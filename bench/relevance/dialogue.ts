import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { NewDatabase } from '../generate/database.ts'
import { schemaV1 } from '../generate/schema-v1.ts'

/** What is said or done in a message: a text, or a call of a tool. */
export type Piece =
  | { readonly text: string }
  | { readonly reasoning: string }
  | {
      readonly tool: string
      readonly input: Readonly<Record<string, unknown>>
      readonly output?: string
      readonly error?: string
    }

/** A session in as few words as a set of labelled queries needs. */
export interface Dialogue {
  readonly id: string
  readonly title: string
  /** ms since the epoch. */
  readonly updated: number
  readonly directory?: string
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly parts: readonly Piece[] }[]
}

/** A query, and the sessions of which one should come first. */
export interface Labelled {
  readonly query: string
  readonly right: readonly string[]
  /** Of which sort it is, for a table. */
  readonly kind: string
}

/** Writes dialogues as a database of 1.18, or into one that is there. */
export function writeDialogues(path: string, dialogues: readonly Dialogue[]): void {
  const isNew = !existsSync(path)
  const db = isNew ? new NewDatabase(path, schemaV1, []) : new DatabaseSync(path)
  const insert = (table: string, row: Readonly<Record<string, string | number>>) => {
    if (db instanceof NewDatabase) return db.insert(table, row)
    const names = Object.keys(row)
    db.prepare(`INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`).run(...Object.values(row))
  }
  for (const { id, title, updated, directory = '/work/app', messages } of dialogues) {
    const times = { time_created: updated - messages.length * 1000, time_updated: updated }
    insert('session', { id, project_id: 'global', slug: id, directory, title, version: '1.18.33', ...times })
    for (const [m, { role, parts }] of messages.entries()) {
      const at = times.time_created + m * 1000
      const [message, when] = [`msg_${id}_${String(m).padStart(4, '0')}`, { time_created: at, time_updated: at }]
      const model = role === 'assistant' ? { modelID: 'm', providerID: 'p', mode: 'build' } : {}
      const info = { role, time: { created: at }, agent: 'build', ...model }
      insert('message', { id: message, session_id: id, ...when, data: JSON.stringify(info) })
      for (const [p, piece] of parts.entries()) {
        const row = { id: `prt_${message}_${p}`, message_id: message, session_id: id, ...when }
        insert('part', { ...row, data: JSON.stringify(partOf(piece, at)) })
      }
    }
  }
  if (db instanceof NewDatabase) db.finish()
  else db.close()
}

function partOf(piece: Piece, at: number): object {
  if ('text' in piece) return { type: 'text', text: piece.text }
  if ('reasoning' in piece) return { type: 'reasoning', text: piece.reasoning, time: { start: at, end: at } }
  const { tool, input, output = '', error } = piece
  const ended = error === undefined ? { status: 'completed', output, title: '', metadata: {} } : { status: 'error', error }
  return { type: 'tool', tool, callID: 'call', state: { ...ended, input, time: { start: at, end: at } } }
}
