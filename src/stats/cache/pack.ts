import { listOf, numberOf, textOf } from '../../base/json.ts'
import { type Cell, type Figures, type HistoryMessage, noSums, type Oddity, type Sums, type Uncosted } from '../figures.ts'

/** Figures as lists without names: as text for SQLite. A value is read as it was written, or as none. */

const sumNames = Object.keys(noSums()) as (keyof Sums)[]
const count = (value: unknown) => numberOf(value) ?? 0
const counts = (value: unknown) => listOf(value).map(count)

function packCell({ slot, agent, model, sums, uncosted, tools, files, firstTokens }: Cell): unknown[] {
  return [
    ...[slot, agent, model, sumNames.map((name) => sums[name])],
    Array.from(uncosted.values(), (each) => [
      ...[each.context, each.input, each.output, each.reasoning, each.cacheRead, each.cacheWrite],
    ]),
    Array.from(tools, ([name, { calls, failures, bytes, times }]) => [name, calls, failures, bytes, times]),
    Array.from(files, ([path, { edits, reads }]) => [path, edits, reads]),
    firstTokens,
  ]
}

function unpackCell(packed: unknown): Cell {
  const [slot, agent, model, sums, uncosted, tools, files, firstTokens] = listOf(packed)
  const values = counts(sums)
  const named = <T>(lists: unknown, make: (rest: readonly unknown[]) => T) =>
    new Map(listOf(lists).map((list): [string, T] => [String(listOf(list)[0]), make(listOf(list).slice(1))]))
  return {
    slot: count(slot),
    agent: textOf(agent),
    model: textOf(model),
    sums: Object.fromEntries(sumNames.map((name, at) => [name, values[at] ?? 0])) as Sums,
    uncosted: new Map(listOf(uncosted).map(unpackUncosted)),
    tools: named(tools, ([calls, failures, bytes, times]) => ({
      ...{ calls: count(calls), failures: count(failures), bytes: count(bytes), times: counts(times) },
    })),
    files: named(files, ([edits, reads]) => ({ edits: count(edits), reads: count(reads) })),
    firstTokens: counts(firstTokens),
  }
}

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
