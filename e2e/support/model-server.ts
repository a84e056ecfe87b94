import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One round trip: what the model thinks and says, and the tool that it then calls. */
interface Turn {
  readonly think?: string
  readonly say: string
  readonly call?: readonly [tool: string, input: object]
  /** Pause between words, in ms. */
  readonly pause?: number
}

/** What the model does when a prompt holds `#name`: its turns, one after another. */
export type Script = Readonly<Record<string, readonly Turn[]>>

interface ChatMessage {
  readonly role: string
  readonly content?: string | readonly { readonly text?: string }[]
}

interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly tools?: readonly { readonly function?: { readonly name: string } }[]
}

export interface ModelServer {
  readonly origin: string
  /** Everything that the model was told, as text: of each request its messages and the names of its tools. */
  readonly told: readonly { readonly messages: readonly string[]; readonly tools: readonly string[] }[]
  close(): Promise<void>
}

const plain = ({ content = '' }: ChatMessage) =>
  typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('')

/**
 * A model that plays a script, behind the chat completions protocol, on loopback. All else that is asked of it does not exist.
 */
export async function startModel(script: Script): Promise<ModelServer> {
  const told: ModelServer['told'][number][] = []
  const server = createServer((request, response) => {
    answer(script, request, response, told).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  script: Script,
  request: IncomingMessage,
  response: ServerResponse,
  told: ModelServer['told'][number][],
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (!request.url?.endsWith('/chat/completions')) {
    response.writeHead(404).end()
    return
  }
  const body = JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest
  const turn = turnFor(script, body)
  told.push({ messages: body.messages.map(plain), tools: (body.tools ?? []).map((tool) => tool.function?.name ?? '') })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (delta: object, finish: string | null = null, more = {}) => {
    const choices = [{ index: 0, delta, finish_reason: finish }]
    const event = { id: 'chatcmpl', object: 'chat.completion.chunk', created: 0, model: body.model, choices, ...more }
    response.write(`data: ${JSON.stringify(event)}\n\n`)
  }
  if (turn.think !== undefined) send({ role: 'assistant', reasoning_content: turn.think })
  for (const word of turn.say.split(/(?<= )/)) {
    if (response.destroyed) return
    send({ role: 'assistant', content: word })
    if (turn.pause !== undefined) await new Promise((resolve) => setTimeout(resolve, turn.pause))
  }
  if (turn.call) {
    const [name, input] = turn.call
    const id = `call_${name}_${body.messages.length}`
    send({ tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: JSON.stringify(input) } }] })
  }
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 }
  send({}, turn.call ? 'tool_calls' : 'stop', { usage })
  response.end('data: [DONE]\n\n')
}

/**
 * The scene is named by the newest prompt, the turn by how often the model has spoken since. Without tools OpenCode wants a
 * title.
 */
function turnFor(script: Script, { messages, tools = [] }: ChatRequest): Turn {
  const last = messages.findLastIndex(({ role }) => role === 'user')
  const asked = messages.filter(({ role }) => role === 'user').map(plain)
  const name = /#(\w+)/.exec((tools.length > 0 ? asked.at(-1) : asked.join(' ')) ?? '')?.[1] ?? ''
  if (tools.length === 0) return { say: `The session of ${name}` }
  const spoken = messages.slice(last + 1).filter(({ role }) => role === 'assistant').length
  return script[name]?.[spoken] ?? { say: `Nothing more about ${name}.` }
}
