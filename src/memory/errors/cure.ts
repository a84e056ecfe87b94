import type { ToolPart } from '../../conversation/message.ts'
import { type Call, commandOf, sameKind } from './call.ts'
import { likeness, type Signature, signatureOf } from './signature.ts'

/** What made an error go away: the next call of the same kind that succeeded, and what was changed before it. */
export interface Cure {
  readonly success: Call
  /** The calls between that changed something, in their order. */
  readonly steps: readonly Call[]
}

/** So much of an error in an output, and it is still there. */
const stillThere = 0.6

/** Tools that only look. */
const looking = /read|grep|glob|list|ls|fetch|search|todo|lsp|webfetch|task|question|skill|plan|diagnostics/i
/** Commands that only look, whatever their arguments. */
const lookingCommands =
  /^(?:ls|cat|head|tail|less|grep|rg|find|fd|tree|pwd|echo|which|whereis|type|file|stat|wc|diff|env|printenv|ps|df|du|date|whoami|uname|id|jq|ping|dig|nslookup|curl|lsof|ss|netstat|(?:git (?:status|log|diff|show|branch|remote|blame))|(?:docker (?:ps|images|logs|inspect))|(?:npm (?:ls|view|outdated|explain|why))|(?:pip3? (?:list|show|freeze))|(?:go (?:env|list|version))|(?:cargo (?:tree|version)))$/

/**
 * Looks for the cure of an error in the calls after it.
 * @param failing the call that failed
 * @param after the calls after it, in their order; read no further than the cure
 */
export async function cureOf(failing: Call, after: AsyncIterable<Call> | Iterable<Call>): Promise<Cure | null> {
  const error = signatureOf(failing.output)
  const steps: Call[] = []
  for await (const call of after) {
    if (succeeds(call, failing, error)) return { success: call, steps }
    if (changes(call)) steps.push(call)
  }
  return null
}

/** A failure of the same kind with another error is no success, but one step further. */
function succeeds(call: Call, failing: Call, error: Signature): boolean {
  if (call.failed || !sameKind(call, failing)) return false
  return likeness(error, signatureOf(call.output), () => 1) < stillThere
}

/** What turns looking into changing: a command that is handed what was found, or writes it down. */
const acting = /\s-(?:delete|exec|i)\b|[^2&]>\s*[^&\s]|\bxargs\b/

/** Whether a call changed something, as far as that can be told. */
export function changes({ failed, part, kinds }: Call): boolean {
  if (failed) return false
  const command = part.type === 'shell' ? part.command : commandOf(part)
  if (command === null) return !looking.test((part as ToolPart).tool)
  return acting.test(command) || !kinds.every((kind) => lookingCommands.test(kind))
}
