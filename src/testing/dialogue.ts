import { TestDatabase } from './database.ts'

/** What is said or done in a session, in order. A call belongs to the answer that it stands in, text to a message of its own. */
export type Line =
  | readonly ['you' | 'agent' | 'thinks', string]
  | readonly ['bash', command: string, output: string, exit?: number]
  | readonly ['edit' | 'read' | 'write', path: string, error?: string]

export interface Dialogue {
  readonly id: string
  readonly lines: readonly Line[]
  readonly title?: string
  readonly directory?: string
  readonly parent?: string
  /** ms since the epoch; each line is said a second after the one before. */
  readonly start: number
}

/** A database of 1.18.33 in which these sessions were held. @returns its path */
export function databaseOf(...dialogues: readonly Dialogue[]): string {
  const database = new TestDatabase()
  database.db.exec('BEGIN')
  for (const dialogue of dialogues) held(database, dialogue)
  database.db.exec('COMMIT')
  return database.done()
}

function held(
  database: TestDatabase,
  { id, lines, title = `Session ${id}`, directory = '/work/app', parent, start }: Dialogue,
): void {
  database.session({
    id,
    title,
    directory,
    ...(parent !== undefined && { parent_id: parent }),
    time_created: start,
    time_updated: start + lines.length * 1000,
  })
  for (const [index, line] of lines.entries()) {
    const number = String(index).padStart(6, '0')
    const time = start + index * 1000
    const message = `msg_${id.slice(4)}${number}`
    const isYou = line[0] === 'you'
    const answer = { role: 'assistant', agent: 'build', mode: 'build', providerID: 'p', modelID: 'm', finish: 'stop' }
    const info = isYou ? { role: 'user', agent: 'build', model: { providerID: 'p', modelID: 'm' } } : answer
    database.message(id, message, { ...info, time: { created: time, ...(!isYou && { completed: time + 500 }) } }, time)
    database.part(id, message, `prt_${id.slice(4)}${number}`, partOf(line, time))
  }
}

function partOf(line: Line, time: number): object {
  const call = (tool: string, state: object) => ({
    type: 'tool',
    tool,
    callID: `call_${time}`,
    state: { ...state, time: { start: time, end: time + 50 } },
  })
  if (line[0] === 'bash') {
    const [, command, output, exit = 0] = line
    return call('bash', { status: 'completed', input: { command }, output, title: command, metadata: { exit, output } })
  }
  if (line[0] === 'edit' || line[0] === 'read' || line[0] === 'write') {
    const [tool, filePath, error] = line
    const input = { filePath }
    if (error !== undefined) return call(tool, { status: 'error', input, error })
    return call(tool, { status: 'completed', input, output: 'done', title: filePath, metadata: {} })
  }
  return { type: line[0] === 'thinks' ? 'reasoning' : 'text', text: line[1] }
}
