import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { onTestFinished } from 'vitest'
import { tempDir } from './temp.ts'

/** What a file takes on such a disk is a multiple of it. */
export const blockBytes = 4096

/** A disk of so many bytes, if this system lets one be made; it is gone when the test is over. */
export function smallDisk(bytes: number): string | undefined {
  const folder = tempDir()
  const options = ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]
  if (process.platform !== 'linux' || spawnSync('mount', options).status !== 0) return undefined
  // Also while somebody looks at it: it goes when they are done.
  onTestFinished(() => void spawnSync('umount', ['-l', folder]))
  return folder
}

/** Lets nobody write to such a disk any more. */
export function makeReadOnly(folder: string): void {
  const { status, stderr } = spawnSync('mount', ['-o', 'remount,ro', folder])
  if (status !== 0) throw new Error(stderr.toString())
}

/** Fills the disk that a file is on but for so many blocks. */
export function fillDisk(path: string, free = 0): void {
  const file = openSync(path, 'w')
  const content = Buffer.alloc(blockBytes, 1)
  let blocks = 0
  try {
    for (;;) {
      writeSync(file, content)
      blocks++
    }
  } catch {
    ftruncateSync(file, Math.max(0, blocks - free) * blockBytes)
    closeSync(file)
  }
}
