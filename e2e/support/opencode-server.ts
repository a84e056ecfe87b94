import type { ChildProcess } from 'node:child_process'
import { request } from 'node:http'

/** A running `opencode serve`: what its terminal interface asks, without a start of a second for each question. */
export class OpenCodeServer {
  readonly process: ChildProcess
  readonly #origin: string

  private constructor(child: ChildProcess, origin: string) {
    this.process = child
    this.#origin = origin
  }

  /** Waits until it says that it listens: what is asked before that is never answered. */
  static async of(child: ChildProcess): Promise<OpenCodeServer> {
    let said = ''
    const origin = await new Promise<string>((resolve, reject) => {
      child.once('close', () => reject(new Error(`opencode serve ended before it listened: ${said}`)))
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const [, address] = /listening on (http:\S+)/.exec(said) ?? []
        if (address) resolve(address)
      })
    })
    return new OpenCodeServer(child, origin)
  }

  /** Asks for a path, or posts to it. It answers when it has done what it was asked, however long that takes. */
  text(path: string, body?: object): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    return new Promise((resolve, reject) => {
      const asked = request(this.#origin + path, { method: body ? 'POST' : 'GET', headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          if (response.statusCode === 200) resolve(text)
          else reject(new Error(`${path}: ${response.statusCode} ${text}`))
        })
      })
      asked.on('error', reject)
      asked.end(body && JSON.stringify(body))
    })
  }

  /**
   * Listens to what it streams to its interfaces, from the moment that this is answered.
   * @returns the types of what has come, which grow, and the end of it
   */
  listen(): Promise<{ readonly types: readonly string[]; stop(): void }> {
    return new Promise((resolve, reject) => {
      const asked = request(`${this.#origin}/event`, (response) => {
        const types: string[] = []
        let rest = ''
        response.on('error', () => undefined) // it is cut off in the end
        response.on('data', (chunk: Buffer) => {
          const lines = (rest + chunk.toString()).split('\n')
          rest = lines.pop() ?? ''
          for (const line of lines) if (line.startsWith('data: ')) types.push(JSON.parse(line.slice(6)).type)
          if (types.length > 0) resolve({ types, stop: () => asked.destroy() })
        })
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  async ask<T>(path: string, body?: object): Promise<T> {
    return JSON.parse(await this.text(path, body)) as T
  }
}
