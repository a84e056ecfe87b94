import type { DoctorReport } from '../../mend/doctor/doctor.ts'
import type { WhereReport } from '../../render/facts/where-report.ts'
import { escapeHTML } from '../../render/pages/html/escape.ts'
import { timeElement } from '../../render/pages/html/time.ts'
import { count, fileSize, grouped, shortPath, titleOf } from '../../render/words.ts'
import { cureWords } from './cure-words.ts'
import { sessionPath } from './links.ts'
import { table } from './table.ts'

/** More stranded sessions are counted, and not named. */
const strandedShown = 200

/** What the stores are, what OpenCode does not show of them, and what could not be read. */
export function healthView(
  { stores, stranded, problems }: WhereReport,
  report: DoctorReport | null,
  isReadOnly: boolean,
): string {
  const list = table(
    stores,
    [
      { name: 'Store', cell: ({ kind }) => kind },
      { name: 'Path', cell: ({ path }) => `<code>${escapeHTML(shortPath(path))}</code>`, isHTML: true },
      { name: 'Shown by', cell: ({ shown }) => shown },
      { name: 'Sessions', cell: ({ sessions }) => grouped(sessions), isNumber: true },
      { name: 'Size', cell: ({ bytes }) => fileSize(bytes), isNumber: true },
      { name: 'Newest', cell: ({ newest }) => timeElement(newest), isHTML: true },
    ],
    'Stores',
  )
  const lost = stranded
    .slice(0, strandedShown)
    .map(
      ({ session, reason }) =>
        `<li><a href="${escapeHTML(sessionPath(session.id))}" dir="auto">${escapeHTML(titleOf(session))}</a> <span class="note">${escapeHTML(reason)}</span></li>`,
    )
  const more = stranded.length > strandedShown ? `<p class="note">and ${grouped(stranded.length - strandedShown)} more</p>\n` : ''
  const trouble = problems.map(({ path, reason }) => `<li><code>${escapeHTML(shortPath(path))}</code> ${escapeHTML(reason)}</li>`)
  return `<article class="health">
<header><h1>Health</h1></header>
${section('Stores', list)}${section(
  'Stranded',
  lost.length === 0
    ? '<p class="note">None: every session is shown by an OpenCode of this machine.</p>\n'
    : `<p class="note">No OpenCode on this machine shows them, or 2.x does not. ${command('ocvault where')} tells why.</p>\n<ul>\n${lost.join('\n')}\n</ul>\n${more}`,
)}${section('Problems', trouble.length === 0 ? '<p class="note">Everything could be read.</p>\n' : `<ul>\n${trouble.join('\n')}\n</ul>\n`)}${isReadOnly ? '' : section('Deleted', deleted)}${section('Examination', report === null ? examine : examination(report))}</article>
`
}

const section = (name: string, body: string) => `<section>\n<h2>${name}</h2>\n${body}</section>\n`

const command = (line: string) => `<code>${escapeHTML(line)}</code>`

const deleted = `<p class="note">What was deleted in OpenCode can often be had back, from an archive or from the database itself.</p>
<p><a class="act" href="/undelete">Look for deleted sessions</a></p>
`

const examine = `<p class="note">Looks at every database and at what lies beside it; of a large one that takes a minute.</p>
<p><a class="act" href="/health?examine=yes">Examine</a></p>
`

function examination({ databases, findings, notes }: DoctorReport): string {
  const parts = databases.map(({ path, bytes, tables }) => {
    const largest = tables.slice(0, 4).map((each) => `${escapeHTML(each.table)} ${fileSize(each.bytes)}`)
    return `<li><code>${escapeHTML(shortPath(path))}</code> ${fileSize(bytes)}: ${largest.join(', ')}</li>`
  })
  const found = findings.map(({ path, says, gain, sessions, cure }) => {
    const facts = [
      gain === null ? '' : `${fileSize(gain)} to gain`,
      sessions.length === 0 ? '' : count(sessions.length, 'session'),
    ]
    return `<li>${escapeHTML(says)} <span class="note"><code>${escapeHTML(shortPath(path))}</code> ${facts.filter(Boolean).join(', ')}</span>${cure === null ? '' : `\n<pre>${escapeHTML(cureWords(cure))}</pre>`}</li>`
  })
  const none = notes.length === 0 ? 'All is well.' : 'Nothing to mend but what follows.'
  const all = found.length === 0 ? `<p>${none}</p>\n` : `<ul>\n${found.join('\n')}\n</ul>\n`
  const told = notes.map((note) => `<p class="note">${escapeHTML(note)}</p>\n`).join('')
  return `${all}<ul>\n${parts.join('\n')}\n</ul>\n${told}`
}
