import manifest from '../../package.json' with { type: 'json' }
import { keepMemoryLow } from '../base/low-memory.ts'
import { serveMemory } from '../mcp/stdio.ts'
import type { McpFlags } from './verbs/mcp.ts'

/** `ocvault mcp`. */
export async function mcpCommand({ root, redact }: McpFlags): Promise<void> {
  // It runs for as long as its client does, and most of the time does nothing.
  keepMemoryLow('small', 20)
  await serveMemory({ ...(root && { roots: root }), redact }, manifest.version)
}
