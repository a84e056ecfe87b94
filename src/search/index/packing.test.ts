import { spawn } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SessionHeader, Store } from '../../stores/store.ts'
import { tempDir } from '../../testing/temp.ts'
import { fieldNumber } from '../text/searchable.ts'
import { IndexFile } from './index-file.ts'
import { isSparse, pack } from './packing.ts'

const store = { kind: 'sqlite-v1', path: '/nowhere/opencode.db' } as Store

/** An index of sessions of which most were removed again; the last one says `kept`. */
function sparse(): string {
  const path = join(tempDir(), 'index.sqlite')
  const index = IndexFile.create(path, store)
  const time = { created: 1, updated: 1, archived: null }
  for (let n = 0; n < 60; n++) {
    const writer = index.begin({ id: `ses_${n}`, parentID: null, projectID: 'p', directory: '/w', time } as SessionHeader)
    const words = n === 59 ? 'kept' : Array.from({ length: 6000 }, (_, at) => `w${n}x${at}`).join(' ')
    writer.title({ tool: '', size: 1, texts: [[fieldNumber('title'), words]] })
    index.end(writer, `mark of ${n}`, null, [])
  }
  index.finish()
  const open = IndexFile.open(path, store)!
  open.db.exec('BEGIN')
  for (let n = 0; n < 59; n++) open.remove(`ses_${n}`)
  open.writeColumns()
  open.db.exec("COMMIT; INSERT INTO text (text) VALUES ('optimize'); DELETE FROM word WHERE word LIKE 'w%'")
  open.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  open.close()
  return path
}

function answers(path: string): { rows: number; check: unknown; sparse: boolean } {
  const index = IndexFile.open(path, store)!
  const check = index.db.prepared('PRAGMA integrity_check').get()?.integrity_check
  const told = { rows: index.rows('"kept"', 0, 1e9).length, check, sparse: isSparse(index) }
  index.close()
  return told
}

test('an index of which much is free is made smaller, and answers as before', () => {
  const path = sparse()
  const before = statSync(path).size
  expect(answers(path)).toEqual({ rows: 1, check: 'ok', sparse: true })
  const index = IndexFile.open(path, store)!
  pack(index)
  index.close()
  expect(statSync(path).size).toBeLessThan(before / 2)
  expect(answers(path)).toEqual({ rows: 1, check: 'ok', sparse: false })
})

test('while another process writes it, it stays as it is', () => {
  const path = sparse()
  const [index, other] = [IndexFile.open(path, store)!, IndexFile.open(path, store)!]
  other.db.exec('BEGIN IMMEDIATE')
  pack(index)
  other.db.exec('ROLLBACK')
  for (const each of [index, other]) each.close()
  expect(answers(path)).toEqual({ rows: 1, check: 'ok', sparse: true })
})

test('a process that is killed while it packs leaves an index that answers', async () => {
  const script = join(tempDir(), 'pack.ts')
  const from = (name: string) => JSON.stringify(join(import.meta.dirname, name))
  writeFileSync(
    script,
    `import { IndexFile } from ${from('index-file.ts')}
import { pack } from ${from('packing.ts')}
const index = IndexFile.open(process.argv[2], { kind: 'sqlite-v1', path: '/nowhere/opencode.db' })
process.stdout.write('.')
setTimeout(() => pack(index), 1)
`,
  )
  for (const delay of [0, 2, 5, 10]) {
    const path = sparse()
    const child = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'ignore'] })
    const closed = new Promise((resolve) => child.once('close', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await new Promise((resolve) => setTimeout(resolve, delay))
    child.kill('SIGKILL')
    await closed
    expect(existsSync(path)).toBe(true)
    expect(answers(path)).toMatchObject({ rows: 1, check: 'ok' })
  }
})
