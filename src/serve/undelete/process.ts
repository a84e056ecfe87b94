import { rememberedArchives } from '../../api/stores.ts'
import { type Undelete, undelete, undeletePlaces } from '../../api/undelete.ts'
import { OcvaultError, reasonOf } from '../../base/errors.ts'
import { createHash } from '../../base/hash.ts'
import { removeUnfinished } from '../../base/unfinished.ts'
import type { DeletedSession } from '../../mend/undelete/find-deleted.ts'
import type { ImportReport } from '../../transfer/import/report.ts'
import type { Answers, DeletedRow, Question, Returned, Sent } from './questions.ts'

/**
 * A process that answers one question about deleted sessions. It is no thread of the server, because SQLite lets a process write
 * only what it does not hold open for reading, and because pages of a large database are looked through at one go.
 */

const rowOf = ({ session: { id, title, time }, from, path, whole, missing }: DeletedSession): DeletedRow => ({
  id,
  title,
  updated: time.updated,
  from,
  path,
  whole,
  missing,
})

/** Those that no other one brings along. */
function rootsIn({ sessions }: Undelete): DeletedRow[] {
  const ids = new Set(sessions.map(({ session }) => session.id))
  return sessions.filter(({ session }) => session.parentID === null || !ids.has(session.parentID)).map(rowOf)
}

function digestOf({ session, report }: { readonly session: DeletedRow; readonly report: ImportReport }): string {
  const sessions = report.sessions.map(({ id, from, plan, result, messages }) => [id, from, plan, result, messages])
  const { database, generation } = report
  return createHash('sha256')
    .update(JSON.stringify([session, database, generation, sessions]))
    .digest('base64url')
}

async function planned(found: Undelete, id: string): Promise<Answers['plan']> {
  const chosen = chosenIn(found, id)
  const session = rowOf(chosen)
  const report = await found.bringBack([chosen], { dryRun: true })
  return { session, report, digest: digestOf({ session, report }) }
}

function chosenIn({ sessions }: Undelete, id: string): DeletedSession {
  const chosen = sessions.find(({ session }) => session.id === id)
  if (!chosen) throw new OcvaultError('not-found', `session ${id} is not deleted, or cannot be had back`)
  return chosen
}

async function answered(found: Undelete, question: Question): Promise<Answers[keyof Answers]> {
  if (question.do === 'list') return { database: found.target.path, sessions: rootsIn(found) }
  const plan = await planned(found, question.id)
  if (question.do === 'plan') return plan
  if (plan.digest !== question.digest) {
    throw new OcvaultError('refused', 'something has changed since the page said what would come back; open it again')
  }
  return found.bringBack([chosenIn(found, question.id)], { dryRun: false })
}

async function answerTo({ roots, question }: Sent): Promise<Returned> {
  try {
    const remembered = roots.length === 0 ? await rememberedArchives() : []
    const found = await undelete({ ...undeletePlaces(roots), remembered })
    try {
      return { answer: await answered(found, question) }
    } finally {
      found.close()
    }
  } catch (error) {
    return { failed: { code: error instanceof OcvaultError ? error.code : null, message: reasonOf(error) } }
  }
}

process.once('SIGTERM', () => {
  removeUnfinished()
  process.exit(1)
})
// Ctrl+C is for the server, which ends this one when nothing is being written.
process.on('SIGINT', () => {})
process.once('message', async (sent: Sent) => {
  const returned = await answerTo(sent)
  process.send?.(returned, () => process.disconnect())
})
