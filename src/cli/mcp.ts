import manifest from '../../package.json' with { type: 'json' }
import { serveMemory } from '../mcp/stdio.ts'
import type { McpFlags } from './verbs/mcp.ts'

/** `ocvault mcp`. */
export async function mcpCommand({ root, redact }: McpFlags): Promise<void> {
  await serveMemory({ ...(root && { roots: root }), redact }, manifest.version)
}
