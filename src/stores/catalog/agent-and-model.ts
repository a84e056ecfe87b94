import { usedIn } from '../session-info.ts'
import type { SessionHeader, StoredMessage } from '../store.ts'
import type { CatalogFilter } from './session.ts'

/**
 * Whether a session passes the filter's agent and model. A header says which it had last since 1.14; before, the messages say.
 * @param messages asked only where the header is silent
 */
export function usesAgentAndModel(
  header: SessionHeader,
  { agent, model }: CatalogFilter,
  messages: () => Iterable<StoredMessage>,
): boolean {
  if (agent === undefined && model === undefined) return true
  const isAgent = (name: string) => agent === undefined || name.toLowerCase() === agent.toLowerCase()
  const isModel = (name: string) => model === undefined || name.toLowerCase().includes(model.toLowerCase())
  let agentFound = agent === undefined || (header.agent !== null && isAgent(header.agent))
  let modelFound = model === undefined || (header.model !== null && isModel(`${header.model.providerID}/${header.model.modelID}`))
  const silent = (!agentFound && header.agent === null) || (!modelFound && header.model === null)
  if (!silent) return agentFound && modelFound
  for (const message of messages()) {
    const used = usedIn(message)
    if (used.agent !== null) agentFound ||= isAgent(used.agent)
    if (used.model !== null) modelFound ||= isModel(`${used.model.providerID}/${used.model.modelID}`)
    if (agentFound && modelFound) return true
  }
  return false
}
