import { omit } from '../../base/omit.ts'
import type { Message, Part } from '../../conversation/message.ts'
import type { Session } from '../../stores/catalog/catalog.ts'

/** The public `--json` shapes. A change here is a breaking change: golden tests hold them. */

/** A session as `list` prints it. Absent values are null, never missing; `kept` is there where no store has it any more. */
export function sessionJSON(session: Session) {
  const { id, title, slug, parentID, projectID, directory, agent, model, version, share, time, cost, tokens, subagents, copies } =
    session
  const kept = session.kept === undefined ? {} : { kept: session.kept }
  const told = { id, title, slug, parentID, projectID, directory, agent, model, version, share, time, cost, tokens, subagents }
  return { ...told, copies, ...kept }
}

/** A message as `show` prints it. */
export function messageJSON(message: Message) {
  const { id, role, kind, time, agent, model, error, tokens, cost, interrupted, reverted, parts } = message
  return { id, role, kind, time, agent, model, error, tokens, cost, interrupted, reverted, parts: parts.map(partJSON) }
}

/** A part without its source, but for a part of unknown type: there the source is all there is. */
function partJSON(part: Part): object {
  if (part.type === 'unknown') return part
  return omit(part.type === 'tool' ? { ...part, attachments: part.attachments.map(partJSON) } : part, ['raw'])
}
