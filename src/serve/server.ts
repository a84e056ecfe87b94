import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { OcvaultError, reasonOf } from '../base/errors.ts'
import { Access, shortestToken } from './access.ts'
import { isLoopback, knownOrigins, originOf, publicOrigin } from './addresses.ts'
import { createApp } from './app.ts'
import { securityHeaders } from './headers.ts'
import { openSources } from './sources.ts'

export interface ServerOptions {
  readonly roots?: readonly string[]
  /** 0 takes one that is free. */
  readonly port?: number
  /** The address to listen at; anything but loopback needs a public address and a token of its own. */
  readonly host?: string
  /** Under which a reverse proxy shows the pages. */
  readonly publicURL?: string
  /** A file whose first line is the token that everybody comes with. */
  readonly tokenFile?: string
  /** Takes the actions out. */
  readonly isReadOnly?: boolean
  /** Where the built page is. */
  readonly assets: string
  /** Told the address for the next browser, whenever one has come in. */
  readonly onEntered?: (address: string) => void
  /** Told of what should not have happened. */
  readonly onBug?: (error: unknown) => void
}

export interface RunningServer {
  /** For the first browser: with a token in its fragment, which no server and no log ever sees. */
  readonly address: string
  /** Where it listens. */
  readonly port: number
  /** Ends all connections, and closes the stores. */
  close(): Promise<void>
}

/** A request must be there by then, in ms: who is slow on purpose holds a connection no longer. */
const requestTimeoutMs = 30_000
/** Who reads nothing for so long is cut off, in ms. Streams of events say something every 15 s. */
const idleMs = 120_000
/** More connections at once are turned away. */
const mostConnections = 4096

/**
 * Shows all sessions to browsers of this machine, or of those who have the token.
 * @throws OcvaultError `usage`, `refused` when it would be open to everybody, `failed` when it cannot listen there
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0, publicURL, tokenFile, assets, onBug = () => {} } = options
  const shown = publicURL === undefined ? undefined : publicOrigin(publicURL)
  if (!isLoopback(host) && (shown === undefined || tokenFile === undefined)) {
    throw new OcvaultError('refused', `${host} is open to other machines, which needs a public address and a token`, {
      hint: 'serve-team',
    })
  }
  const access = new Access(tokenFile === undefined ? undefined : tokenIn(tokenFile))
  const sources = await openSources(options.roots)
  // What listens is there before the port is known, which names and cookies depend on.
  let fetch: (request: Request, env: object) => Response | Promise<Response> = () => new Response(null, { status: 503 })
  const server = createAdaptorServer({ fetch: (request, env) => fetch(request, env) }) as Server
  Object.assign(server, { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs, timeout: idleMs })
  server.maxConnections = mostConnections
  // Before anything else, so that also what the library answers by itself has them.
  server.prependListener('request', (_request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value)
  })
  try {
    await listening(server, host, port)
  } catch (error) {
    await sources.close()
    throw new OcvaultError('failed', `cannot listen at ${host}:${port}: ${reasonOf(error)}`, { cause: error })
  }
  const taken = (server.address() as AddressInfo).port
  const origin = shown ?? originOf(host, taken)
  const address = () => `${origin}/${access.token === undefined ? '' : `#token=${access.token}`}`
  const app = createApp({
    access,
    sources,
    assets,
    origins: knownOrigins(host, taken, publicURL),
    cookie: `ocvault-${taken}`,
    isReadOnly: options.isReadOnly ?? false,
    isSecure: origin.startsWith('https:'),
    entered: () => options.onEntered?.(address()),
    onBug,
  })
  fetch = app.fetch
  // The first page comes without it, and asks for it at once.
  void sources.rosters.current().catch(onBug)
  return { address: address(), port: taken, close: () => closing(server).then(() => sources.close()) }
}

function tokenIn(path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new OcvaultError('failed', `cannot read the token: ${reasonOf(error)}`, { cause: error })
  }
  const token = text.split('\n')[0]!.trim()
  if (token.length >= shortestToken && /^[\x21-\x7e]+$/.test(token)) return token
  throw new OcvaultError('refused', `the first line of ${path} is no token: at least ${shortestToken} characters, without blanks`)
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function closing(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
