import { Argument, Command, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { parseCount } from './count.ts'
import { type Flag, type Flags, type Given, nameOf, namesOf, negatedName } from './flags.ts'
import type { Positional, Verb } from './verb.ts'
import { verbs } from './verbs.ts'

const about =
  'Finds, searches, keeps, moves, mends and shares every session of the coding agent OpenCode, whatever release wrote it.'

const examples = `
Examples:
  $ ocvault list --all            every session of every project, newest first
  $ ocvault show latest           read the newest session of this directory
  $ ocvault where                 every store on this machine, and what OpenCode no longer shows

A session is named by its id, the beginning of its id, or "latest".`

/**
 * The command line, made of the table of verbs.
 * @param asked what the command line begins with: when it is a verb, that one alone is made, which every start pays for; for the
 *   version none
 */
export function createProgram(asked?: string): Command {
  const program = new Command('ocvault')
    .description(about)
    .version(manifest.version, '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`ocvault: ${oneLine(text)}\n`) })
    .showHelpAfterError(false)
    .addHelpText('after', examples)
  if (asked === '--version' || asked === '-V') return program
  const only = verbs.filter(({ name, alias }) => name === asked || alias === asked)
  for (const each of only.length > 0 ? only : verbs) program.addCommand(commandOf(each, program))
  return program
}

const oneLine = (text: string) =>
  text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ')

/** A command as Commander has it. @param program whose settings it takes over */
export function commandOf(verb: Verb, program: Command): Command {
  const command = new Command(verb.name).description(verb.about).copyInheritedSettings(program)
  if (verb.alias !== undefined) command.alias(verb.alias)
  for (const word of verb.words) command.addArgument(argumentOf(word))
  for (const [key, flag] of Object.entries(verb.flags)) for (const option of optionsOf(key, flag)) command.addOption(option)
  const width = Math.max(...verb.examples.map(([line]) => line.length))
  const lines = verb.examples.map(([line, what]) => `  $ ${line.padEnd(width)}   ${what}`)
  return command
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
    .action((...given: unknown[]) => verb.run(valuesOf(verb.flags, command), ...given.slice(0, verb.words.length)))
}

function argumentOf({ name, about: what, choices }: Positional): Argument {
  const argument = new Argument(name, what)
  return choices ? argument.choices(choices) : argument
}

function optionsOf(key: string, flag: Flag): Option[] {
  const { kind, value, choices, fallback, required, aboutNot } = flag
  const names = kind === 'either' ? [nameOf(key)] : namesOf(key, flag)
  const option = new Option([names.join(', '), value].filter(Boolean).join(' '), flag.about)
  if (required) option.makeOptionMandatory()
  if (choices) option.choices(choices)
  if (fallback !== undefined) option.default(fallback)
  if (kind === 'count') option.argParser((given) => parseCount(nameOf(key), given))
  if (kind === 'list') option.argParser((given, before: readonly string[] = []) => [...before, given])
  return aboutNot === undefined ? [option] : [option, new Option(negatedName(key), aboutNot)]
}

/** Every flag by its key, also those that were not given. */
function valuesOf(flags: Flags, command: Command): Given<Flags> {
  const values = command.opts()
  return Object.fromEntries(Object.keys(flags).map((key) => [key, values[key]]))
}
