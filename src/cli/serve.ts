import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { giveThreadsRoom, keepMemoryLow } from '../base/low-memory.ts'
import { safeJSON } from '../render/safe-text.ts'
import { type RunningServer, startServer } from '../serve/server.ts'
import { styleFor } from './terminal.ts'
import type { ServeFlags } from './verbs/serve.ts'

/** The built page, beside the built program. */
const assets = join(import.meta.dirname, 'web')

/** `ocvault serve`: until it is interrupted. */
export async function serve(flags: ServeFlags): Promise<void> {
  keepMemoryLow('small', 20)
  giveThreadsRoom()
  const { root, port, host, publicUrl, tokenFile, quiet, json, readOnly } = flags
  const style = styleFor(process.stdout, flags)
  const tell = (words: string, address: string) => process.stdout.write(`${words}${style.bold(address)}\n`)
  const server = await startServer({
    ...(root && { roots: root }),
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(publicUrl !== undefined && { publicURL: publicUrl }),
    ...(tokenFile !== undefined && { tokenFile }),
    ...(readOnly && { isReadOnly: true }),
    assets,
    onEntered: (address) => {
      if (!quiet && !json && tokenFile === undefined) tell('A browser came in. Another one: ', address)
    },
    onBug: (error) => {
      const words = error instanceof Error ? (process.env.OCVAULT_DEBUG === '1' ? error.stack : error.message) : String(error)
      process.stderr.write(`ocvault: unexpected ${words}\n`)
    },
  })
  if (json) process.stdout.write(`${safeJSON({ address: server.address })}\n`)
  else tell('Your sessions: ', server.address)
  if (!quiet && !json) process.stdout.write(`${style.dim('Ctrl+C ends it.')}\n`)
  if (flags.open) openInBrowser(server.address)
  await interrupted(server)
}

async function interrupted(server: RunningServer): Promise<void> {
  await Promise.race((['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => once(process, signal)))
  await server.close()
}

/** Hands an address to the desktop. Where there is none, the person has read it. */
function openInBrowser(address: string): void {
  const [command, ...args] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[process.platform as string] ?? ['xdg-open']
  const child = spawn(command!, [...args, address], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
