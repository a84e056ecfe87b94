import { common, dryRun } from '../common-flags.ts'
import { choice, type Given, on } from '../flags.ts'
import { verb } from '../verb.ts'

const flags = {
  global: on('for all projects of this machine instead of this one'),
  mcp: on('instead: the MCP server into OpenCode’s configuration, and what other agents are told'),
  plugin: on('instead: OpenCode’s own plugin into its configuration'),
  for: choice(
    '<generation>',
    ['v1', 'v2'],
    'with --mcp and --plugin: for OpenCode 1.x or 2.x, where the configuration does not tell',
  ),
  remove: on('take them out again'),
  dryRun,
  ...common(),
}

export type InitFlags = Given<typeof flags>

export const init = verb({
  name: 'init',
  about: 'give OpenCode the commands /session-save, /session-load and /session-search, and agents a skill',
  flags,
  examples: [
    ['ocvault init', 'for everyone who works in this repository'],
    ['ocvault init --mcp --global', 'agents of every project search and read earlier sessions'],
    ['ocvault init --global --remove', 'as if it had never been'],
  ],
})
