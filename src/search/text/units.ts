import { isObject } from '../../base/json.ts'
import type { Message, Part, ToolPart } from '../../conversation/message.ts'
import type { Field } from '../query.ts'

/** A text of a part that can be searched, and which of the part's texts it is. */
export interface Segment {
  readonly field: Field
  readonly text: string
}

/** A part with what can be found in it. */
export interface Unit {
  readonly partID: string
  readonly type: Part['type'] | 'error'
  /** The tool's name, of a tool call. */
  readonly tool: string | null
  readonly segments: readonly Segment[]
}

/** The parts of a message that hold something to search, in reading order; its error, if it has one, comes last. */
export function unitsOf(message: Message): Unit[] {
  const units: Unit[] = []
  for (const part of message.parts) {
    const segments = segmentsOf(part, message).filter(({ text }) => text !== '')
    if (segments.length > 0)
      units.push({ partID: part.id, type: part.type, tool: part.type === 'tool' ? part.tool : null, segments })
  }
  if (message.error) {
    const text = `${message.error.name}\n${message.error.message}`
    units.push({ partID: message.id, type: 'error', tool: null, segments: [{ field: 'aside', text }] })
  }
  return units
}

function segmentsOf(part: Part, message: Message): Segment[] {
  switch (part.type) {
    case 'text':
      return [{ field: part.synthetic || part.ignored ? 'aside' : fieldOfText(message), text: part.text }]
    case 'reasoning':
      return [{ field: 'reasoning', text: part.text }]
    case 'tool':
      return toolSegments(part)
    case 'file':
      return [{ field: 'path', text: fileNames(part).join('\n') }]
    case 'subtask':
      return [{ field: 'prompt', text: joined([part.agent, part.description, part.prompt]) }]
    case 'patch':
      return [{ field: 'path', text: part.files.join('\n') }]
    case 'retry':
      return [{ field: 'aside', text: part.error ?? '' }]
    case 'compaction':
      return [{ field: 'aside', text: part.summary ?? '' }]
    case 'shell':
      return [
        { field: 'input', text: part.command },
        { field: 'output', text: part.output ?? '' },
      ]
    case 'notice':
      return [{ field: 'aside', text: part.notice }]
    case 'unknown':
      return [{ field: 'aside', text: stringsIn(part.raw).join('\n') }]
    case 'step':
      return []
  }
}

function fieldOfText({ role, kind }: Message): Field {
  if (kind === 'answer') return 'answer'
  if (kind === 'prompt') return role === 'assistant' ? 'answer' : 'prompt'
  return 'aside'
}

const joined = (texts: readonly (string | null)[]) => texts.filter((text) => text !== null).join('\n')

function toolSegments(part: ToolPart): Segment[] {
  return [
    { field: 'input', text: joined([part.tool, part.title, ...stringsIn(part.input)]) },
    { field: 'output', text: joined([part.output, part.error]) },
    { field: 'path', text: [...pathsIn(part.input), ...part.attachments.flatMap(fileNames)].join('\n') },
  ]
}

/** Every text and number in a value, however deep; names of keys are not what anybody said. */
function stringsIn(value: unknown): string[] {
  const found: string[] = []
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next === 'string') found.push(next)
    else if (typeof next === 'number') found.push(String(next))
    else if (Array.isArray(next)) for (let at = next.length - 1; at >= 0; at--) waiting.push(next[at])
    else if (isObject(next)) for (const item of Object.values(next).reverse()) waiting.push(item)
  }
  return found
}

/** Arguments of tools that name a file or a folder: `filePath` (1.x), `path` (2.x, and many MCP servers), `cwd`, … */
const pathKey = /path|file|dir|cwd|folder/i
/** How `apply_patch` names the files that it changes. */
const patched = /^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm

/** The files and folders that the arguments of a tool name. */
export function pathsIn(input: unknown): string[] {
  const paths: string[] = []
  const waiting: [string, unknown][] = [['', input]]
  while (waiting.length > 0) {
    const [key, value] = waiting.pop()!
    if (typeof value === 'string') {
      if (pathKey.test(key) && value.length < 1024 && !value.includes('\n')) paths.push(value)
      else for (const match of value.matchAll(patched)) paths.push(match[1]!)
    } else if (Array.isArray(value)) for (let at = value.length - 1; at >= 0; at--) waiting.push([key, value[at]])
    else if (isObject(value)) waiting.push(...Object.entries(value).reverse())
  }
  return paths
}

/** The names of an attached file: what it is called, and where it came from. What is in a `data:` URL is not text. */
function fileNames({ filename, url, raw }: Extract<Part, { type: 'file' }>): string[] {
  const source = isObject(raw.source) ? raw.source : {}
  const names = [filename, url?.startsWith('data:') ? null : url, source.path, source.uri, source.name]
  return [...new Set(names.filter((name) => typeof name === 'string' && name !== ''))] as string[]
}
