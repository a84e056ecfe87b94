import { NewDatabase, sessionRow } from './database.ts'
import type { AssistantInfo, FileData, Message, Part, Project, Session, ToolData, Writer } from './model.ts'
import { migrationsV1 } from './schema-shared.ts'
import { migrationsV2, schemaV2 } from './schema-v2.ts'

const toolNames: Readonly<Record<string, string>> = { bash: 'shell', task: 'subagent' }

/** One row of `session_message`, without its place in the session. */
interface Row {
  readonly id: string
  readonly type: 'user' | 'synthetic' | 'assistant' | 'compaction'
  readonly data: Readonly<Record<string, unknown>>
}

/** A fresh database of 2.x: parts are folded into their message, as the importer of 2.x does with the same messages. */
export class SqliteV2 implements Writer {
  readonly #db: NewDatabase
  #seq = 0

  constructor(path: string) {
    this.#db = new NewDatabase(path, schemaV2, [...migrationsV1, ...migrationsV2])
  }

  projects(projects: readonly Project[]): void {
    this.#db.projects(projects)
    for (const { id, worktree, created } of projects)
      this.#db.insert('worktree', { project_id: id, directory: worktree, time_created: created })
  }

  begin(): void {
    this.#seq = 0
  }

  message(session: Session, message: Message): void {
    const created = message.info.time.created
    for (const { id, type, data } of rowsOf(message)) {
      this.#db.insert('session_message', {
        id,
        session_id: session.id,
        type,
        seq: ++this.#seq,
        time_created: created,
        time_updated: message.updated,
        data: JSON.stringify(data),
      })
    }
  }

  end(session: Session): void {
    const idle = { time_idle: session.updated, idle_outcome: 'succeeded' }
    this.#db.insert('session_v2', { ...sessionRow(session), version: '2.0.26', ...idle })
    this.#db.insert('event_sequence', { aggregate_id: session.id, seq: this.#seq })
  }

  close(): number {
    return this.#db.finish()
  }
}

function rowsOf(message: Message): Row[] {
  const { id, info, parts } = message
  if (info.role === 'user') return userRows(message)
  if (info.summary) {
    const data = { time: { created: info.time.created }, status: 'completed', reason: 'auto', summary: textOf(parts), recent: '' }
    return [{ id, type: 'compaction', data }]
  }
  return [{ id, type: 'assistant', data: assistantData(info, parts) }]
}

/** The prompt, then each synthetic text as a message of its own; a request to compact leaves nothing. */
function userRows({ id, info, parts }: Message): Row[] {
  if (parts.some(({ data }) => data.type === 'compaction')) return []
  const time = { created: info.time.created }
  const files = parts.flatMap(({ data }) => (data.type === 'file' ? [fileOf(data)] : []))
  const prompt: Row = { id, type: 'user', data: { time, text: textOf(parts), ...(files.length > 0 ? { files } : {}) } }
  const synthetic = parts.flatMap(({ id, data }): Row[] => {
    return data.type === 'text' && data.synthetic
      ? [{ id: `msg_${id.slice(4)}`, type: 'synthetic', data: { time, text: data.text } }]
      : []
  })
  return [prompt, ...synthetic]
}

function fileOf({ mime, filename, url }: FileData): object {
  const inline = /^data:[^,]*;base64,/.exec(url)
  if (inline) return { data: url.slice(inline[0].length), mime, source: { type: 'inline' }, name: filename }
  return { data: '', mime, source: { type: 'uri', uri: url }, name: filename }
}

function assistantData(info: AssistantInfo, parts: readonly Part[]): Row['data'] {
  const { input, output, reasoning, cache } = info.tokens
  const snapshots = parts.flatMap(({ data }) =>
    data.type === 'step-start' || data.type === 'step-finish' ? [data.snapshot] : [],
  )
  return {
    time: info.time,
    agent: info.agent,
    model: { id: info.modelID, providerID: info.providerID },
    content: parts.flatMap((part) => contentOf(part)),
    ...(snapshots.length > 0 ? { snapshot: { start: snapshots[0], end: snapshots.at(-1) } } : {}),
    ...(info.error ? { error: { type: info.error.name, message: info.error.data.message } } : { finish: info.finish }),
    cost: info.cost,
    tokens: { input, output, reasoning, cache },
  }
}

function contentOf({ created, data }: Part): object[] {
  if (data.type === 'text') return [{ type: 'text', text: data.text }]
  if (data.type === 'reasoning')
    return [{ type: 'reasoning', text: data.text, time: { created: data.time.start, completed: data.time.end } }]
  return data.type === 'tool' ? [toolOf(created, data)] : []
}

function toolOf(created: number, { callID, tool, state }: ToolData): object {
  const time = { created, ran: state.time.start, completed: state.time.end }
  const { filePath, ...other } = state.input
  const input = filePath === undefined ? other : { path: filePath, ...other }
  const call = { type: 'tool', id: callID, name: toolNames[tool] ?? tool }
  if (state.status === 'error') {
    return { ...call, state: { status: 'error', input, error: { type: 'tool.failed', message: state.error } }, time }
  }
  const metadata =
    tool === 'task' ? { sessionID: state.metadata.sessionId } : tool === 'edit' ? { diff: state.metadata.diff } : {}
  return { ...call, state: { status: 'completed', input, content: [{ type: 'text', text: state.output }], metadata }, time }
}

function textOf(parts: readonly Part[]): string {
  return parts.flatMap(({ data }) => (data.type === 'text' && !data.synthetic ? [data.text] : [])).join('\n')
}
