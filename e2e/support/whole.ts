import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { killAtChanges } from '../../src/testing/kills.ts'
import { times } from '../../src/testing/thorough.ts'
import { fixture } from './ocvault.ts'
import type { SessionSpec } from './store.ts'

/** Sessions of so many messages each; every third one is the child of the one before. */
export function treeSpecs(count: number, messages: number): SessionSpec[] {
  const id = (index: number) => `ses_${String(index).padStart(26, '0')}`
  return Array.from({ length: count }, (_item, index) => ({
    id: id(index),
    title: `Session ${index}`,
    ...(index % 3 === 2 && { parentID: id(index - 1) }),
    messages: Array.from({ length: messages }, (_item, at) => ({
      role: at % 2 === 0 ? ('user' as const) : ('assistant' as const),
      parts: [
        { type: 'text', text: `text ${at} `.repeat(200) },
        { type: 'text', text: 'more' },
      ],
    })),
  }))
}

/** A database that OpenCode 1.18 made, without a session or a project. */
export function emptyDatabase(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(join(fixture('1.18.33'), 'opencode', 'opencode.db'), path)
  chmodSync(path, 0o644)
  const db = new DatabaseSync(path)
  for (const table of ['part', 'message', 'session', 'event', 'event_sequence', 'project_directory', 'project'])
    db.exec(`DELETE FROM ${table}`)
  db.close()
}

/** What SQLite says against a database. */
export function faultsOf(path: string): unknown[] {
  const db = new DatabaseSync(path)
  const found = [...db.prepare('PRAGMA integrity_check').all(), ...db.prepare('PRAGMA foreign_key_check').all()]
  db.close()
  return found.map((row) => Object.values(row)[0]).filter((line) => line !== 'ok')
}

/** Sessions of the attached database `wanted` that are here without their parents, or the other way round. */
export function tornTrees(db: DatabaseSync): unknown[] {
  const there = 'SELECT id FROM main.session'
  return db
    .prepare(
      `SELECT c.id FROM wanted.session c WHERE c.parent_id IS NOT NULL AND (c.id IN (${there})) <> (c.parent_id IN (${there}))`,
    )
    .all()
}

/**
 * Runs a program again and again and kills it: before a change that it makes, and, when all is tried, at any moment, too: mostly
 * after its first third, which passes before the first write. What it takes to be killed in the middle of a change depends on the
 * machine.
 * @param start starts it with this on top of its environment
 * @param prepare what is there before each run
 * @param look is told after each run when it was killed
 */
export async function killRounds(
  start: (env?: Record<string, string>) => ChildProcess,
  prepare: () => void,
  look: (when: string) => unknown,
): Promise<void> {
  await killAtChanges(times(10, 60), start, prepare, look)
  const rounds = times(0, 60)
  let whole = Number.POSITIVE_INFINITY
  for (let round = 0; rounds > 0 && round <= rounds; round++) {
    prepare()
    const began = performance.now()
    const child = start()
    const wait = whole * (round % 6 === 0 ? Math.random() : 0.3 + 0.7 * Math.random())
    const timer = round === 0 ? undefined : setTimeout(() => child.kill('SIGKILL'), wait)
    const [code] = await once(child, 'close')
    clearTimeout(timer)
    // The first run takes longer than those after it.
    if (code === 0) whole = Math.min(whole, performance.now() - began)
    if (round > 0) await look(`round ${round}, killed after ${Math.round(wait)} ms`)
  }
}
