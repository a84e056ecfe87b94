import type { Message, Part, ToolPart } from '../conversation/message.ts'
import { fileWords } from '../render/facts/files.ts'
import { failureOf, labelsOf, speakerOf } from '../render/facts/message.ts'
import { shownFields, toolSummary } from '../render/facts/tool-fields.ts'
import { toolOutcome } from '../render/facts/tool-line.ts'

/** What of a message is told besides what was said. */
export type Include = 'tools' | 'reasoning'

/** Who speaks, and how the message is not what it seems: `You`, `build [interrupted]`. */
export const speakerLine = (message: Message): string =>
  [speakerOf(message), ...labelsOf(message, []).map((label) => `[${label}]`)].join(' ')

/** A message as a person reads it: what was said in full, what the tools did in a line each. Not yet fit to be told. */
export function turnText(message: Message, include: readonly Include[]): string {
  const texts = message.parts.map((part) => partText(part, include))
  const failure = failureOf(message)
  return [...texts, failure === '' ? '' : `failed: ${failure}`].filter((text) => text.trim() !== '').join('\n')
}

function partText(part: Part, include: readonly Include[]): string {
  switch (part.type) {
    case 'text':
      return part.synthetic ? `(put in by OpenCode) ${part.text}` : part.text
    case 'reasoning':
      return include.includes('reasoning') ? `(thinking) ${part.text}` : ''
    case 'tool':
      return [toolLine(part), ...(include.includes('tools') ? toolDetails(part) : [])].join('\n')
    case 'shell':
      return [`$ ${part.command}${part.exit ? ` (exit ${part.exit})` : ''}`, part.output ?? ''].join('\n')
    case 'file': {
      const { name, facts } = fileWords(part)
      return `[file] ${name}${facts === '' ? '' : ` (${facts})`}`
    }
    case 'subtask':
      return `[subagent ${part.agent ?? ''}] ${part.prompt ?? part.description ?? ''}`
    case 'compaction':
      return `(the session was summarised here) ${part.summary ?? ''}`
    case 'retry':
      return `(tried again after: ${part.error ?? 'an error'})`
    case 'notice':
      return `(${part.notice})`
    case 'patch':
    case 'step':
    case 'unknown':
      return ''
  }
}

/** `[bash] npm test → exit 1, 12 lines`. */
function toolLine(part: ToolPart): string {
  const outcome = toolOutcome(part)
  const session = part.sessionID === null ? '' : ` (session ${part.sessionID})`
  return `[${part.tool}] ${toolSummary(part)}${outcome === '' ? '' : ` → ${outcome}`}${session}`
}

function toolDetails(part: ToolPart): string[] {
  const input = shownFields(part).map(({ name, text }) => `  ${name}: ${text}`)
  const output = part.output ?? part.error
  return [...input, ...(output === null || output === '' ? [] : [`  output: ${output}`])]
}
