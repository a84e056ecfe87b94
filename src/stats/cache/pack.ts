import { listOf, numberOf, textOf } from '../../base/json.ts'
import type { Cell, Figures, HistoryMessage, Oddity, Uncosted } from '../figures.ts'
import { Sums } from '../sums.ts'

/** Figures as lists without names: as text for SQLite. A value is read as it was written, or as none. */

const count = (value: unknown) => numberOf(value) ?? 0
const counts = (value: unknown) => listOf(value) as readonly number[]

function packCell({ slot, agent, model, sums, uncosted, tools, files, firstTokens }: Cell): unknown[] {
  return [
    ...[slot, agent, model, sums.list()],
    Array.from(uncosted.values(), (each) => [
      ...[each.context, each.input, each.output, each.reasoning, each.cacheRead, each.cacheWrite],
    ]),
    Array.from(tools, ([name, { calls, failures, bytes, times }]) => [name, calls, failures, bytes, times]),
    Array.from(files, ([path, { edits, reads }]) => [path, edits, reads]),
    firstTokens,
  ]
}

/** Most questions look at a part of a cell only. */
class KeptCell implements Cell {
  readonly slot: number
  readonly agent: string | null
  readonly model: string | null
  readonly sums: Sums
  readonly #packed: readonly unknown[]

  constructor(packed: readonly unknown[]) {
    this.slot = count(packed[0])
    this.agent = textOf(packed[1])
    this.model = textOf(packed[2])
    this.sums = Sums.from(counts(packed[3]))
    this.#packed = packed
  }

  get uncosted(): Cell['uncosted'] {
    return new Map(listOf(this.#packed[4]).map(unpackUncosted))
  }

  get tools(): Cell['tools'] {
    return named(this.#packed[5], ([calls, failures, bytes, times]) => {
      return { calls: count(calls), failures: count(failures), bytes: count(bytes), times: counts(times) as number[] }
    })
  }

  get files(): Cell['files'] {
    return named(this.#packed[6], ([edits, reads]) => ({ edits: count(edits), reads: count(reads) }))
  }

  get firstTokens(): number[] {
    return counts(this.#packed[7]) as number[]
  }
}

function named<T>(lists: unknown, make: (rest: readonly unknown[]) => T): Map<string, T> {
  return new Map(listOf(lists).map((list): [string, T] => [String(listOf(list)[0]), make(listOf(list).slice(1))]))
}

const unpackCell = (packed: unknown): Cell => new KeptCell(listOf(packed))

function unpackUncosted(packed: unknown): [number, Uncosted] {
  const [context = 0, input = 0, output = 0, reasoning = 0, cacheRead = 0, cacheWrite = 0] = counts(packed)
  return [context, { context, input, output, reasoning, cacheRead, cacheWrite }]
}

export function packFigures({ cells, history, oddities }: Figures): string {
  const messages = history.map(({ print, time, cell }) => [print, time, packCell(cell)])
  return JSON.stringify([cells.map(packCell), messages, oddities.map(({ messageID, field, value }) => [messageID, field, value])])
}

export const packPrints = (prints: readonly number[]): Uint8Array => new Uint8Array(Float64Array.from(prints).buffer)

/** @throws SyntaxError for a text that is no JSON */
export function unpackFigures(body: string, prints: Uint8Array): Figures {
  const [cells, history, oddities] = JSON.parse(body) as unknown[]
  return {
    cells: listOf(cells).map(unpackCell),
    history: listOf(history).map((packed): HistoryMessage => {
      const [print, time, cell] = listOf(packed)
      return { print: count(print), time: count(time), cell: unpackCell(cell) }
    }),
    // Looked at only where there are forks.
    get prints() {
      return Array.from(new Float64Array(prints.slice().buffer))
    },
    oddities: listOf(oddities).map((packed): Oddity => {
      const [messageID, field, value] = listOf(packed).map(String)
      return { messageID: messageID ?? '', field: field ?? '', value: value ?? '' }
    }),
  }
}
