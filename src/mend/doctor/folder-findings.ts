import { accessSync, constants, lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { count, fileSize } from '../../render/words.ts'
import { type SurveyedRepository, surveySnapshots } from '../snapshots/survey.ts'
import { type Finding, finding } from './finding.ts'
import { entriesOf, type FolderSize, folderSize } from './folder-size.ts'

/** What of a data directory takes room, beside its databases. */
export interface FolderFigures {
  readonly path: string
  readonly snapshots: readonly { readonly projectID: string; readonly worktree: string | null; readonly bytes: number }[]
  readonly toolOutput: number
  readonly logs: number
  /** Of the cache directory that goes with it; 0 where that is not known. */
  readonly cache: number
}

const dayMs = 86_400_000
/** OpenCode removes tool outputs after 7 days, when it starts (1.1 and later). */
const outputsAfterMs = 7 * dayMs
const worth = { snapshots: 100_000_000, outputs: 100_000_000, logs: 200_000_000, cache: 2_000_000_000 }
/** What holds keys, and OpenCode writes for its owner alone. */
const secrets = ['auth.json', 'mcp-auth.json', 'account.json']

const atLeast = ({ isCut }: FolderSize) => (isCut ? 'at least ' : '')

/**
 * @param cache the cache directory that goes with the data directory, if it is known
 * @param known the projects that snapshots may be of; null where nobody knows
 */
export function folderReport(
  data: string,
  cache: string | undefined,
  known: ReadonlySet<string> | null,
  now = Date.now(),
): { readonly figures: FolderFigures; readonly findings: readonly Finding[] } {
  const surveyed = surveySnapshots(data, known, now)
  const outputs = folderSize(join(data, 'tool-output'), now - outputsAfterMs - dayMs)
  const logs = folderSize(join(data, 'log'), now - dayMs)
  const cached = cache === undefined ? undefined : folderSize(cache)
  const found: Finding[] = [...snapshotFindings(data, surveyed)]
  const { old } = outputs
  if (old.bytes >= worth.outputs) {
    const says = `${count(old.files, 'tool output')} of ${fileSize(old.bytes)} are older than a week: OpenCode removes them when it starts`
    found.push(finding('tool-output', join(data, 'tool-output'), says, { bytes: old.bytes, gain: old.bytes }))
  }
  if (logs.old.bytes >= worth.logs) {
    const says = `${count(logs.old.files, 'log')} of ${fileSize(logs.old.bytes)} that nobody has written to for a day may be deleted`
    found.push(finding('logs', join(data, 'log'), says, { bytes: logs.bytes, gain: logs.old.bytes }))
  }
  if (cache !== undefined && cached !== undefined && cached.bytes >= worth.cache) {
    const says = `the cache takes ${atLeast(cached)}${fileSize(cached.bytes)}: OpenCode makes it anew when it is deleted`
    found.push(finding('cache', cache, says, { bytes: cached.bytes, gain: cached.bytes, isEstimate: cached.isCut }))
  }
  const figures = {
    path: data,
    snapshots: surveyed.map(({ projectID, worktree, bytes }) => ({ projectID, worktree, bytes })),
    toolOutput: outputs.bytes,
    logs: logs.bytes,
    cache: cached?.bytes ?? 0,
  }
  return { figures, findings: [...found, ...accessFindings(data)] }
}

function snapshotFindings(data: string, repositories: readonly SurveyedRepository[]): Finding[] {
  const cure = { do: 'clean', data } as const
  const useless = repositories.filter(({ isUseless }) => isUseless)
  const left = repositories.flatMap(({ isUseless, leftovers }) => (isUseless ? [] : leftovers))
  const bytes = left.reduce((sum, each) => sum + each.bytes, 0)
  const found: Finding[] = []
  if (left.length > 0) {
    const says = `${count(left.length, 'file')} of ${fileSize(bytes)} that a killed git has left`
    found.push(finding('snapshot-leftovers', join(data, 'snapshot'), says, { bytes, gain: bytes, cure }))
  }
  const free = useless.reduce((sum, each) => sum + each.bytes, 0)
  if (useless.length > 0) {
    const says = `snapshots of ${count(useless.length, 'project')} that no store knows any more take ${fileSize(free)}`
    found.push(finding('snapshot-of-nothing', join(data, 'snapshot'), says, { bytes: free, gain: free, cure }))
  }
  const old = repositories.reduce((sum, { isUseless, oldBytes }) => sum + (isUseless ? 0 : oldBytes), 0)
  if (old >= worth.snapshots) {
    const says = `about ${fileSize(old)} of snapshots are older than a week: OpenCode lets git remove them where it is used`
    const more = { bytes: old, gain: old, isEstimate: true, cure: { do: 'collect', data } as const }
    found.push(finding('old-snapshots', join(data, 'snapshot'), says, more))
  }
  return found
}

/** Files that OpenCode could not write, and secrets that others may read. */
function accessFindings(data: string): Finding[] {
  const found: Finding[] = []
  const paths = [data, ...entriesOf(data).map(({ name }) => join(data, name))]
  const barred = paths.filter((path) => !mayWrite(path))
  if (barred.length > 0) {
    const whose = `it belongs to another user, or may not be written to: was OpenCode once started as another one?`
    const more = barred.length > 1 ? ` (and ${barred.length - 1} more like it)` : ''
    found.push(finding('not-writable', barred[0]!, `${whose}${more}`))
  }
  for (const name of secrets) {
    const stat = process.platform === 'win32' ? undefined : lstatSync(join(data, name), { throwIfNoEntry: false })
    if (stat?.isFile() && (stat.mode & 0o077) !== 0)
      found.push(finding('open-secret', join(data, name), 'holds keys, and others on this machine may read it: chmod 600'))
  }
  return found
}

function mayWrite(path: string): boolean {
  const own = process.getuid?.()
  try {
    accessSync(path, constants.W_OK)
    // To root nothing is forbidden; to the person whose files they shall be, those of root are.
    return own !== 0 || lstatSync(path).uid === lstatSync(dirname(path)).uid
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
