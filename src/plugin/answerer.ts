import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { isObject, listOf, numberOf, objectOf, textOf } from '../base/json.ts'
import { asksAs } from '../mcp/asks-as.ts'
import type { QuestionName } from '../memory/questions.ts'

/** Longer than this nobody waits for an answer. */
const patienceMs = 60_000
/** Seen of MCP clients since; servers answer with what they speak. */
const protocolVersion = '2025-06-18'

interface Waiting {
  done(result: Readonly<Record<string, unknown>>): void
  failed(error: Error): void
}

/** A process that is running, and what waits for its answers. */
interface Running {
  readonly child: ChildProcess
  readonly waiting: Map<number, Waiting>
  readonly ready: Promise<unknown>
}

/** Who asks. */
export interface Asker {
  readonly session: string
  readonly directory: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks `ocvault mcp`, which is started with the first question, and once more after it died. As much of the protocol as that
 * takes; OpenCode does not load a client for it.
 */
export class Answerer {
  readonly #command: readonly string[]
  #running: Running | undefined
  #asked = 0

  constructor(command: readonly string[]) {
    this.#command = command
  }

  /** The answer as a model reads it. @throws Error with a sentence when there is none */
  async ask(question: QuestionName, input: unknown, asker: Asker): Promise<string> {
    const result = await this.#request('tools/call', { name: question, arguments: input, _meta: metaOf(asker) }, asker.signal)
    const text = listOf(result.content)
      .map((part) => textOf(objectOf(part).text) ?? '')
      .join('\n')
    if (result.isError === true) throw new Error(text)
    return text
  }

  /** What a summary of a session should not forget. */
  async keepsake(asker: Asker): Promise<string> {
    const uri = `ocvault://session/${encodeURIComponent(asker.session)}/keepsake`
    const { contents } = await this.#request('resources/read', { uri, _meta: metaOf(asker) }, asker.signal)
    return textOf(objectOf(listOf(contents)[0]).text) ?? ''
  }

  close(): void {
    this.#running?.child.stdin?.end()
    this.#running = undefined
  }

  async #request(method: string, params: object, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    this.#running ??= this.#start()
    const running = this.#running
    await running.ready
    return this.#send(running, method, params, signal)
  }

  #send(running: Running, method: string, params: object, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        running.waiting.delete(id)
      }
      const failed = (error: Error) => {
        end()
        reject(error)
      }
      const cancel = (why: string) => {
        write(running, { method: 'notifications/cancelled', params: { requestId: id } })
        failed(new Error(why))
      }
      const giveUp = () => cancel('given up')
      const timer = setTimeout(() => cancel(`no answer within ${patienceMs / 1000} s`), patienceMs)
      timer.unref?.()
      running.waiting.set(id, {
        failed,
        done(result) {
          end()
          resolve(result)
        },
      })
      signal?.addEventListener('abort', giveUp)
      write(running, { id, method, params })
    })
  }

  #start(): Running {
    const [program = '', ...args] = this.#command
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true })
    const waiting = new Map<number, Waiting>()
    const over = (why: string) => {
      if (this.#running?.child === child) this.#running = undefined
      for (const each of [...waiting.values()]) each.failed(new Error(why))
    }
    child.on('error', ({ message }) => over(`ocvault could not be started (${message}); it needs Node 22.16 or later`))
    child.on('exit', () => over('ocvault ended before it answered'))
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', (line) => heard(line, waiting))
    const running = { child, waiting, ready: Promise.resolve() as Promise<unknown> }
    const hello = { protocolVersion, capabilities: {}, clientInfo: { name: 'ocvault-opencode', version: '1' } }
    const ready = this.#send(running, 'initialize', hello).then(() => write(running, { method: 'notifications/initialized' }))
    // OpenCode ends when it has done its work, whether or not this process is there.
    child.unref()
    for (const pipe of [child.stdin, child.stdout] as { unref?(): void }[]) pipe.unref?.()
    return Object.assign(running, { ready })
  }
}

const metaOf = ({ session, directory }: Asker) => ({ [asksAs.session]: session, [asksAs.directory]: directory })

function write({ child }: Pick<Running, 'child'>, message: object): void {
  child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

function heard(line: string, waiting: ReadonlyMap<number, Waiting>): void {
  let message: unknown
  try {
    message = JSON.parse(line)
  } catch {
    return
  }
  if (!isObject(message)) return
  const asked = waiting.get(numberOf(message.id) ?? -1)
  if (isObject(message.error)) asked?.failed(new Error(textOf(message.error.message) ?? 'no answer'))
  else asked?.done(objectOf(message.result))
}
