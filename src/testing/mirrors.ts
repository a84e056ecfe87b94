import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import type { ManifestSession } from '../archive/format/manifest.ts'
import { updateMirror } from '../archive/mirror/mirror.ts'
import type { MirrorOptions, MirrorReport } from '../archive/mirror/update.ts'
import { openArchive } from '../archive/read/reader.ts'
import { verifyArchive } from '../archive/read/verify.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { TestDatabase } from './database.ts'

/** What goes wrong fails the test. */
export const options = (machine = 'one', more: Partial<MirrorOptions> = {}): MirrorOptions => ({
  machine,
  tool: 'ocvault test',
  patience: 200,
  onProblem: (path, reason) => {
    throw new Error(`${path}: ${reason}`)
  },
  ...more,
})

/** Backs up everything in a store, as a machine. */
export async function backup(
  roots: string | readonly string[],
  mirror: string,
  machine = 'one',
  more = {},
): Promise<MirrorReport> {
  const catalog = openCatalog({ roots: [roots].flat() })
  try {
    return await updateMirror(catalog, catalog.sessions({ roots: true }), mirror, options(machine, more))
  } finally {
    catalog.close()
  }
}

/** Checks a mirror as `ocvault verify` does, and returns the texts of each session and copy, by entry. */
export async function contentOf(mirror: string): Promise<Record<string, string[]>> {
  expect(await verifyArchive(mirror)).toMatchObject({ damage: [], sound: true })
  const archive = await openArchive(mirror)
  try {
    const content: Record<string, string[]> = {}
    for (const entry of archive.listed.keys()) {
      if (entry.startsWith('blobs/')) continue
      const { messages } = JSON.parse((await archive.read(entry)).toString())
      content[entry] = messages.flatMap(({ parts }: { parts: { text?: string }[] }) => parts.flatMap(({ text }) => text ?? []))
    }
    return content
  } finally {
    archive.close()
  }
}

/** The sessions that the manifest of a mirror lists. */
export async function listOf(mirror: string): Promise<ManifestSession[]> {
  const archive = await openArchive(mirror)
  archive.close()
  return archive.manifest.sessions
}

/** Everything in a folder: names, bytes and times. */
export function fingerprint(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [
        path.slice(folder.length),
        `${statSync(path).mtimeMs} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`,
      ]
    }),
  )
}

/** Adds a message to a session. */
export const say = (db: TestDatabase | DatabaseSync, session: string, name: string, text: string, time = 2000) => {
  const database = db instanceof TestDatabase ? db.db : db
  const message = { role: 'user', time: { created: time } }
  database
    .prepare('INSERT INTO message (id, session_id, time_created, time_updated, data) VALUES (?, ?, ?, ?, ?)')
    .run(`msg_${name}`, session, time, time, JSON.stringify(message))
  database
    .prepare('INSERT INTO part (id, message_id, session_id, time_created, time_updated, data) VALUES (?, ?, ?, ?, ?, ?)')
    .run(`prt_${name}`, `msg_${name}`, session, time, time, JSON.stringify({ type: 'text', text }))
  database.prepare('UPDATE session SET time_updated = ? WHERE id = ?').run(time, session)
}

/** A database with two sessions, of which one has a subagent. */
export function database(): TestDatabase {
  const db = new TestDatabase()
  db.session({ id: 'ses_a' }).session({ id: 'ses_b' }).session({ id: 'ses_c', parent_id: 'ses_b' })
  for (const id of ['a', 'b', 'c']) say(db, `ses_${id}`, `${id}1`, `first of ${id}`)
  return db
}
