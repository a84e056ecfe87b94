import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempDir } from '../testing/temp.ts'
import { completionScript } from './completion.ts'
import { namesOf } from './flags.ts'
import { verbs } from './verbs.ts'

/** What bash offers after this line, in a folder. */
function offeredIn(folder: string, ...words: string[]): string[] {
  const line = ['ocvault', ...words].map((word) => `'${word}'`).join(' ')
  const script = `${completionScript('bash', verbs)}
COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _ocvault; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['--norc'], { input: script, encoding: 'utf8', cwd: folder })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((each) => each !== '')
}

test.skipIf(process.platform === 'win32')('bash completes commands, flags, choices, sessions and files', () => {
  const folder = tempDir()
  writeFileSync(join(folder, 'a month.zip'), '')
  mkdirSync(join(folder, 'all'))
  const offered = (...words: string[]) => offeredIn(folder, ...words)
  expect(offered('s')).toEqual(verbs.map(({ name }) => name).filter((name) => name.startsWith('s')))
  expect(offered('sea')).toEqual(['search'])
  expect(offered('ls', '--s')).toEqual(['--since', '--subagents', '--sort'])
  expect(offered('list', '--sort', 'c')).toEqual(['created', 'cost'])
  expect(offered('search', '-C', '')).toEqual([])
  expect(offered('show', '')).toEqual(['latest'])
  expect(offered('share', 'pu')).toEqual(['push', 'pull'])
  expect(offered('verify', 'a').sort()).toEqual(['a month.zip', 'all'])
  expect(offered('import', '--map', 'a m')).toEqual(['a month.zip'])
})

test.each(['zsh', 'fish'] as const)('%s is told of every command and every flag', (shell) => {
  const script = completionScript(shell, verbs)
  for (const { name, flags } of verbs) {
    expect(script).toContain(name)
    for (const names of Object.entries(flags).map(([key, flag]) => namesOf(key, flag))) {
      for (const each of names) {
        expect(script).toContain(shell === 'zsh' ? `*${each}[` : each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each[1]}`)
      }
    }
  }
})

test('what help says does not end a quotation of a shell', () => {
  const [list] = verbs
  const flags = { odd: { kind: 'switch', about: "it's [so]: $HOME 1*2" } } as const
  const odd = [{ ...list!, flags }]
  expect(completionScript('zsh', odd)).toContain(String.raw`'*--odd[it'\''s \[so\]\: $HOME 1*2]`)
  expect(completionScript('fish', odd)).toContain(String.raw`-d 'it\'s [so]: $HOME 1*2'`)
})
