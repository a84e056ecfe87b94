import { dirname } from 'node:path'
import { type Holder, holdersOf } from '../../base/holders.ts'
import type { Problem } from '../../base/problems.ts'
import { type Machine, placesBeside } from '../../opencode/data-dirs.ts'
import { Database } from '../../sqlite/database.ts'
import type { Catalog } from '../../stores/catalog/catalog.ts'
import { thisMachine } from '../../stores/catalog/discover.ts'
import { dataFolders } from '../data-folders.ts'
import { projectsKnown } from '../snapshots/survey.ts'
import { type DatabaseFigures, databaseFigures, readUpToBytes } from './database-figures.ts'
import { roomFindings, soundness, staleShm } from './database-findings.ts'
import { type Cure, type Finding, finding } from './finding.ts'
import { type FolderFigures, folderReport } from './folder-findings.ts'
import { channelFindings, movedFindings, orphanedFindings, strandedFindings } from './session-findings.ts'

/** What is to be known of stores, and what is the matter with them. */
export interface DoctorReport {
  readonly databases: readonly DatabaseFigures[]
  readonly folders: readonly FolderFigures[]
  readonly sessions: { readonly all: number; readonly archived: number }
  /** What is worst first. */
  readonly findings: readonly Finding[]
  /** What is so, and no trouble: a sentence each. */
  readonly notes: readonly string[]
  /** Programs that have a database open. */
  readonly running: readonly (Holder & { readonly database: string })[]
}

export interface DoctorOptions {
  readonly machine?: Machine
  /** Up to so many bytes a database is read whole, every page and row; a larger one is sampled. */
  readonly readUpTo?: number
  /** Is told what is looked at. */
  readonly onStep?: (what: string) => void
  /** Whether stores are the machine's own: then its data directory is looked at even where it holds none. */
  readonly isMachine?: boolean
}

/** Looks at every store and at what lies beside it, and changes nothing. */
export function examine(catalog: Catalog, options: DoctorOptions = {}): DoctorReport {
  const { machine = thisMachine(), readUpTo = readUpToBytes, onStep = () => {}, isMachine = false } = options
  const findings: Finding[] = []
  const notes: string[] = []
  const databases = Map.groupBy(
    catalog.stores.filter(({ store }) => /^sqlite-/.test(store.kind)),
    ({ store }) => store.path,
  )
  const figures: DatabaseFigures[] = []
  const running: (Holder & { database: string })[] = []
  for (const [path, stores] of databases) {
    onStep(path)
    try {
      const db = new Database(path)
      try {
        const figure = databaseFigures(db, readUpTo)
        figures.push(figure)
        if (figure.isEstimate)
          notes.push(`${path} is too large to be read whole: its figures are estimates, and its pages unseen`)
        const sound = figure.isEstimate
          ? []
          : soundness(
              db,
              stores.map(({ store }) => store),
              rescueOf(catalog, isMachine),
            )
        findings.push(...sound, ...roomFindings(figure), ...staleShm(path))
      } finally {
        db.close()
      }
    } catch (error) {
      findings.push(finding('unreadable', path, error instanceof Error ? error.message : String(error)))
    }
    running.push(...holdersOf([path, `${path}-wal`]).map((holder) => ({ ...holder, database: path })))
  }
  onStep('sessions')
  const rescue = rescueOf(catalog, isMachine)
  const stranded = rescue ? [...catalog.stranded()] : []
  findings.push(
    ...movedFindings(catalog, notes),
    ...strandedFindings(stranded, rescue),
    ...orphanedFindings(catalog),
    ...channelFindings([...databases.values()].flat(), stranded, rescue),
  )
  const folders = dataFolders(catalog.stores, isMachine ? machine : undefined).map((data) => {
    onStep(data)
    const report = folderReport(data, placesBeside(data, machine)?.cache, projectsKnown(data, catalog))
    findings.push(...report.findings)
    return report.figures
  })
  findings.push(...unreadable(catalog.problems(), findings))
  return { databases: figures, folders, sessions: counted(catalog), findings: inOrder(findings), notes, running }
}

/** What brings sessions back that nobody shows; null where nobody shows any. */
function rescueOf({ stores }: Catalog, isMachine: boolean): Cure | null {
  const shown = stores.find(({ visible }) => visible.length > 0)
  return shown ? { do: 'rescue', root: isMachine ? null : dirname(shown.store.path) } : null
}

const order: readonly Finding['kind'][] = ['damage', 'unreadable', 'foreign-keys', 'moved-directory', 'missing-workspace']

/** What can lose something first, then what hides sessions, then what takes room, the most first. */
function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ kind }: Finding) => (order.includes(kind) ? order.indexOf(kind) : order.length)
  return [...findings].sort((a, b) => rank(a) - rank(b) || (b.gain ?? 0) - (a.gain ?? 0))
}

function counted(catalog: Catalog): DoctorReport['sessions'] {
  let [all, archived] = [0, 0]
  for (const { time } of catalog.sessions()) {
    all++
    if (time.archived !== null) archived++
  }
  return { all, archived }
}

function unreadable(problems: readonly Problem[], known: readonly Finding[]): Finding[] {
  return problems
    .filter(
      ({ kind, path, reason }) => kind === 'unreadable' && !known.some((each) => each.path === path && each.says === reason),
    )
    .map(({ path, reason }) => finding('unreadable', path, reason, { cure: { do: 'look', path } }))
}
