import { makeID } from './clock.ts'
import type { NewDatabase } from './database.ts'
import type { AssistantInfo, Message, Part, Session, UserInfo } from './model.ts'
import { Random } from './random.ts'

const nothingUsed = { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } }

/**
 * The event log of 1.x: every change of a session, message or part repeats the whole object. A text is there empty and full, a
 * tool pending, running, running with output and done (a read twice, as when it is pruned from the context later), so the log
 * outweighs the parts two to three times.
 */
export class EventLog {
  readonly #db: NewDatabase
  readonly #random: Random
  #seq = 0

  constructor(db: NewDatabase, seed: number) {
    this.#db = db
    this.#random = new Random(seed, 3)
  }

  begin(session: Session): void {
    this.#seq = 0
    const title = `New session - ${new Date(session.created).toISOString()}`
    this.#add(
      session,
      session.created,
      'session.created.1',
      sessionEvent(session, session.parentID === null ? title : session.title),
    )
  }

  end(session: Session): void {
    this.#db.insert('event_sequence', { aggregate_id: session.id, seq: this.#seq - 1 })
  }

  /** @param bodies the stored JSON of each part, so that no text is serialised twice */
  message(session: Session, message: Message, body: string, bodies: readonly string[]): void {
    const { id, info, updated } = message
    const event = (data: string) =>
      `{"sessionID":"${session.id}","info":{"id":"${id}","sessionID":"${session.id}",${data.slice(1)}}`
    this.#add(session, info.time.created, 'message.updated.1', event(startOf(info)))
    message.parts.forEach((part, i) => {
      this.#part(session, id, part, bodies[i]!)
    })
    this.#add(session, updated, 'message.updated.1', event(body))
    this.#add(session, updated, 'session.updated.1', sessionEvent(session, session.title))
  }

  #part(session: Session, messageID: string, part: Part, body: string): void {
    const { id, created, updated, data } = part
    const ids = `{"sessionID":"${session.id}","part":{"id":"${id}","sessionID":"${session.id}","messageID":"${messageID}",`
    const add = (json: string, time: number) =>
      this.#add(session, time, 'message.part.updated.1', `${ids}${json.slice(1)},"time":${time}}`)
    for (const stage of stagesOf(data)) add(JSON.stringify(stage), created)
    add(body, updated)
    if (data.type === 'tool' && data.tool === 'read') add(body, updated)
  }

  #add(session: Session, time: number, type: string, data: string): void {
    const seq = this.#seq++
    this.#db.insert('event', { id: makeID('evt', time, seq % 4096, this.#random), aggregate_id: session.id, seq, type, data })
  }
}

/** The states that a part goes through before its last one. */
function stagesOf(data: Part['data']): readonly object[] {
  if ((data.type === 'text' || data.type === 'reasoning') && data.time)
    return [{ ...data, text: '', time: { start: data.time.start } }]
  if (data.type !== 'tool') return []
  const { state, ...rest } = data
  const time = { start: state.time.start }
  const stages: object[] = [
    { ...rest, state: { status: 'pending', input: {}, raw: '' } },
    { ...rest, state: { status: 'running', input: state.input, time } },
  ]
  if (data.tool !== 'bash' || state.status === 'error') return stages
  for (const share of [0.4, 0.9]) {
    const output = state.output.slice(0, state.output.length * share)
    stages.push({
      ...rest,
      state: { status: 'running', input: state.input, metadata: { output, description: state.input.description }, time },
    })
  }
  return stages
}

function startOf(info: UserInfo | AssistantInfo): string {
  if (info.role === 'user') return JSON.stringify(info)
  const { finish: _finish, error: _error, time, ...rest } = info
  return JSON.stringify({ ...rest, cost: 0, tokens: nothingUsed, time: { created: time.created } })
}

function sessionEvent(session: Session, title: string): string {
  const { id, slug, projectID, directory, path, parentID, cost, tokens, agent, model, version, created, updated, permission } =
    session
  const parent = parentID === null ? {} : { parentID }
  const time = { created, updated }
  const rules = permission.length > 0 ? { permission } : {}
  const info = { id, slug, projectID, directory, path, ...parent, cost, tokens, title, agent, model, version, time, ...rules }
  return JSON.stringify({ sessionID: id, info })
}
