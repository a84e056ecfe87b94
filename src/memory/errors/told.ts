import { readMessage } from '../../conversation/conversation.ts'
import { toolSummary } from '../../render/facts/tool-fields.ts'
import { toolOutcome } from '../../render/facts/tool-line.ts'
import type { Catalog, Session } from '../../stores/catalog/catalog.ts'
import { type About, about } from '../answer.ts'
import type { Recall } from '../memory.ts'
import { quoted, shortLine } from '../quote.ts'
import type { Call } from './call.ts'
import type { Ranked } from './occurrences.ts'
import { tellingLines } from './signature.ts'

/** An error as an answer tells of it. */
export interface Told extends About {
  readonly message: string
  readonly call: string
  readonly error: string
  /** From 0 to 1. */
  readonly likeness: number
  readonly fix: { readonly message: string; readonly steps: string[]; readonly call: string; readonly said: string } | null
}

/** The changes nearest to the success are the likeliest to have mattered. */
const stepsTold = 8

/** What is told of each: calls in a line, what was printed in its telling lines. */
export async function hitsOf(recall: Recall, ranked: readonly Ranked[]): Promise<Told[]> {
  const sessions = await about(
    recall,
    ranked.map(({ session }) => session),
  )
  const texts = ranked.map(({ session, call, cure }) => [
    lineOf(call),
    tellingLines(call.output).join('\n'),
    cure ? lineOf(cure.success) : '',
    cure ? saidAfter(recall.catalog, session, cure.success) : '',
    ...(cure?.steps.slice(-stepsTold) ?? []).map(lineOf),
  ])
  const told = await quoted(texts.flat(), recall.redact)
  let at = 0
  return ranked.map(({ call, likeness, cure }, index) => {
    const [failing, error, success, said, ...steps] = told.slice(at, at + texts[index]!.length)
    at += texts[index]!.length
    return {
      ...sessions[index]!,
      message: call.messageID,
      call: failing!,
      error: error!,
      likeness: Math.round(likeness * 100) / 100,
      fix: cure && { message: cure.success.messageID, steps, call: success!, said: said! },
    }
  })
}

/** `[bash] npm test → exit 1`: what was run, and how it ended. */
function lineOf({ part }: Call): string {
  if (part.type === 'shell') return `$ ${part.command}${part.exit ? ` → exit ${part.exit}` : ''}`
  const outcome = part.status === 'error' ? 'failed' : toolOutcome(part)
  return `[${part.tool}] ${toolSummary(part)}${outcome === '' ? '' : ` → ${outcome}`}`
}

/** What was said next, which often tells why it works now. */
function saidAfter(catalog: Catalog, { id }: Session, { messageID }: Call): string {
  const ids = Array.from(catalog.messages(id, { parts: false }), (stored) => stored.id)
  const at = ids.indexOf(messageID)
  for (const stored of catalog.messages(id, { ids: ids.slice(at, at + 3) })) {
    const message = readMessage(stored)
    if (message.role === 'user') break
    const text = message.parts.flatMap((part) => (part.type === 'text' && !part.synthetic ? [part.text] : [])).join('\n')
    if (text.trim() !== '') return text
  }
  return ''
}

/** The same with no text longer than so many characters. */
export function shortened(hit: Told, chars: number): Told {
  const short = (text: string) => shortLine(text, chars)
  const { fix, call, error } = hit
  const steps = fix?.steps.map((step) => shortLine(step, Math.min(chars, 160))) ?? []
  return {
    ...hit,
    call: shortLine(call, Math.min(chars, 160)),
    error: short(error),
    fix: fix && { message: fix.message, steps, call: shortLine(fix.call, Math.min(chars, 160)), said: short(fix.said) },
  }
}
