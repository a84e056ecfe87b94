import { type Flag, namesOf } from './flags.ts'
import type { Verb } from './verb.ts'
import type { Shell } from './verbs/completion.ts'

/** What a shell completes after a word of the command line: words to choose from, or files. */
type Values = readonly string[] | 'files' | 'nothing'

const takesFiles = /[<[](?:path|dir|file|archive|old=new|session or file)\b/
const takesSession = /[<[]session\b/

function valuesOf(value: string, choices: readonly string[] | undefined): Values {
  if (choices) return choices
  if (takesFiles.test(value)) return 'files'
  return takesSession.test(value) ? ['latest'] : 'nothing'
}

interface CompletedFlag {
  readonly names: readonly string[]
  readonly about: string
  /** Undefined of a flag that stands alone. */
  readonly values: Values | undefined
}

function flagsOf({ flags }: Verb): CompletedFlag[] {
  const told = Object.entries(flags).map(([key, flag]: [string, Flag]) => ({
    names: namesOf(key, flag),
    about: flag.about,
    values: flag.value === undefined ? undefined : valuesOf(flag.value, flag.choices),
  }))
  return [...told, { names: ['-h', '--help'], about: 'display help for command', values: undefined }]
}

const wordsOf = ({ words }: Verb): Values => {
  const [word] = words
  return word ? valuesOf(word.name, word.choices) : 'nothing'
}

/** In single quotes for any of the three shells: what fish escapes, the others close and open again. */
const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** A script that completes commands, flags, and their values, where these are few or files. */
export function completionScript(shell: Shell, verbs: readonly Verb[]): string {
  return { bash, zsh, fish }[shell](verbs)
}

const namesIn = (verbs: readonly Verb[]) => verbs.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias]))
const patternOf = ({ name, alias }: Verb) => (alias === undefined ? name : `${name}|${alias}`)

function bash(verbs: readonly Verb[]): string {
  const reply = (values: Values) =>
    values === 'files' ? '_ocvault_files' : values === 'nothing' ? ':' : `_ocvault_words ${quote(values.join(' '))}`
  const cases = verbs.map((verb) => {
    const flags = flagsOf(verb)
    const byReply = Map.groupBy(
      flags.filter(({ values }) => values !== undefined),
      ({ values = 'nothing' }) => reply(values),
    )
    const valued = Array.from(
      byReply,
      ([line, those]) => `        ${those.flatMap(({ names }) => names).join('|')}) ${line}; return ;;`,
    )
    return [
      `    ${patternOf(verb)})`,
      ...(valued.length > 0 ? ['      case "$before" in', ...valued, '      esac'] : []),
      `      if [[ $word == -* ]]; then ${reply(flags.flatMap(({ names }) => names))}`,
      `      else ${reply(wordsOf(verb))}; fi ;;`,
    ].join('\n')
  })
  return `# bash completion of ocvault; also for the bash 3.2 of macOS
_ocvault_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
_ocvault_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$word"))
}
_ocvault() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then ${reply([...namesIn(verbs), 'help', '--help', '--version'])}; return; fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o filenames -F _ocvault ocvault
`
}

function zsh(verbs: readonly Verb[]): string {
  // In a specification of _arguments a bracket ends the description, and a colon the message.
  const escaped = (text: string) => text.replaceAll(/[\\[\]:]/g, String.raw`\$&`)
  const action = (values: Values) => (values === 'files' ? '_files' : values === 'nothing' ? '' : `(${values.join(' ')})`)
  const cases = verbs.map((verb) => {
    const specs = flagsOf(verb).flatMap(({ names, about, values }) =>
      names.map((name) => quote(`*${name}[${escaped(about)}]${values === undefined ? '' : `:value:${action(values)}`}`)),
    )
    return `    ${patternOf(verb)}) _arguments -S ${[...specs, quote(`*:word:${action(wordsOf(verb))}`)].join(' \\\n      ')} ;;`
  })
  const commands = verbs.map(({ name, about }) => quote(`${name}:${about}`))
  return `#compdef ocvault
_ocvault() {
  local -a commands=(
    ${commands.join('\n    ')}
  )
  if ((CURRENT == 2)); then _describe command commands; return; fi
  local command="\${words[2]}"
  shift words
  ((CURRENT--))
  case "$command" in
${cases.join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _ocvault ]]; then _ocvault "$@"; else compdef _ocvault ocvault; fi
`
}

function fish(verbs: readonly Verb[]): string {
  const fished = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const given = (values: Values) => (values === 'files' ? '-rF' : values === 'nothing' ? '-x' : `-xa ${fished(values.join(' '))}`)
  const lines = ['# fish completion of ocvault', 'complete -c ocvault -f']
  for (const { name, about } of verbs) {
    lines.push(`complete -c ocvault -n __fish_use_subcommand -a ${name} -d ${fished(about)}`)
  }
  for (const verb of verbs) {
    const here = `-n '__fish_seen_subcommand_from ${namesIn([verb]).join(' ')}'`
    for (const { names, about, values } of flagsOf(verb)) {
      const shown = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
      lines.push(
        ['complete -c ocvault', here, ...shown, `-d ${fished(about)}`, values && given(values)].filter(Boolean).join(' '),
      )
    }
    const words = wordsOf(verb)
    if (words !== 'nothing')
      lines.push(`complete -c ocvault ${here} ${words === 'files' ? '-F' : `-a ${fished(words.join(' '))}`}`)
  }
  return `${lines.join('\n')}\n`
}
