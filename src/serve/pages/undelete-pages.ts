import { deletedPlace, missingWords } from '../../render/facts/missing-words.ts'
import { escapeHTML } from '../../render/pages/html/escape.ts'
import { timeElement } from '../../render/pages/html/time.ts'
import { safeLine } from '../../render/safe-text.ts'
import { count, grouped, shortPath, titleOf } from '../../render/words.ts'
import type { ImportedSession, ImportReport } from '../../transfer/import/report.ts'
import type { DeletedList, DeletedRow, UndeletePlan } from '../undelete/questions.ts'
import { links } from './links.ts'
import { table } from './table.ts'

/** More are counted, and not named. */
const mostShown = 500

/** The address of what says how a session would come back. */
export const undeletePath = (id: string): string => `/undelete/${encodeURIComponent(id.toWellFormed())}`

const code = (text: string) => `<code>${escapeHTML(safeLine(text))}</code>`

const placeOf = ({ from, path }: DeletedRow) => deletedPlace(from, path)

/** Every session that can be had back, each with the way to its plan. */
export function deletedView({ database, sessions }: DeletedList): string {
  const shown = sessions.slice(0, mostShown)
  const more = sessions.length - shown.length
  const list = table(
    shown,
    [
      {
        name: 'Session',
        isHTML: true,
        cell: (row) => `<a href="${escapeHTML(undeletePath(row.id))}" dir="auto">${escapeHTML(titleOf(row))}</a>`,
      },
      { name: 'Last used', isHTML: true, cell: ({ updated }) => timeElement(updated) },
      { name: 'Is', cell: ({ whole, missing }) => (whole ? 'whole' : missingWords(missing)) },
      { name: 'From', cell: placeOf },
    ],
    'Deleted sessions',
  )
  return `<article class="health">
<header><h1>Deleted sessions</h1>
<p class="note">What ${code(shortPath(database))} does not have any more, and can have back. Nothing is changed before you agree to it.</p></header>
${sessions.length === 0 ? '<p>Nothing that was deleted can be had back.</p>\n' : list}${more > 0 ? `<p class="note">and ${grouped(more)} more: ${code('ocvault undelete')} lists all</p>\n` : ''}</article>
`
}

const said = (notes: readonly string[]) => notes.map((note) => `<p class="note">${escapeHTML(safeLine(note))}</p>\n`).join('')

/** What a person must know of a report, beside its sessions. */
const notesOf = ({ notes, problems, sessions }: ImportReport) =>
  said([
    ...notes,
    ...sessions.flatMap(({ id, note }) => (note === null ? [] : [`session ${id}: ${note}`])),
    ...problems.map(({ path, reason }) => `${shortPath(path)}: ${reason}`),
  ])

const sessionTable = (sessions: readonly ImportedSession[], caption: string) =>
  table(
    sessions,
    [
      { name: 'Session', cell: (session) => titleOf(session) },
      { name: 'Id', isHTML: true, cell: ({ id }) => code(id) },
      { name: 'Messages', isNumber: true, cell: ({ messages }) => (messages === null ? '' : grouped(messages.total)) },
      { name: 'Result', cell: ({ result }) => result },
    ],
    caption,
  )

/** Says what would come back and where it goes, and asks whether it shall. */
export function undeletePlanView({ session, report, digest }: UndeletePlan, token: string): string {
  const written = report.sessions.filter(({ result }) => result === 'written').length
  const subagents = report.sessions.length - 1
  const along = subagents > 0 ? ` with ${count(subagents, 'subagent')}` : ''
  const lacks = session.whole ? 'Nothing tells that anything of it is missing.' : `${missingWords(session.missing)}.`
  const form =
    written === 0
      ? '<p>It cannot come back as it is.</p>\n'
      : `<form method="post" action="${escapeHTML(undeletePath(session.id))}">
<input type="hidden" name="token" value="${escapeHTML(token)}">
<input type="hidden" name="plan" value="${escapeHTML(digest)}">
<p class="note">Written in one go, read back, and noted: ${code('ocvault undo')} takes it back.</p>
<p><button class="act">Bring it back</button></p>
</form>
`
  return `<article class="plan health">
<header><h1>Bring back</h1>
<p class="brief"><b dir="auto">${escapeHTML(titleOf(session))}</b>${along}</p></header>
<p>From ${code(placeOf(session))} into ${code(shortPath(report.database))}, as OpenCode ${report.generation === 'v1' ? '1.x' : '2.x'} has it.</p>
<p>${escapeHTML(lacks)}</p>
${sessionTable(
  report.sessions,
  'What would be written',
)}${notesOf(report)}${form}<p><a href="/undelete">Other deleted sessions</a></p>
</article>
`
}

/** Says what came back, and what takes it away again. */
export function broughtBackView(report: ImportReport, id: string): string {
  const written = report.sessions.filter(({ result }) => result === 'written').length
  const undo =
    report.change === null ? '' : `<p>To take it back:</p>\n<pre>${escapeHTML(`ocvault undo ${report.change}`)}</pre>\n`
  const open = written > 0 ? `<p><a class="act" href="${links.session(id)}">Open it</a></p>\n` : ''
  return `<article class="plan health">
<header><h1>${written > 0 ? `${count(written, 'session')} brought back` : 'Nothing was brought back'}</h1></header>
${sessionTable(report.sessions, 'What was written')}${notesOf(report)}${open}${undo}</article>
`
}
