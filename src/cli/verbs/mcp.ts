import { common } from '../common-flags.ts'
import { type Given, unless } from '../flags.ts'
import { verb } from '../verb.ts'

const { root } = common()

const flags = {
  redact: unless('tell keys and passwords as they stand in sessions: only where the model may see them'),
  root,
}

export type McpFlags = Given<typeof flags>

export const mcp = verb({
  name: 'mcp',
  about: 'an MCP server on stdin and stdout, with which agents search and read earlier sessions',
  flags,
  examples: [
    ['ocvault mcp', 'what an MCP client is told to start'],
    ['ocvault mcp --root ~/old-laptop', 'with the sessions of another place'],
  ],
})
