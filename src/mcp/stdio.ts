import { once } from 'node:events'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { Memory, type MemoryOptions } from '../memory/memory.ts'
import { memoryServer } from './server.ts'

/** Answers on stdin and stdout until the client closes them; what is asked then is given up. */
export async function serveMemory(options: MemoryOptions, version: string): Promise<void> {
  const memory = new Memory(options)
  // Of a file, the end is all that comes.
  const closed = Promise.race([once(process.stdin, 'end'), once(process.stdin, 'close')])
  serveStdio(() => memoryServer(memory, version))
  await closed
  await memory.close()
}
