import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { locateProject } from '../opencode/project.ts'
import { table } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { globalFolder } from '../share/init.ts'
import { configFiles, register } from '../share/opencode-config.ts'
import { openCatalog } from '../stores/catalog/catalog.ts'
import { exitCode } from './exit-code.ts'
import { currentDirectory } from './selection.ts'
import { hint, Output } from './terminal.ts'
import type { InitFlags } from './verbs/init.ts'

/** `ocvault init --mcp` and `--plugin`. */
export async function initConfig(flags: InitFlags): Promise<void> {
  const { remove = false, dryRun = false, global = false } = flags
  const command = commandFor(global)
  const generation = flags.for ?? newestGeneration()
  const files = global ? configFiles.global(globalFolder()) : configFiles.project(locateProject(currentDirectory('')).worktree)
  const wanted = [...(flags.mcp ? ['mcp' as const] : []), ...(flags.plugin ? ['plugin' as const] : [])]
  const done = wanted.map((what) => ({
    what,
    ...register(files, { what, command, generation }, { remove, dryRun, links: global }),
  }))
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON({ entries: done, dryRun }, 2)}\n`)
  else {
    const would = dryRun ? 'would be ' : ''
    const words = {
      written: `${would}written`,
      updated: `${would}updated`,
      removed: `${would}removed`,
      unchanged: 'unchanged',
      absent: 'not there',
      foreign: 'left alone: not ours',
    }
    for (const line of table(done.map(({ what, path, state }) => [words[state], what, safeLine(path)])))
      await out.write(`${line}\n`)
    if (flags.mcp && !remove) for (const line of others(command)) await out.write(`${line}\n`)
  }
  await out.flush()
  if (done.some(({ state }) => state === 'foreign')) process.exitCode = exitCode.refused
  else hint('start opencode anew', flags)
}

/** For one person as it is installed here; for everyone who works in a repository as it can be had everywhere. */
function commandFor(global: boolean): readonly string[] {
  return global && isInstalled() ? ['ocvault', 'mcp'] : ['npx', '-y', 'ocvault', 'mcp']
}

function isInstalled(): boolean {
  const names = process.platform === 'win32' ? ['ocvault.cmd', 'ocvault.exe'] : ['ocvault']
  const folders = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !/[\\/](?:_npx|node_modules)[\\/]/.test(folder))
  return folders.some((folder) =>
    names.some((name) => {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return true
      } catch {
        return false
      }
    }),
  )
}

/** Of the OpenCode that wrote the newest session here. */
function newestGeneration(): 'v1' | 'v2' {
  const catalog = openCatalog()
  try {
    for (const { copies } of catalog.sessions()) return copies[0]?.store === 'sqlite-v2' ? 'v2' : 'v1'
    return 'v1'
  } finally {
    catalog.close()
  }
}

/** What other agents are told, to be copied. */
function others([program, ...args]: readonly string[]): string[] {
  const words = [program, ...args].join(' ')
  const entry = JSON.stringify({ mcpServers: { ocvault: { command: program, args } } })
  return [
    '',
    'Other agents can ask, too:',
    `  Claude Code  claude mcp add --scope user ocvault -- ${words}`,
    `  Codex        codex mcp add ocvault -- ${words}`,
    `  Gemini CLI   gemini mcp add --scope user ocvault ${words}`,
    `  Cursor       in ~/.cursor/mcp.json: ${entry}`,
  ]
}
