import { fileURLToPath } from 'node:url'
import type { McpServer } from '@modelcontextprotocol/server'

/** A client that says nothing is not waited for. */
const patienceMs = 2000

/** Where the client works: the first of its roots, else where the server was started, which most clients do in the project. */
export class Roots {
  readonly #server: McpServer
  #first: Promise<string | undefined> | undefined

  constructor(server: McpServer) {
    this.#server = server
    server.server.setNotificationHandler('notifications/roots/list_changed', () => {
      this.#first = undefined
    })
  }

  /** Undefined where nobody says it, and the server's directory is gone. */
  first(): Promise<string | undefined> {
    this.#first ??= this.#ask()
    return this.#first
  }

  async #ask(): Promise<string | undefined> {
    const { server } = this.#server
    try {
      if (server.getClientCapabilities()?.roots) {
        const { roots } = await server.listRoots(undefined, { timeout: patienceMs })
        const [uri] = roots.map((root) => root.uri).filter((each) => each.startsWith('file:'))
        if (uri !== undefined) return fileURLToPath(uri)
      }
    } catch {
      // It has none after all, or roots are no question of its protocol: the 2026-07-28 revision has dropped them.
    }
    try {
      return process.cwd()
    } catch {
      return undefined
    }
  }
}
