import { isObject, textOf } from '../../base/json.ts'
import type { Message, Part, ShellPart, ToolPart } from '../../conversation/message.ts'
import type { MessageID } from '../../opencode/ids.ts'
import { hasFailed } from '../../render/facts/tool-line.ts'
import { commandKinds } from './command.ts'

/** Something that was run: by a tool, or by the person. */
export interface Call {
  readonly messageID: MessageID
  readonly time: number | null
  readonly part: ToolPart | ShellPart
  /** What it printed, or why it failed. */
  readonly output: string
  readonly failed: boolean
  /** What it does: calls that share one are of the same kind. */
  readonly kinds: readonly string[]
}

/** A command that ends well may have been made to (`|| true`), and old releases note no exit code. */
const printedError =
  /^(?:\S+: )?(?:fatal|error|panic|exception)\b[:[]|\bnpm (?:ERR!|error)|^Traceback \(most recent call last\)|^FAILED |\berror TS\d+:|^error\[E\d+\]/im

/** Of longer outputs this much is looked at for printed errors. */
const outputLooked = 20_000

export function callsIn({ id, time, parts }: Message): Call[] {
  return parts.flatMap((part) => (isCall(part) ? [callOf(id, time.created, part)] : []))
}

const isCall = (part: Part): part is ToolPart | ShellPart => part.type === 'tool' || part.type === 'shell'

function callOf(messageID: MessageID, time: number | null, part: ToolPart | ShellPart): Call {
  const output =
    part.type === 'shell' ? (part.output ?? '') : [part.output, part.error].filter((text) => text !== null).join('\n')
  const command = part.type === 'shell' ? part.command : commandOf(part)
  const failed = part.type === 'shell' ? (part.exit ?? 0) !== 0 : hasFailed(part)
  const printed = command !== null && printedError.test(output.slice(0, outputLooked))
  const kinds = command === null ? toolKinds(part as ToolPart) : commandKinds(command)
  return { messageID, time, part, output, failed: failed || printed, kinds }
}

/** The command line of a tool that runs one; null for any other tool. */
export function commandOf({ input }: ToolPart): string | null {
  return isObject(input) ? textOf(input.command) : null
}

/** A tool with the file or the host that it is about: an edit of one file does not make that of another succeed. */
function toolKinds({ tool, input }: ToolPart): string[] {
  if (!isObject(input)) return [tool]
  const path = textOf(input.filePath) ?? textOf(input.path) ?? textOf(input.file_path)
  const host = /^https?:\/\/([^/:\s]+)/.exec(textOf(input.url) ?? '')?.[1]
  return [[tool, path ?? host].filter(Boolean).join(' ')]
}

export const sameKind = (a: Call, b: Call): boolean => a.kinds.some((kind) => b.kinds.includes(kind))
