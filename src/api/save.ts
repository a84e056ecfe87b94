import { OcvaultError } from '../base/errors.ts'
import { safeLine } from '../render/safe-text.ts'
import { checkCommit, commitFiles } from '../share/commit.ts'
import type { LocalSessions } from '../share/local-sessions.ts'
import { userName } from '../share/repository.ts'
import { type SaveReport, saveSession } from '../share/save.ts'
import { sessionsFolder, WorkTreeShelf } from '../share/work-tree.ts'
import type { Catalog, Session } from '../stores/catalog/catalog.ts'
import type { Request } from './requests.ts'
import { runningSession } from './running-session.ts'
import { rootOf, scopeOf, sessionNamed } from './sessions.ts'
import type { Sharing } from './sharing.ts'
import { steadily } from './steadily.ts'

/** A session that was saved. */
export interface Saved extends SaveReport {
  /** What was committed; null where nothing was. */
  readonly commit: { readonly isMade: boolean; readonly isUnsigned: boolean } | null
}

/**
 * Saves a session and its subagents into the repository.
 * @param compareWith the same sessions, redacted without asking anybody; default: those that are saved from
 * @throws OcvaultError `usage` where the ref shall be committed, `refused` where nothing can be committed; what
 *   {@link saveSession} throws
 */
export async function saveFrom(sharing: Sharing, request: Request<'save'>, compareWith?: LocalSessions): Promise<Saved> {
  const { worktree, catalog, local, shelf } = sharing
  const { commit = false, dryRun = false, bringBack = false } = request
  if (commit) {
    if (!(shelf instanceof WorkTreeShelf)) throw new OcvaultError('usage', 'what is saved in a ref is pushed, not committed')
    checkCommit(worktree, [`${sessionsFolder}/session.json`, `${sessionsFolder}/session/subagent.json`])
  }
  const { session, isRunning } = await sessionToSave(catalog, request)
  const options = { author: userName(worktree), now: Date.now(), dryRun, isRunning, bringBack }
  const report = await steadily(catalog, () => {
    return saveSession(local, session.id, shelf, { ...options, ...(compareWith && { compareWith }) })
  })
  if (!commit || dryRun || report.result === 'behind') return { ...report, commit: null }
  const paths = report.files.map((path) => `${sessionsFolder}/${path}`)
  return { ...report, commit: commitFiles(worktree, paths, `Session: ${safeLine(report.title)}`) }
}

/** The root of the session that is named, or that runs this, or the newest of a project. */
async function sessionToSave(
  catalog: Catalog,
  { session: name, project }: Request<'save'>,
): Promise<{ session: Session; isRunning: boolean }> {
  const running = name === undefined ? await runningSession(catalog, await scopeOf(catalog, project)) : undefined
  const session = running ?? (await sessionNamed(catalog, name ?? 'latest', project))
  return { session: rootOf(catalog, session), isRunning: running !== undefined }
}
