import type { sessionJSON } from '../json/session-json.ts'
import { safeLine } from '../safe-text.ts'
import { count, isoTime } from '../words.ts'
import { usageWords } from './steps.ts'

/** The facts of a session that stand above its transcript, those that it has. */
export function sessionFacts(session: ReturnType<typeof sessionJSON>): [name: string, value: string][] {
  const { id, parentID, directory, projectID, agent, model, version, time, share, cost, tokens, subagents } = session
  const facts: [string, string | null][] = [
    ['session', id],
    ['subagent of', parentID],
    ['directory', directory],
    ['project', projectID],
    ['agent', agent],
    ['model', model === null ? null : `${model.providerID}/${model.modelID}`],
    ['OpenCode', version],
    ['created', isoTime(time.created)],
    ['updated', isoTime(time.updated)],
    ['archived', isoTime(time.archived)],
    ['used', usageWords(tokens, cost).join(' · ')],
    ['subagents', subagents === 0 ? null : count(subagents, 'session')],
    ['shared at', share],
  ]
  return facts.flatMap(([name, value]) => (value === null || safeLine(value) === '' ? [] : [[name, safeLine(value)]]))
}
