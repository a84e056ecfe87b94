import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openStorage } from '../api/storage.ts'
import { type StorageAnswer, type StorageCall, storageCalls, storageKinds, writeOddFiles } from '../testing/storage-calls.ts'
import { copyStore, storeOf } from '../testing/temp.ts'
import type { Storage } from './storage.ts'

/** What OpenCode 1.1.65 itself answers: `scripts/storage-answers.ts` asked it. */
const original: {
  readonly kinds: Readonly<Record<string, { readonly keys: number; readonly sha256: string }>>
  readonly answers: readonly StorageAnswer[]
} = JSON.parse(readFileSync(join(import.meta.dirname, '../../fixtures/storage-1.1.65.json'), 'utf8'))

async function answered(storage: Storage, asked: StorageCall): Promise<StorageAnswer> {
  try {
    const { call, key } = asked
    if (call === 'read' || call === 'list') return { value: await storage[call](key) }
    if (call === 'update') return { value: await storage.update<object>(key, (draft) => Object.assign(draft, asked.value)) }
    await (call === 'write' ? storage.write(key, asked.value) : storage.remove(key))
    return { value: undefined }
  } catch (error) {
    return { throws: (error as Error).name }
  }
}

/** What the original throws where a file is no JSON is the parser's; ours says which file. */
const inOurNames = (answer: StorageAnswer) =>
  'throws' in answer && answer.throws === 'SyntaxError' ? { throws: 'OcvaultError' } : answer

describe('a JSON tree answers as OpenCode 1.1.65 does', () => {
  test.each(storageKinds)('what it lists and reads of its own sessions: %s', async (kind) => {
    const storage = await openStorage(storeOf('1.1.65'))
    const found: unknown[] = []
    for (const key of await storage.list([kind])) found.push([key, await storage.read(key)])
    const sha256 = createHash('sha256').update(JSON.stringify(found)).digest('hex')
    expect({ keys: found.length, sha256 }).toEqual(original.kinds[kind])
  })

  test('hundreds of reads, lists, writes, updates and removes, of odd files and missing ones', async () => {
    const root = join(copyStore('1.1.65'), 'storage')
    writeOddFiles(root)
    const storage = await openStorage(root)
    expect(original.answers).toHaveLength(storageCalls.length)
    for (const [index, asked] of storageCalls.entries()) {
      const about = `call ${index}: ${JSON.stringify(asked)}`
      expect(await answered(storage, asked), about).toEqual(inOurNames(original.answers[index]!))
    }
    storage.close()
  })
})
