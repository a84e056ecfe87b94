import { Sums } from './sums.ts'

/**
 * What is counted of a session, small enough to be kept: one cell for each quarter of an hour, agent and model. Quarters, because
 * every time zone of today is whole quarters away from UTC: so days can be told in any zone without reading a message again.
 */

export const slotMs = 900_000

/** Tokens of answers for which OpenCode noted no cost, by how long their context was ({@link contextEdges}). */
export interface Uncosted {
  readonly context: number
  input: number
  output: number
  reasoning: number
  cacheRead: number
  cacheWrite: number
}

/**
 * Where prices change with the length of the context, in any price list that has been seen. A context belongs to the class of how
 * many edges it is longer than.
 */
export const contextEdges = [
  ...[32_000, 32_001, 64_000, 100_000, 128_000, 128_001, 131_072, 200_000, 200_001, 256_000, 256_001, 262_144],
  ...[272_000, 272_001, 400_000, 500_000, 512_000, 524_288, 1_000_000, 1_048_576],
] as const

export const contextClass = (tokens: number): number => contextEdges.filter((edge) => tokens > edge).length

/** Calls of one tool. */
export interface ToolSums {
  calls: number
  failures: number
  bytes: number
  /** How long each call took that has ended, in ms. */
  readonly times: number[]
}

/** How often tools changed a file, and how often they read it. */
export interface Touches {
  edits: number
  reads: number
}

export interface Cell {
  /** Quarters of an hour since the epoch. */
  readonly slot: number
  readonly agent: string | null
  /** `provider/model` of answers; what no model wrote has none. */
  readonly model: string | null
  readonly sums: Sums
  readonly uncosted: Map<number, Uncosted>
  readonly tools: Map<string, ToolSums>
  readonly files: Map<string, Touches>
  /** How long it took until an answer began, in ms, of each that tells. */
  readonly firstTokens: number[]
}

/** A cell at a time, in ms since the epoch. */
export function emptyCell(time: number, agent: string | null = null, model: string | null = null): Cell {
  const slot = Math.floor(time / slotMs)
  return { slot, agent, model, sums: new Sums(), uncosted: new Map(), tools: new Map(), files: new Map(), firstTokens: [] }
}

/** A number that can be no count and no price, and was left out. */
export interface Oddity {
  readonly messageID: string
  readonly field: string
  readonly value: string
}

/** A message that is older than its session, as a fork has them, with what it would count for. */
export interface HistoryMessage {
  readonly print: number
  readonly time: number
  readonly cell: Cell
}

export interface Figures {
  readonly cells: readonly Cell[]
  readonly history: readonly HistoryMessage[]
  /** One number for each message that is no history, from what does not change when it is copied into a fork. */
  readonly prints: readonly number[]
  readonly oddities: readonly Oddity[]
}
