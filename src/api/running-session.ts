import { OcvaultError } from '../base/errors.ts'
import { numberOf, objectOf, textOf } from '../base/json.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import type { ProjectScope } from '../stores/store.ts'

/** How many sessions are looked at, newest first: the one that runs was updated a moment ago. */
const looked = 20
/** After a day a call that was never ended is of an OpenCode that died. */
const longest = 86_400_000

/**
 * The session of OpenCode inside of which this command runs; undefined outside.
 * @throws OcvaultError `usage` when there are two that may be it
 */
export async function runningSession(catalog: Catalog, project: ProjectScope | undefined): Promise<Session | undefined> {
  const found = runningSessions(catalog, project)
  const [running, other] = found
  if (other) {
    throw new OcvaultError(
      'usage',
      `${found.length} sessions of this directory run ocvault at this moment: name one, ${found.map(({ id }) => id).join(' or ')}`,
    )
  }
  return running
}

/** Whether a shell of OpenCode runs this (1.0.142 and later). */
export const isInsideOpenCode = (): boolean => process.env.OPENCODE === '1'

/**
 * The sessions of OpenCode inside of which this command may run. No release says which it is (seen from 1.0.142 to 1.18.33, whose
 * shells get OPENCODE=1 and at most the number of the process), but its newest message holds a call of bash that is running and
 * names us.
 */
export function runningSessions(catalog: Catalog, project: ProjectScope | undefined): Session[] {
  if (!isInsideOpenCode()) return []
  const found: Session[] = []
  let left = looked
  for (const session of catalog.sessions(project ? { project } : {})) {
    if (left-- === 0) break
    for (const { parts } of catalog.messages(session.id, { last: 1 })) {
      if (parts.some(({ data }) => callsUs(data))) found.push(session)
    }
  }
  return found
}

function callsUs({ type, state }: Readonly<Record<string, unknown>>): boolean {
  const { status, input, time } = objectOf(state)
  const started = numberOf(objectOf(time).start) ?? 0
  if (type !== 'tool' || status !== 'running' || Date.now() - started > longest) return false
  return /\bocvault\b/.test(textOf(objectOf(input).command) ?? '')
}
