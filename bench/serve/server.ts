import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

/** A program that serves, and what can be asked of it and measured on it. Linux only: memory and CPU time are those of /proc. */
export class Served {
  readonly origin: string
  readonly address: string
  /** When the command was given. */
  readonly begin: number
  readonly #child: ChildProcess
  readonly #agent = new Agent({ keepAlive: true })
  #cookie = ''

  private constructor(child: ChildProcess, address: string, begin: number) {
    this.#child = child
    this.address = address
    this.origin = new URL(address).origin
    this.begin = begin
  }

  /** Starts a program, and waits for the address that it prints. */
  static async start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Served> {
    const begin = performance.now()
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const address = await new Promise<string>((resolve, reject) => {
      let said = ''
      child.once('close', () => reject(new Error(`${command} ended: ${said}`)))
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const [found] = /http:\/\/[^\s"]+/.exec(said) ?? []
        if (found) resolve(found)
      })
    })
    return new Served(child, address, begin)
  }

  /** Comes in with the token of the address. */
  async enter(token = new URL(this.address).hash.slice('#token='.length)): Promise<void> {
    const body = `token=${token}`
    const headers = { Origin: this.origin, 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length }
    const { cookies } = await this.#send('/enter', 'POST', headers, body)
    this.#cookie = cookies[0]?.split(';')[0] ?? ''
  }

  /** What an address says, and how many ms that took. */
  async ask(path: string): Promise<{ text: string; ms: number }> {
    const begin = performance.now()
    const { status, text } = await this.#send(path, 'GET', {})
    if (status !== 200) throw new Error(`${path}: ${status} ${text.slice(0, 200)}`)
    return { text, ms: performance.now() - begin }
  }

  /** Listens to events without reading them for anything. @returns what ends it */
  listen(path: string): () => void {
    const asked = request(this.origin + path, { headers: { Cookie: this.#cookie } }, (answer) => answer.resume())
    asked.on('error', () => {})
    asked.end()
    return () => asked.destroy()
  }

  #send(path: string, method: string, headers: object, body?: string) {
    return new Promise<{ status: number; text: string; cookies: readonly string[] }>((resolve, reject) => {
      const asked = request(
        this.origin + path,
        { method, agent: this.#agent, headers: { ...headers, Cookie: this.#cookie } },
        (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('error', reject)
          answer.on('end', () => {
            const cookies = answer.headers['set-cookie'] ?? []
            resolve({ status: answer.statusCode!, text: Buffer.concat(chunks).toString(), cookies })
          })
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })
  }

  /** Resident memory now and at its most, in MB. */
  memory(): { now: number; most: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    const of = (name: string) => Math.round((Number(RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1024) / 1e6)
    return { now: of('VmRSS'), most: of('VmHWM') }
  }

  /** CPU time so far, in ms. */
  cpu(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  async stop(): Promise<void> {
    this.#agent.destroy()
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGINT')
    await closed
  }
}
