import { attachment } from './attachments.ts'
import type { AssistantInfo, Message, Part, PartData, Session, Tokens } from './model.ts'
import type { Marker } from './plan.ts'
import type { Language } from './text.ts'
import { toolPart, type Workshop, workCall } from './tools.ts'

/** The word that a handful of sessions hold, for searches whose answer is known. */
const plantedWord = 'zebra-quokka'
const compactEvery = 140
/** No message of a subagent takes longer than this, so a task call that waits for one can be timed before it runs. */
const slowestStep = 12_000

/** A subagent to be started by a task call. */
export interface Task {
  readonly index: number
  readonly started: number
  readonly agent: 'explore' | 'general'
  readonly description: string
  readonly prompt: string
  readonly result: string
}

/** What is to be in a transcript; `task` says that a parent session asked for it. */
export interface Brief {
  readonly messages: number
  readonly children: number
  readonly childMessages: (index: number) => number
  readonly language: Language
  readonly marker: Marker | undefined
  readonly task: Task | undefined
}

/** Writes the conversation of one session, message by message, and adds up its totals on the way. */
export class Transcript {
  readonly #session: Session
  readonly #brief: Brief
  readonly #shop: Workshop
  readonly #spawn: (task: Task) => string
  #started = 0
  #marker: Marker | undefined

  /** @param spawn is told of each subagent and returns the id of its session */
  constructor(session: Session, brief: Brief, shop: Workshop, spawn: (task: Task) => string) {
    this.#session = session
    this.#brief = brief
    this.#shop = shop
    this.#spawn = spawn
    this.#marker = brief.marker
  }

  /** Exactly as many messages as the brief says, in turns: a prompt, steps with tools, an answer. */
  *messages(): Generator<Message> {
    let left = this.#brief.messages
    let sinceCompaction = 0
    while (left > 0) {
      if (sinceCompaction > compactEvery && left > 6) {
        yield* this.#compaction()
        left -= 2
        sinceCompaction = 0
      }
      const prompt = this.#user(this.#prompt(left))
      yield prompt
      left--
      for (let answered = false; !answered; left--) {
        answered = left === 1 || (this.#mayAnswer(left) && this.#shop.random.chance(0.22))
        yield answered ? this.#answer(prompt.id, left === 1) : this.#step(prompt.id, left)
        sinceCompaction++
      }
    }
  }

  /**
   * Not before all subagents have run, nor so late that a prompt would be left without an answer; a subagent has one turn only.
   */
  #mayAnswer(left: number): boolean {
    const waiting = this.#brief.children - this.#started
    return !this.#brief.task && this.#marker !== 'output' && left !== 2 && !(left === 3 && waiting > 0)
  }

  #prompt(left: number): PartData[] {
    const { random, text, clock } = this.#shop
    const { task, language, messages } = this.#brief
    if (task) return [{ type: 'text', text: task.prompt }]
    const prose = text.prose(random, Math.min(random.lognormal(140, 1), 6000), language)
    const parts: PartData[] = [{ type: 'text', text: this.#plant('prompt', prose) }]
    if (left < messages) clock.advance(5_000, 90_000)
    return random.chance(0.04) ? [...parts, ...attachment(this.#shop)] : parts
  }

  #user(data: readonly PartData[]): Message {
    const { clock } = this.#shop
    const created = clock.advance(20, 400)
    const id = clock.id('msg')
    const parts = data.map((item) => this.#part(item))
    const model = { providerID: this.#session.model.providerID, modelID: this.#session.model.id }
    const info = { role: 'user', time: { created }, agent: this.#session.agent, model, summary: { diffs: [] } } as const
    this.#session.updated = clock.now
    return { id, updated: clock.now, info, parts }
  }

  /** The last message of a turn: text, now and then an error instead. */
  #answer(promptID: string, last: boolean): Message {
    const { random, text } = this.#shop
    const { task, language } = this.#brief
    const failed = !last && this.#marker === undefined && random.chance(0.015)
    const error = { name: 'MessageAbortedError', data: { message: 'The operation was aborted.' } } as const
    return this.#assistant(promptID, failed ? { error } : { finish: 'stop' }, () => {
      if (failed) return []
      const prose = last && task ? task.result : text.answer(random, Math.min(random.lognormal(420, 0.8), 8000), language)
      return [...this.#reasoning(0.3), this.#text(this.#plant('answer', prose))]
    })
  }

  /** A message that calls tools and so is followed by another one. */
  #step(promptID: string, left: number): Message {
    const { random, text } = this.#shop
    return this.#assistant(promptID, { finish: 'tool-calls' }, () => {
      const parts = this.#reasoning(0.5)
      if (random.chance(0.4)) parts.push(this.#text(text.prose(random, random.between(40, 160), this.#brief.language)))
      const waiting = this.#brief.children - this.#started
      const tasks =
        left <= 2 ? waiting : waiting > 0 && random.chance((waiting / left) * 1.5) ? Math.min(waiting, random.between(1, 3)) : 0
      for (let i = 0; i < tasks; i++) parts.push(this.#task())
      if (tasks === 0 && this.#session.todos.length > 0 && left === this.#brief.messages - 1) parts.push(this.#todoCall())
      else if (tasks === 0) for (let i = random.chance(0.15) ? 2 : 1; i > 0; i--) parts.push(this.#work())
      return parts
    })
  }

  /** A user message that asks for it, then the summary: as OpenCode stores a compaction. */
  *#compaction(): Generator<Message> {
    const { random, text } = this.#shop
    const request = this.#user([{ type: 'compaction', auto: true }])
    yield request
    yield this.#assistant(request.id, { finish: 'stop', summary: true, mode: 'compaction', agent: 'compaction' }, () => [
      this.#text(`## Goal\n${text.prose(random, 400)}\n## Done\n${text.prose(random, 900)}\n## Next\n${text.prose(random, 200)}`),
    ])
  }

  #assistant(parentID: string, over: Partial<AssistantInfo>, content: () => Part[]): Message {
    const { clock, random, root } = this.#shop
    const session = this.#session
    const created = clock.advance(30, 300)
    const id = clock.id('msg')
    clock.advance(300, 1500)
    const snapshot = random.hex(40)
    const parts = over.error ? [] : [this.#part({ snapshot, type: 'step-start' }), ...content()]
    const tokens = over.error ? noTokens : this.#countTokens(parts)
    const cost = Math.round(tokens.input * 3 + tokens.output * 15 + tokens.cache.read * 0.3) / 1e6
    if (over.finish) parts.push(this.#part({ reason: over.finish, snapshot: random.hex(40), type: 'step-finish', tokens, cost }))
    const files = parts.flatMap(({ data }) =>
      data.type === 'tool' && data.tool === 'edit' ? [String(data.state.input.filePath)] : [],
    )
    if (files.length > 0) parts.push(this.#part({ type: 'patch', hash: snapshot, files }))
    const { agent, directory, model } = session
    const place = { path: { cwd: directory, root }, modelID: model.id, providerID: model.providerID }
    const time = { created, completed: clock.now }
    session.updated = clock.advance(1, 5)
    session.cost += cost
    return {
      id,
      updated: clock.now,
      info: { parentID, role: 'assistant', mode: agent, agent, ...place, cost, tokens, time, ...over },
      parts,
    }
  }

  #countTokens(parts: readonly Part[]): Tokens {
    const { random } = this.#shop
    const length = parts.reduce((sum, { data }) => sum + ('text' in data ? data.text.length : 60), 0)
    const output = Math.ceil(length / 4)
    const input = random.between(200, 9000)
    const cache = { write: random.between(0, 4000), read: random.between(5000, 120_000) }
    const totals = this.#session.tokens
    totals.input += input
    totals.output += output
    totals.cache.read += cache.read
    totals.cache.write += cache.write
    return { total: input + output + cache.read, input, output, reasoning: 0, cache }
  }

  #part(data: PartData): Part {
    const { clock } = this.#shop
    const created = clock.advance(0, 2)
    return { id: clock.id('prt'), created, updated: clock.advance(1, 3), data }
  }

  #text(text: string): Part {
    const { clock } = this.#shop
    const created = clock.now
    const id = clock.id('prt')
    const end = clock.advance(100, 900)
    return { id, created, updated: clock.advance(1, 2), data: { type: 'text', text, time: { start: created, end } } }
  }

  #reasoning(probability: number): Part[] {
    const { random, text } = this.#shop
    if (!random.chance(probability)) return []
    const { data, ...part } = this.#text(text.prose(random, Math.min(random.lognormal(220, 0.8), 8000)))
    return data.type === 'text' && data.time ? [{ ...part, data: { type: 'reasoning', text: data.text, time: data.time } }] : []
  }

  #work(): Part {
    const note = this.#marker === 'output' ? `found ${plantedWord} in ${this.#shop.text.file(this.#shop.random)}` : undefined
    const part = workCall(this.#shop, note)
    if (note !== undefined && part.data.type === 'tool' && part.data.state.status === 'completed') this.#marker = undefined
    this.#rememberDiff(part)
    return part
  }

  #rememberDiff({ data }: Part): void {
    if (data.type !== 'tool' || data.tool !== 'edit' || this.#session.diffs.length >= 10) return
    const { filePath, oldString, newString } = data.state.input
    const [before, after] = [String(oldString), String(newString)]
    const [deletions, additions] = [before.split('\n').length, after.split('\n').length]
    this.#session.diffs.push({ file: String(filePath), before, after, additions, deletions, status: 'modified' })
  }

  #todoCall(): Part {
    const { todos } = this.#session
    const call = {
      input: { todos },
      output: JSON.stringify(todos, null, 2),
      metadata: { todos, truncated: false },
      title: `${todos.length} todos`,
    }
    return toolPart(this.#shop, 'todowrite', call, 5)
  }

  #task(): Part {
    const { random, text, clock } = this.#shop
    const index = this.#started++
    const description = text.phrase(random, 3)
    const agent = random.chance(0.6) ? 'explore' : 'general'
    const [prompt, result] = [text.prose(random, 300), text.answer(random, 500, 'en')]
    const sessionId = this.#spawn({ index, started: clock.now + 100, agent, description, prompt, result })
    const output = `<task id="${sessionId}" state="completed">\n<task_result>\n${result}\n</task_result>\n</task>`
    const model = { modelID: this.#session.model.id, providerID: this.#session.model.providerID }
    const metadata = { parentSessionId: this.#session.id, sessionId, model, truncated: false }
    const call = { input: { description, prompt, subagent_type: agent }, output, metadata, title: description }
    return toolPart(this.#shop, 'task', call, this.#brief.childMessages(index) * slowestStep)
  }

  #plant(place: Marker, prose: string): string {
    if (this.#marker !== place) return prose
    this.#marker = undefined
    return `${prose} The marker word is ${plantedWord}.`
  }
}

const noTokens: Tokens = { input: 0, output: 0, reasoning: 0, cache: { write: 0, read: 0 } }
