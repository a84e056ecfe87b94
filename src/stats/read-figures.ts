import { numberOf, objectOf } from '../base/json.ts'
import { readMessage } from '../conversation/conversation.ts'
import type { Message, ToolPart } from '../conversation/message.ts'
import type { SessionHeader, StoredMessage } from '../stores/store.ts'
import { type Cell, contextClass, emptyCell, type Figures, type HistoryMessage, type Oddity } from './figures.ts'
import { printOf } from './print-of.ts'
import { type Spent, spentOn } from './spent.ts'
import { touchedBy } from './touched.ts'

/** Longer than this nobody was at work: the gap is no active time. */
const longestGapMs = 300_000

/** What is looked at of a session besides its messages. */
export type Figured = Pick<SessionHeader, 'id' | 'revert'> & { readonly time: Pick<SessionHeader['time'], 'created'> }

/** Messages begun at or after `since` and before `until`, in ms since the epoch. */
export interface Window {
  readonly since: number
  readonly until: number
}

export interface FigureOptions {
  /** Messages with these ids are passed by; those that are read are added. */
  readonly seen?: Set<string>
  readonly window?: Window
  /** Leaves out summaries: another copy has them under other ids. */
  readonly withoutSummaries?: boolean
}

/** JavaScript knows no time beyond. */
const lastTime = 8.64e15

const isTime = (time: number | null): time is number => time !== null && time >= 0 && time <= lastTime

/** Counts a session's messages. Streams: of a message nothing but numbers is kept. */
export function readFigures(session: Figured, messages: Iterable<StoredMessage>, options: FigureOptions = {}): Figures {
  const reader = new FiguresReader(session, options)
  for (const stored of messages) reader.add(stored)
  return reader.done()
}

class FiguresReader {
  readonly #session: Figured
  readonly #options: FigureOptions
  readonly #cells = new Map<string, Cell>()
  readonly #history: HistoryMessage[] = []
  readonly #prints: number[] = []
  readonly #oddities: Oddity[] = []
  /** When something happened, and the cell of the message in which it did. */
  readonly #moments: [time: number, cell: Cell][] = []
  #reverted = false

  constructor(session: Figured, options: FigureOptions) {
    this.#session = session
    this.#options = options
  }

  add(stored: StoredMessage): void {
    const { seen, window, withoutSummaries } = this.#options
    this.#reverted ||= stored.id === this.#session.revert?.messageID
    if (seen?.has(stored.id)) return
    seen?.add(stored.id)
    const message = readMessage(stored)
    if (withoutSummaries && message.kind === 'compaction') return
    const created = this.#session.time.created
    const time = isTime(message.time.created) ? message.time.created : isTime(created) ? created : 0
    // What lies outside is looked at only to know how long nothing happened before the first inside.
    if (window && (time < window.since || time >= window.until)) {
      if (time >= created) this.#note(newCell(time, message), time, message)
      return
    }
    const spent = spentOn(message, stored, this.#oddities)
    const print = printOf(message)
    if (time < created) {
      const cell = newCell(time, message)
      this.#count(cell, message, spent, stored)
      this.#history.push({ print, time, cell })
      return
    }
    this.#prints.push(print)
    const cell = this.#cellFor(time, message)
    this.#count(cell, message, spent, stored)
    this.#note(cell, time, message)
  }

  #cellFor(time: number, message: Message): Cell {
    const made = newCell(time, message)
    const key = `${made.slot}\n${made.agent}\n${made.model}`
    const cell = this.#cells.get(key) ?? made
    this.#cells.set(key, cell)
    return cell
  }

  #count(cell: Cell, message: Message, spent: Spent | undefined, stored: StoredMessage): void {
    const { sums } = cell
    sums.messages++
    if (message.kind === 'prompt') sums.prompts++
    if (this.#reverted) sums.reverted++
    for (const part of message.parts) if (part.type === 'tool') countCall(cell, part)
    if (!spent) return
    sums.answers++
    if (message.interrupted) sums.interrupted++
    else if (message.error !== null) sums.failed++
    const { created, completed } = message.time
    if (created !== null && completed !== null && completed > created) sums.answering += completed - created
    const first = firstToken(message, stored)
    if (created !== null && first !== null && first >= created) cell.firstTokens.push(first - created)
    for (const [field, amount] of Object.entries(spent) as [keyof Spent, number][]) sums[field] += amount
    if (spent.stored === 0) addUncosted(cell.uncosted, spent)
  }

  #note(cell: Cell, time: number, message: Message): void {
    const times = [time, message.time.completed]
    for (const part of message.parts) if (part.type === 'tool') times.push(part.time.start, part.time.end)
    for (const moment of times) if (isTime(moment)) this.#moments.push([moment, cell])
  }

  done(): Figures {
    this.#moments.sort(([a], [b]) => a - b)
    for (const [at, [time, cell]] of this.#moments.entries()) {
      const gap = at === 0 ? 0 : time - this.#moments[at - 1]![0]
      cell.sums.wall += gap
      if (gap <= longestGapMs) cell.sums.active += gap
    }
    return { cells: [...this.#cells.values()], history: this.#history, prints: this.#prints, oddities: this.#oddities }
  }
}

const newCell = (time: number, { role, agent, model }: Message): Cell =>
  emptyCell(time, agent, role === 'assistant' && model ? `${model.providerID}/${model.modelID}` : null)

function addUncosted(to: Cell['uncosted'], { input, output, reasoning, cacheRead, cacheWrite }: Spent): void {
  if (input + output + reasoning + cacheRead + cacheWrite === 0) return
  const context = contextClass(input + cacheRead + cacheWrite)
  const sum = to.get(context) ?? { context, input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 }
  sum.input += input
  sum.output += output
  sum.reasoning += reasoning
  sum.cacheRead += cacheRead
  sum.cacheWrite += cacheWrite
  to.set(context, sum)
}

/** A command that ended with another code than 0 has failed, although OpenCode calls it completed. */
export const hasFailed = ({ status, exit }: ToolPart) => status === 'error' || (exit !== null && exit !== 0)

function countCall({ sums, tools, files }: Cell, part: ToolPart): void {
  const tool = tools.get(part.tool) ?? { calls: 0, failures: 0, bytes: 0, times: [] }
  tools.set(part.tool, tool)
  const bytes = Buffer.byteLength(part.output ?? part.error ?? '')
  const { start, end } = part.time
  tool.calls++
  tool.bytes += bytes
  sums.calls++
  sums.bytes += bytes
  if (hasFailed(part)) {
    tool.failures++
    sums.failures++
  }
  if (start !== null && end !== null && end >= start) {
    tool.times.push(end - start)
    sums.toolTime += end - start
  }
  const touched = touchedBy(part)
  const touch = (path: string, kind: 'edits' | 'reads') => {
    const touches = files.get(path) ?? { edits: 0, reads: 0 }
    touches[kind]++
    files.set(path, touches)
  }
  for (const path of touched.edits) touch(path, 'edits')
  for (const path of touched.reads) touch(path, 'reads')
}

/** When the first word of an answer came, or the first call: where parts tell, or `time.streamed` of 2.x. */
export function firstToken(message: Message, stored: StoredMessage): number | null {
  const starts = message.parts.flatMap((part) => {
    if (part.type === 'tool') return part.time.start ?? []
    if (part.type !== 'text' && part.type !== 'reasoning') return []
    const time = objectOf(part.raw.time)
    return numberOf(time.start) ?? numberOf(time.created) ?? []
  })
  const streamed = numberOf(objectOf(stored.info.time).streamed)
  if (streamed !== null) starts.push(streamed)
  return starts.length === 0 ? null : starts.reduce((least, time) => Math.min(least, time))
}
