import { closeSync, readSync } from 'node:fs'
import type { JsonObject } from '../../base/json.ts'
import { openRegular } from '../../base/regular.ts'
import { beginningBytes, type LongBytes, longRecord } from '../long-record.ts'

/** How much of a file is read at once. */
const blockBytes = 2 ** 20

/**
 * The object that a file of so many bytes begins with, without the rest; undefined where it does not begin as an object.
 * @throws what the file system says
 */
export function longObject(path: string, bytes: number): JsonObject | undefined {
  for (const first of withoutMark(piecesOf(path, beginningBytes))) {
    return longRecord(first, { bytes, read: () => withoutMark(piecesOf(path, blockBytes)) })
  }
  return undefined
}

/** A file of so many bytes, byte for byte. */
export const longFile = (path: string, bytes: number): LongBytes => ({ bytes, read: () => piecesOf(path, blockBytes) })

/** What an editor may have put before the text. */
const byteOrderMark = Buffer.from('\uFEFF')

function* withoutMark(pieces: Iterable<Buffer>): Generator<Uint8Array, undefined> {
  let isFirst = true
  for (const piece of pieces) {
    yield isFirst && piece.indexOf(byteOrderMark) === 0 ? piece.subarray(byteOrderMark.length) : piece
    isFirst = false
  }
}

function* piecesOf(path: string, size: number): Generator<Buffer, undefined> {
  const file = openRegular(path)
  try {
    for (;;) {
      const block = Buffer.alloc(size)
      const length = readSync(file, block)
      if (length === 0) return
      yield block.subarray(0, length)
    }
  } finally {
    closeSync(file)
  }
}
