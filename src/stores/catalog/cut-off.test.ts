import { readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { copyStore } from '../../testing/temp.ts'
import { openCatalog } from './catalog.ts'

/** The database of a real release of which so much is left. */
function cut(release: string, share: number): string {
  const path = join(copyStore(release), 'opencode.db')
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = DELETE')
  db.close()
  truncateSync(path, Math.floor(statSync(path).size * share))
  return path
}

describe.each(['1.2.1', '1.18.33', '2.0-constructed'])('a database of %s that is cut off', (release) => {
  test('is read as far as it goes, named, and left alone', () => {
    const path = cut(release, 0.97)
    const before = readFileSync(path)
    const catalog = openCatalog({ roots: [path] })
    const sessions = [...catalog.sessions()]
    expect(sessions.length).toBeGreaterThan(0)
    let messages = 0
    for (const { id } of sessions) messages += [...catalog.messages(id)].length
    expect(messages).toBeGreaterThan(0)
    const problems = catalog.problems().map(({ reason }) => reason)
    expect(problems).toContainEqual(expect.stringMatching(/^is cut off: [\d,]+ of its [\d,]+ bytes are there/))
    expect(problems.join()).not.toMatch(/not a SQLite database/)
    catalog.close()
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test.each([0.5, 0.1, 0.0001])('%f of it: never an error, nor without a word', (share) => {
    const path = cut(release, share)
    let said: string
    try {
      const catalog = openCatalog({ roots: [path] })
      for (const { id } of catalog.sessions()) for (const _ of catalog.messages(id));
      said = catalog
        .problems()
        .map(({ reason }) => reason)
        .join()
      catalog.close()
    } catch (error) {
      said = (error as Error).message
    }
    expect(said).toMatch(/is cut off|is empty/)
  })
})
