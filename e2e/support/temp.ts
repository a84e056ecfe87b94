import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const made: string[] = []

/**
 * An empty directory that is gone when the tests of this file are over. Every user may look into it: some tests run as another
 * one.
 */
export function tempDir(name = 'dir'): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `ocvault-e2e-${name}-`)))
  chmodSync(path, 0o755)
  made.push(path)
  return path
}

afterAll(() => {
  for (const path of made.splice(0)) {
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    } catch {
      // A helper of OpenCode may still write there; the system clears its temporary directory.
    }
  }
})
