import { isObject, type JsonObject, listOf, objectOf, textOf } from '../base/json.ts'
import { type Leaf, type NumberedMessage, namesOf, roleOf } from './document.ts'

/** What a tool's call is known by, in the order in which it is looked for. */
const telling = ['command', 'filePath', 'path', 'pattern', 'query', 'url', 'description'] as const

/** Letters of what a tool was called with. */
const longestCall = 60

/**
 * Where a text of a session stands, as the person would say it whose session it is: `your first prompt`, ``output of bash `env`
 * ``, `the title`.
 * @param leaf of a session in the shape that it is exported in, of 1.x or 2.x
 * @param masked a text as it may be shown
 * @returns null for what is no place in a session
 */
export function placeWords(leaf: Leaf, masked: (text: string) => string): string | null {
  const [head, index, ...rest] = namesOf(leaf)
  const { within } = leaf
  if (within === null) return null
  if (within === 'info')
    return head !== 'info' ? null : index === 'title' ? 'the title' : `the session’s ${String(index ?? 'data')}`
  const { message } = within
  if (!isObject(message)) return null
  const who = speakerWords(within)
  const [list, at, ...inPart] = rest
  if (list === 'parts' || list === 'content' || list === 'files') {
    const part = typeof at === 'number' ? listOf(message[list])[at] : undefined
    return isObject(part) ? partWords(part, inPart, who, masked) : who
  }
  const key = list === 'info' ? at : list
  return key === 'error' ? `an error in ${who}` : who
}

/** Whose words they are, and which of theirs. */
function speakerWords({ message, number }: NumberedMessage): string {
  const role = roleOf(message)
  const which = ordinal(number)
  if (role === 'user') return `your ${which} prompt`
  return role === 'assistant' ? `the ${which} answer` : `the ${which} ${role ?? 'message'}`
}

function partWords(part: JsonObject, path: readonly (string | number)[], who: string, masked: (text: string) => string): string {
  if (part.type === 'tool') return toolWords(part, path, masked)
  if (part.type === 'reasoning') return `the thinking in ${who}`
  const name = textOf(part.filename) ?? textOf(part.name)
  if (part.type !== 'text' && (name !== null || part.type === 'file')) return `a file ${name ? `${masked(name)} ` : ''}in ${who}`
  if (part.synthetic === true) return `what OpenCode added to ${who}`
  return who
}

function toolWords(part: JsonObject, path: readonly (string | number)[], masked: (text: string) => string): string {
  const state = objectOf(part.state)
  const input = objectOf(state.input)
  const call = telling.flatMap((key) => textOf(input[key]) ?? [])[0]
  const [line = ''] = masked(call ?? '')
    .trim()
    .split('\n')
  const cut = [...line]
  const shown = cut.length > longestCall ? `${cut.slice(0, longestCall).join('')}…` : line
  const tool = `${textOf(part.tool) ?? textOf(part.name) ?? 'a tool'}${shown ? ` \`${shown}\`` : ''}`
  const key = path[0] === 'state' ? path[1] : path[0]
  if (key === 'input') return `input of ${tool}`
  return key === 'error' ? `error of ${tool}` : `output of ${tool}`
}

const words = ['zeroth', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth']

function ordinal(n: number): string {
  const word = words[n]
  if (word !== undefined) return word
  const suffix = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${suffix}`
}
