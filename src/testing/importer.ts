import { join } from 'node:path'
import { expect } from 'vitest'
import { type ImportOptions, importSessions } from '../transfer/import/import.ts'
import type { ImportReport } from '../transfer/import/report.ts'
import { listChanges } from '../transfer/undo/changes.ts'
import { takeBack } from '../transfer/undo/take-back.ts'
import { emptyDatabase, type PlainSession, sessionIn } from './sessions.ts'
import { tempDir } from './temp.ts'

/** Imports into a database, with notes for undoing in a folder of the test's own. */
export class Importer {
  readonly database: string
  readonly undo = join(tempDir(), 'undo')
  readonly project = tempDir()

  constructor(release?: string) {
    this.database = emptyDatabase(release)
  }

  run(paths: string | string[], options: ImportOptions = {}): Promise<ImportReport> {
    const project = options.keepProject ? {} : { project: this.project }
    return importSessions([paths].flat(), { root: this.database, undo: this.undo, ...project, ...options })
  }

  session(id: string): PlainSession {
    const session = sessionIn(this.database, id)
    if (!session) throw new Error(`${id} is not there`)
    return session
  }

  takeBack(options = {}): unknown {
    const [change] = listChanges(this.undo, (path, reason) => expect.unreachable(`${path}: ${reason}`))
    return takeBack(change!, options)
  }
}

/** Of each session what was planned, and what became of it. */
export const plans = ({ sessions }: ImportReport) => sessions.map(({ id, plan, result }) => [id, plan, result])
