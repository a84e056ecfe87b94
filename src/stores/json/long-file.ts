import { closeSync, readSync } from 'node:fs'
import type { JsonObject } from '../../base/json.ts'
import { openRegular } from '../../base/regular.ts'
import { beginningBytes, longRecord } from '../long-record.ts'

/** How much of a file is read at once. */
const blockBytes = 2 ** 20

/**
 * The object that a file of so many bytes begins with, without the rest; undefined where it does not begin as an object.
 * @throws what the file system says
 */
export function longObject(path: string, bytes: number): JsonObject | undefined {
  for (const first of piecesOf(path, beginningBytes)) return longRecord(first, { bytes, read: () => piecesOf(path, blockBytes) })
  return undefined
}

/** What an editor may have put before the text. */
const byteOrderMark = Buffer.from('\uFEFF')

function* piecesOf(path: string, size: number): Generator<Uint8Array, undefined> {
  const file = openRegular(path)
  try {
    for (let isFirst = true; ; isFirst = false) {
      const block = Buffer.alloc(size)
      const length = readSync(file, block)
      if (length === 0) return
      const piece = block.subarray(0, length)
      yield isFirst && piece.indexOf(byteOrderMark) === 0 ? piece.subarray(byteOrderMark.length) : piece
    }
  } finally {
    closeSync(file)
  }
}
