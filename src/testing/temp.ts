import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

const stores = join(import.meta.dirname, '../../fixtures/stores')

/** A folder that is gone when the test is over. */
export function tempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocvault-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes files under a new folder: text as it is, anything else as JSON. */
export function writeTree(files: Readonly<Record<string, unknown>>): string {
  const root = tempDir()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    const raw = typeof content === 'string' || content instanceof Uint8Array
    writeFileSync(join(root, path), raw ? content : JSON.stringify(content))
  }
  return root
}

/** A copy of the data directory that a release wrote, to do harm to. */
export function copyStore(release: string): string {
  const data = join(tempDir(), 'opencode')
  cpSync(join(stores, release, 'opencode'), data, { recursive: true })
  for (const name of readdirSync(data)) chmodSync(join(data, name), 0o755)
  return data
}

/** The releases whose stores there are. */
export const releases = (): string[] => readdirSync(stores)

export const storeOf = (release: string): string => join(stores, release, 'opencode')
