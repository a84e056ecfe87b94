import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { namesOf } from '../src/cli/flags.ts'
import { verbs } from '../src/cli/verbs.ts'
import { commandsPage } from './commands-page.ts'

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8')

test('docs/commands.md is what the table of commands says: node scripts/commands-page.ts writes it', () => {
  expect(read('docs/commands.md')).toBe(commandsPage())
})

test('README names no flag that a command does not have', () => {
  const sections = read('README.md').split(/^### /m)
  for (const { name, flags } of verbs) {
    const known = new Set(Object.entries(flags).flatMap(([key, flag]) => namesOf(key, flag)))
    for (const section of sections.filter((each) => each.startsWith(`\`ocvault ${name}`))) {
      const cells = section.split('\n').filter((line) => line.startsWith('| `-'))
      const named = cells.flatMap((line) => line.split('|')[1]!.match(/(?<=`| )--?[a-z-]+/gi) ?? [])
      for (const flag of named) expect([...known], `${name} ${flag}`).toContain(flag)
    }
  }
})
