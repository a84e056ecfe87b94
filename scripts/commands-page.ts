// `node scripts/commands-page.ts` writes docs/commands.md: every command with its words and flags, from the table that the
// program itself is made of.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Flag, namesOf } from '../src/cli/flags.ts'
import type { Verb } from '../src/cli/verb.ts'
import { verbs } from '../src/cli/verbs.ts'

/** Columns of a line of our Markdown. */
const columns = 130

/** Words in lines. @param indent what those after the first begin with: they stand below the text of a list's item */
function wrapped(text: string, indent = '  '): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && line.length + word.length >= columns) lines.push(`${indent}${word}`)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.join('\n')
}

/** Angle brackets and stars of a text, as text. */
const plain = (text: string) => text.replaceAll(/[<>*|]/g, String.raw`\$&`)

function flagItem(key: string, flag: Flag): string {
  const { value, choices, fallback, required } = flag
  const notes = [
    ...(choices ? [choices.map((each) => `\`${each}\``).join(', ')] : []),
    ...(fallback === undefined ? [] : [`\`${fallback}\` if none is given`]),
    ...(required ? ['always needed'] : []),
  ]
  const names = namesOf(key, flag).map((name) => `\`${name}${value === undefined ? '' : ` ${value}`}\``)
  return wrapped(`- ${names.join(', ')}: ${plain(flag.about)}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`)
}

function section({ name, alias, about, words, flags, examples }: Verb): string {
  const line = [`ocvault ${name}`, ...words.map((word) => word.name)].join(' ')
  const width = Math.max(...examples.map(([example]) => example.length))
  return [
    `## ${name}`,
    wrapped(`\`${line}\`${alias === undefined ? '' : ` (also \`${alias}\`)`}: ${plain(about)}.`, ''),
    [
      ...words.map(({ name: word, about: what, choices }) =>
        wrapped(`- \`${word}\`: ${plain(what)}${choices ? ` (${choices.map((each) => `\`${each}\``).join(', ')})` : ''}`),
      ),
      ...Object.entries(flags).map(([key, flag]) => flagItem(key, flag)),
    ].join('\n'),
    ['```sh', ...examples.map(([example, what]) => `${example.padEnd(width)}   # ${what}`), '```'].join('\n'),
  ].join('\n\n')
}

/** The page. */
export function commandsPage(): string {
  const head = `# Every command and every flag

Written by \`scripts/commands-page.ts\` from the table that \`ocvault --help\` is made of. What each is for, with examples, is in
the [README](../README.md).`
  return `${[head, ...verbs.map(section)].join('\n\n')}\n`
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', 'docs', 'commands.md'), commandsPage())
