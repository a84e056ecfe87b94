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

  async ask<T>(path: string, body?: object): Promise<T> {
    return JSON.parse(await this.text(path, body)) as T
  }
}
