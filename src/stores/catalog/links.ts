import type { SessionID } from '../../opencode/ids.ts'
import { subagentTitle } from '../filter.ts'
import type { SessionHeader } from '../store.ts'
import type { FoundStore } from './discover.ts'
import { taskCalls } from './subagents.ts'

/** What is in the JSON of a message or part that starts a subagent, whichever release wrote it. */
const mayStartSubagent = (json: string) => json.includes('"task"') || json.includes('"subagent"')

/**
 * Subagents whose record names no parent (as third-party tools and hand-made copies leave them), by what their parent's `task`
 * call says: the child's id, else the description that is in the child's title. Nearly always empty; where it is not, the
 * transcripts of the sessions that can be meant are read.
 * @returns the parent of each
 */
export function findLinks(stores: readonly FoundStore[]): Map<SessionID, SessionID> {
  const links = new Map<SessionID, SessionID>()
  for (const { store } of stores) {
    for (const orphan of store.sessions({ unlinked: true })) {
      const parent = parentOf(stores, orphan)
      if (parent !== undefined) links.set(orphan.id, parent)
    }
  }
  return links
}

function parentOf(stores: readonly FoundStore[], orphan: SessionHeader): SessionID | undefined {
  const description = subagentTitle(orphan.title)?.description
  const ids = new Set(orphan.projectID === null ? [] : [orphan.projectID])
  const project = { ids, directories: orphan.directory === null ? [] : [orphan.directory], except: new Set<string>() }
  let byDescription: SessionID | undefined
  for (const { store } of stores) {
    for (const candidate of store.sessions({ project, since: orphan.time.created, sort: 'created' })) {
      if (candidate.id === orphan.id || candidate.time.created > orphan.time.created) continue
      for (const message of store.messages(candidate.id, { wanted: mayStartSubagent })) {
        for (const call of taskCalls(message)) {
          if (call.sessionID === orphan.id) return candidate.id
          if (call.sessionID === null && call.description === description) byDescription ??= candidate.id
        }
      }
    }
  }
  return byDescription
}
