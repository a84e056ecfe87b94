import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { output } from './support/ocvault.ts'
import { tempDir } from './support/temp.ts'

test('ocvault init puts server and plugin into OpenCode’s configuration, and takes them out again', async () => {
  const cwd = tempDir('init')
  const path = join(cwd, 'opencode.json')
  const printed = await output(['init', '--mcp', '--plugin'], { cwd })
  for (const agent of ['Claude Code', 'Codex', 'Gemini CLI', 'Cursor']) expect(printed).toContain(agent)
  const { mcp, plugin } = JSON.parse(readFileSync(path, 'utf8'))
  expect(mcp.ocvault.command.slice(-2)).toEqual(['ocvault', 'mcp'])
  expect(plugin).toEqual(['ocvault'])
  await output(['init', '--mcp', '--plugin', '--remove'], { cwd })
  expect(existsSync(path)).toBe(false)
})
