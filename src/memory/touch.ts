import type { Message, ToolPart } from '../conversation/message.ts'
import { toolSummary } from '../render/facts/tool-fields.ts'
import { hasFailed } from '../render/facts/tool-line.ts'
import { pathsIn } from '../search/text/units.ts'
import { commandOf } from './errors/call.ts'

/** What a call did with a file. */
export type How = 'changed' | 'read' | 'looked' | 'ran'

/** A call that a file stands in. */
interface Touch {
  readonly how: How
  readonly line: string
}

/** A path as somebody asks for it: whole, or the end of one; with the slashes of any system. */
export class AskedPath {
  readonly #path: string
  readonly #inCommand: RegExp
  readonly #last: string

  constructor(path: string) {
    this.#path = plain(path)
    const names = this.#path.split('/')
    this.#last = names.at(-1)!
    // A command has it as it is called from where it ran.
    this.#inCommand = new RegExp(`(?:^|[\\s'"=/])${escaped(names.slice(-2).join('/'))}(?:$|[\\s'":;,)/])`)
  }

  /** What a search finds it by: the last names, because one call has the whole path and the next a relative one. */
  get words(): string {
    const words = this.#path.split('/').slice(-2).join('/').replaceAll('"', ' ')
    return /[\p{L}\p{N}]/u.test(words) ? words : ''
  }

  /** Whether it may stand in a record: no record that it stands in is passed by. */
  mayStandIn(json: string): boolean {
    return json.includes(JSON.stringify(this.#last).slice(1, -1))
  }

  /** Whether this path is meant, or lies in the folder that is. */
  isAt(path: string): boolean {
    const other = plain(path)
    if (other === this.#path || other.endsWith(`/${this.#path}`) || this.#path.endsWith(`/${other}`)) return true
    return `/${other}/`.includes(`/${this.#path}/`)
  }

  standsIn(command: string): boolean {
    return this.#inCommand.test(command)
  }
}

const plain = (path: string) =>
  path
    .trim()
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/)+|^\/+|\/+$/g, '')

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** The calls of a message that a file stands in, as far as they did something with it. */
export function touchesIn({ parts }: Message, wanted: AskedPath): Touch[] {
  return parts.flatMap((part): Touch[] => {
    if (part.type === 'shell') return wanted.standsIn(part.command) ? [{ how: 'ran', line: `$ ${part.command}` }] : []
    if (part.type !== 'tool') return []
    const how = howOf(part, wanted)
    return how === null ? [] : [{ how, line: `[${part.tool}] ${toolSummary(part)}${hasFailed(part) ? ' → failed' : ''}` }]
  })
}

function howOf(part: ToolPart, wanted: AskedPath): How | null {
  const command = commandOf(part)
  if (command !== null) return wanted.standsIn(command) ? 'ran' : null
  if (!pathsIn(part.input).some((path) => wanted.isAt(path))) return null
  if (/edit|write|patch|create|delete|move|replace/i.test(part.tool)) return 'changed'
  return /read|view|open|cat/i.test(part.tool) ? 'read' : 'looked'
}
