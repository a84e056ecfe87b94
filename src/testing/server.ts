import { writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type RunningServer, type ServerOptions, startServer } from '../serve/server.ts'
import { storeOf, tempDir } from './temp.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A server for a test, and what a program can send to it that no browser would. */
export class TestServer {
  readonly server: RunningServer
  readonly origin: string
  readonly token: string
  /** The cookie of whoever came in, or nothing. */
  cookie = ''

  private constructor(server: RunningServer) {
    this.server = server
    const { origin, hash } = new URL(server.address)
    this.origin = origin
    this.token = new URLSearchParams(hash.slice(1)).get('token') ?? ''
  }

  /** One that shows the store of a release, and has no built page. */
  static async start(options: Partial<ServerOptions> = {}): Promise<TestServer> {
    const assets = tempDir()
    for (const name of ['app.js', 'app.css', 'door.js', 'icon.svg']) writeFileSync(join(assets, name), `/* ${name} */`)
    const server = await startServer({ roots: [storeOf('1.18.33')], assets, ...options })
    onTestFinished(() => server.close())
    return new TestServer(server)
  }

  /** The same, with somebody who is in. */
  static async entered(options: Partial<ServerOptions> = {}): Promise<TestServer> {
    const server = await TestServer.start(options)
    await server.enter()
    return server
  }

  async enter(token = this.token): Promise<Answer> {
    const answer = await this.post('/enter', { token })
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0]
    if (cookie !== undefined) this.cookie = cookie
    return answer
  }

  post(path: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const body = new URLSearchParams(form).toString()
    const usual = {
      Origin: this.origin,
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': String(body.length),
    }
    return this.ask(path, { method: 'POST', headers: { ...usual, ...headers }, body })
  }

  /** Sends a request as it is said; the path is not tidied up. */
  ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answer> {
    const { port } = this.server
    const given = { Host: new URL(this.origin).host, ...(this.cookie !== '' && { Cookie: this.cookie }), ...headers }
    return new Promise((resolve, reject) => {
      const asked = request({ hostname: '127.0.0.1', port, path, method, headers: given, agent: false }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() })
        })
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }

  /** What an address of the API says, which must be there. */
  async json<T>(path: string): Promise<T> {
    const answer = await this.ask(path)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`)
    return JSON.parse(answer.body) as T
  }
}
