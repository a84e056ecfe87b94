import { inNoMessage } from './combinations.ts'
import type { Prepared } from './meta.ts'

/** Units of so many neighbouring numbers stand in one row: few rows to read of all, few bytes to write for one. */
const chunkBits = 13
const chunkUnits = 2 ** chunkBits
const inChunk = chunkUnits - 1
/** So many rows are kept while an index is written. */
const chunksWritten = 16

interface Chunk {
  /** A bit for each unit: whether it is the first of its message. */
  readonly starts: Uint8Array
  combinations: Uint8Array | Uint16Array | Uint32Array
  readonly sizes: Uint8Array
}

/** What is known of every unit, as columns: read a row at a time, when a unit of it is asked about. */
export class UnitColumns {
  readonly #prepared: Prepared
  readonly #read: <T>(run: () => T) => T
  readonly #chunks: (Chunk | undefined)[] = []
  readonly #changed = new Set<number>()

  /** @param read what reading goes through, so that trouble has one name */
  constructor(prepared: Prepared, read: <T>(run: () => T) => T) {
    this.#prepared = prepared
    this.#read = read
  }

  #chunk(number: number): Chunk {
    let chunk = this.#chunks[number]
    if (!chunk) {
      chunk = this.#read(() => this.#readChunk(number))
      this.#chunks[number] = chunk
    }
    return chunk
  }

  #readChunk(number: number): Chunk {
    const row = this.#prepared('SELECT starts, combinations, sizes FROM unit WHERE chunk = ?').get(number)
    if (row) {
      const [starts, combinations, sizes] = [row.starts, row.combinations, row.sizes] as [Uint8Array, Uint8Array, Uint8Array]
      return { starts, combinations: numbersIn(combinations), sizes }
    }
    const combinations = new Uint8Array(chunkUnits).fill(inNoMessage)
    return { starts: new Uint8Array(chunkUnits >> 3), combinations, sizes: new Uint8Array(chunkUnits) }
  }

  /** The number of the first unit of the message that a unit is in: the same for all of a message. */
  firstOfMessage(unit: number): number {
    for (let at = unit; at > 0; at--) {
      const { starts } = this.#chunk(at >>> chunkBits)
      const place = at & inChunk
      if ((starts[place >> 3]! & (1 << (place & 7))) !== 0) return at
    }
    return 0
  }

  combination(unit: number): number {
    return this.#chunk(unit >>> chunkBits).combinations[unit & inChunk]!
  }

  /** As `sizeOf` gives it. */
  size(unit: number): number {
    return this.#chunk(unit >>> chunkBits).sizes[unit & inChunk]!
  }

  set(unit: number, isStart: boolean, combination: number, size: number): void {
    const number = unit >>> chunkBits
    if (!this.#changed.has(number)) {
      if (this.#changed.size >= chunksWritten) this.save()
      this.#changed.add(number)
    }
    const chunk = this.#chunk(number)
    const place = unit & inChunk
    const bit = 1 << (place & 7)
    if (isStart) chunk.starts[place >> 3]! |= bit
    else chunk.starts[place >> 3]! &= ~bit
    if (combination >= 2 ** (8 * chunk.combinations.BYTES_PER_ELEMENT)) chunk.combinations = Uint32Array.from(chunk.combinations)
    chunk.combinations[place] = combination
    chunk.sizes[place] = Math.min(size, 255)
  }

  /** Writes what was set. */
  save(): void {
    const sql = 'INSERT OR REPLACE INTO unit (chunk, starts, combinations, sizes) VALUES (?, ?, ?, ?)'
    for (const number of this.#changed) {
      const { starts, combinations, sizes } = this.#chunk(number)
      this.#prepared(sql).run(number, starts, bytesOf(combinations), sizes)
      this.#chunks[number] = undefined
    }
    this.#changed.clear()
  }
}

/** In as many bytes as the greatest number needs. */
function bytesOf(numbers: Uint8Array | Uint16Array | Uint32Array): Uint8Array {
  let most = 0
  for (const number of numbers) most = Math.max(most, number)
  if (most < 2 ** 8) return Uint8Array.from(numbers)
  const wide = most < 2 ** 16 ? Uint16Array.from(numbers) : Uint32Array.from(numbers)
  return new Uint8Array(wide.buffer)
}

function numbersIn(bytes: Uint8Array): Uint8Array | Uint16Array | Uint32Array {
  if (bytes.length === chunkUnits) return bytes
  const { buffer } = bytes.slice()
  return bytes.length === 2 * chunkUnits ? new Uint16Array(buffer) : new Uint32Array(buffer)
}
