import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '../stores/catalog.ts'
import { storeOf, tempDir } from '../testing/temp.ts'
import { openArchive } from './reader.ts'
import { writeArchive } from './write.ts'
import { zipSink } from './zip-sink.ts'

const fixtures = readdirSync(join(import.meta.dirname, '../../fixtures/stores'))

async function backup(root: string, path = join(tempDir(), 'backup.zip'), time = 1): Promise<string> {
  const catalog = openCatalog({ roots: [root] })
  const problems: object[] = []
  try {
    await writeArchive(catalog, catalog.sessions(), zipSink(path), {
      ...{ tool: 'test', time, scope: { all: true }, onProblem: (problem) => problems.push(problem) },
    })
  } finally {
    catalog.close()
  }
  expect(problems).toEqual([])
  return path
}

describe('an archive of every fixture', () => {
  test.each(fixtures)('%s', async (release) => {
    const path = await backup(storeOf(release))
    const archive = await openArchive(path)
    expect(archive.problems).toEqual([])
    expect(archive.lost).toBe(null)
    const catalog = openCatalog({ roots: [storeOf(release)] })
    const ids = [...catalog.sessions()].map(({ id }) => id)
    catalog.close()
    expect(archive.manifest.sessions.map(({ id }) => id).sort()).toEqual(ids.sort())
    for (const session of archive.manifest.sessions) {
      for (const entry of [session, ...session.copies]) {
        const document = await archive.document(entry)
        expect(document.id).toBe(session.id)
        expect(document.messages).toHaveLength(entry.counts.messages)
      }
    }
    expect(await archive.source.wholeness()).toBe('whole')
    archive.close()
    // Another program takes it for a zip, too.
    const folder = tempDir()
    execFileSync('unzip', ['-q', path, '-d', folder])
    const unpacked = await openArchive(folder)
    expect(unpacked.manifest).toEqual(archive.manifest)
    for (const session of unpacked.manifest.sessions) await unpacked.document(session)
  })
})

test('two archives of an unchanged store differ in nothing but the manifest', async () => {
  const [first, second] = [await backup(storeOf('1.18.33')), await backup(storeOf('1.18.33'))]
  expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
  const later = await backup(storeOf('1.18.33'), undefined, 2)
  expect(readFileSync(first).equals(readFileSync(later))).toBe(false)
})
