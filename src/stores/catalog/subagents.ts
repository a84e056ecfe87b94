import { isObject, listOf, objectOf, textOf } from '../../base/json.ts'
import type { SessionID } from '../../opencode/ids.ts'
import type { StoredMessage } from '../store.ts'

/** A call of the tool that starts a subagent: the session it made, where the release says so, and what it was asked for. */
export interface TaskCall {
  readonly sessionID: SessionID | null
  readonly description: string | null
}

/**
 * The `task` calls in a message (`subagent` in 2.x). The child's id is in the metadata since 1.0 (`sessionId`; 2.x `sessionID`).
 */
export function taskCalls(message: StoredMessage): TaskCall[] {
  const tools = message.shape === 'v2' ? listOf(message.info.content).filter(isObject) : message.parts.map((part) => part.data)
  return tools.flatMap((tool) => {
    const name = tool.tool ?? tool.name
    if (tool.type !== 'tool' || (name !== 'task' && name !== 'subagent')) return []
    const state = objectOf(tool.state)
    const metadata = objectOf(state.metadata)
    return [
      {
        sessionID: textOf(metadata.sessionId) ?? textOf(metadata.sessionID),
        description: textOf(objectOf(state.input).description),
      },
    ]
  })
}
