import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { toV1 } from '../convert/exported.ts'
import { type Document, printSaved } from '../share/saved-document.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from './database.ts'
import { wholeV1 } from './exported.ts'
import { tempDir } from './temp.ts'

/** A part of an exported session of 1.x. */
interface PlainPart {
  id: string
  type: string
  [key: string]: unknown
}

interface PlainMessage {
  info: { id: string; role: string; time: { created: number; completed?: number }; [key: string]: unknown }
  parts: PlainPart[]
}

/** An exported session of 1.x, to be changed by tests. */
export interface PlainSession {
  info: { id: string; title: string; parentID?: string; time: { created: number; updated: number }; [key: string]: unknown }
  messages: PlainMessage[]
}

const created = Date.UTC(2026, 10, 21, 6)

/** A session as `opencode export` of 1.18 prints it, with a prompt and an answer for each round. */
export function plainSession(name: string, rounds = 2, more: Partial<PlainSession['info']> = {}): PlainSession {
  const sessionID = `ses_${name}`
  const messages = Array.from({ length: rounds }, (_item, round): PlainMessage[] => {
    const [asked, answered] = [created + round * 2000, created + round * 2000 + 1000]
    const [user, assistant] = [`msg_${name}${round}a`, `msg_${name}${round}b`]
    const text = (messageID: string, said: string) => ({
      type: 'text',
      text: said,
      id: `prt_${messageID.slice(4)}`,
      sessionID,
      messageID,
    })
    return [
      {
        info: {
          role: 'user',
          time: { created: asked },
          agent: 'build',
          model: { providerID: 'p', modelID: 'm' },
          id: user,
          sessionID,
        },
        parts: [text(user, `question ${round} in /old/place`)],
      },
      {
        info: {
          role: 'assistant',
          time: { created: answered, completed: answered + 500 },
          parentID: user,
          modelID: 'm',
          providerID: 'p',
          mode: 'build',
          agent: 'build',
          path: { cwd: '/old/place/src', root: '/old/place' },
          cost: 0.5,
          tokens: { input: 1, output: 2, reasoning: 0, cache: { read: 0, write: 0 } },
          finish: 'stop',
          id: assistant,
          sessionID,
        },
        parts: [text(assistant, `answer ${round}`)],
      },
    ]
  }).flat()
  return {
    info: {
      id: sessionID,
      slug: 'a-slug',
      projectID: 'abc',
      directory: '/old/place/src',
      path: 'src',
      title: `Session ${name}`,
      version: '1.18.33',
      cost: 1,
      tokens: { input: 2, output: 4, reasoning: 0, cache: { read: 0, write: 0 } },
      time: { created, updated: created + rounds * 2000 },
      ...more,
    },
    messages,
  }
}

/** Writes each session to a file of its own, and returns the folder. */
export function sessionFiles(...sessions: readonly object[]): string {
  const folder = tempDir()
  for (const [index, session] of sessions.entries()) writeFileSync(join(folder, `${index}.json`), JSON.stringify(session))
  return folder
}

/** An empty database with the schema of a release. */
export const emptyDatabase = (release = '1.18.33'): string => new TestDatabase(release).done()

/** A session of a database as 1.x exports it. */
export function sessionIn(database: string, id: string): PlainSession | undefined {
  const catalog = openCatalog({ roots: [database] })
  try {
    const stored = catalog.stored(id)
    return stored && (wholeV1(toV1(stored)) as unknown as PlainSession)
  } finally {
    catalog.close()
  }
}

/** Everything in the tables of sessions, projects and events: equal for two databases that hold the same. */
export function contentOf(database: string): Record<string, unknown[]> {
  const db = new DatabaseSync(database, { readOnly: true })
  try {
    const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
    const rows = (table: unknown) =>
      db
        .prepare(`SELECT * FROM "${table}" ORDER BY 1, 2`)
        .all()
        .map((row) => ({ ...row }))
    return Object.fromEntries(names.map(({ name }) => [String(name), rows(name)] as const).filter(([, all]) => all.length > 0))
  } finally {
    db.close()
  }
}

/** What SQLite finds wrong with a database; nothing in a sound one. */
export function faultsOf(database: string): unknown[] {
  const db = new DatabaseSync(database, { readOnly: true })
  try {
    const check = db
      .prepare('PRAGMA integrity_check')
      .all()
      .map((row) => Object.values(row)[0])
    return [...check.filter((line) => line !== 'ok'), ...db.prepare('PRAGMA foreign_key_check').all()]
  } finally {
    db.close()
  }
}

/** What a saved session's file holds. */
export const savedText = (document: Document, author: string | null): string => [...printSaved(document, author)].join('')
