import { objectOf, textOf } from '../opencode/json.ts'
import type { Catalog, Session } from '../stores/catalog.ts'
import type { ProjectScope } from '../stores/store.ts'

/** The variable that the plugin of `ocvault init` gives to every shell that OpenCode starts for a session. */
const variable = 'OCVAULT_SESSION_ID'

/** How many sessions are looked at, newest first: the one that runs was updated a moment ago. */
const looked = 20

/**
 * The session of OpenCode inside of which this command runs; undefined outside. With the plugin of `ocvault init` OpenCode says which; without,
 * no release does (seen in 1.0 to 1.18), but the session's newest message holds a call of bash that is running and has this command in it.
 */
export async function runningSession(catalog: Catalog, project: ProjectScope | undefined): Promise<Session | undefined> {
  const told = process.env[variable]
  if (told) return catalog.session(told)
  if (process.env.OPENCODE !== '1' && process.env.OPENCODE_PID === undefined) return undefined
  let left = looked
  for (const session of catalog.sessions(project ? { project } : {})) {
    if (left-- === 0) break
    for (const { parts } of catalog.messages(session.id, { last: 1 })) {
      if (parts.some(({ data }) => callsUs(data))) return session
    }
  }
  return undefined
}

function callsUs({ type, state }: Readonly<Record<string, unknown>>): boolean {
  const { status, input } = objectOf(state)
  return type === 'tool' && status === 'running' && /\bocvault\b/.test(textOf(objectOf(input).command) ?? '')
}
