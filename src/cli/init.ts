import { join } from 'node:path'
import { locateProject } from '../opencode/project.ts'
import { table } from '../render/layout.ts'
import { safeJSON, safeLine } from '../render/safe-text.ts'
import { globalFolder, init } from '../share/init.ts'
import { exitCode } from './exit-code.ts'
import { installable } from './init-files.ts'
import { currentDirectory } from './selection.ts'
import { inRepository } from './sharing.ts'
import { hint, Output } from './terminal.ts'
import type { InitFlags } from './verbs/init.ts'

/** `ocvault init`. */
export async function initCommand(flags: InitFlags): Promise<void> {
  if (flags.mcp || flags.plugin) return (await import('./init-config.ts')).initConfig(flags)
  const { remove = false, dryRun = false } = flags
  const { worktree, gitDir } = locateProject(currentDirectory(inRepository))
  const folder = flags.global ? globalFolder() : join(worktree, '.opencode')
  const report = init(folder, installable, { remove, dryRun })
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON({ ...report, dryRun }, 2)}\n`)
  else {
    const words = { foreign: 'left alone: not ours', written: dryRun ? 'would be written' : 'written', absent: 'not there' }
    const rows = report.files.map(({ path, state }) => [
      state in words ? words[state as keyof typeof words] : state,
      safeLine(path),
    ])
    for (const line of table(rows)) await out.write(`${line}\n`)
  }
  await out.flush()
  if (report.files.some(({ state }) => state === 'foreign')) process.exitCode = exitCode.refused
  else if (!remove && !flags.global && gitDir === undefined) {
    hint('this is no git repository, so that /session-save and /session-load find nothing: git init makes one', flags)
  } else if (!remove) hint('start opencode anew, and type /session-save', flags)
}
