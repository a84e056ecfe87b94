import type { Amount, Depth, WhereReport } from '../facts/where-report.ts'
import { table, wrap } from '../layout.ts'
import { safeLine } from '../safe-text.ts'
import { count, dateTime, fileSize, grouped, shortPath } from '../words.ts'
import { sessionLine } from './session-list.ts'
import type { Style } from './style.ts'

/** How many stranded sessions of one reason are named where there are many. */
const named = 5

interface WhereLayout {
  readonly style: Style
  readonly width: number
  /** What is said where stranded sessions are left out: how to see them. */
  readonly more: string
  /** How stranded sessions are brought back, in a sentence without a full stop. @param inUse whether there is where to */
  readonly cure: (inUse: boolean) => string
}

export function renderWhere(
  { session, stores, stranded, hasStoreInUse, problems, depths }: WhereReport,
  { style, width, more, cure }: WhereLayout,
): string {
  const layout = { style, width, directories: true }
  const lines = session === null ? [] : [sessionLine(session, 0, layout), '']
  if (stores.length === 0) lines.push('No OpenCode store found.')
  else if (session !== null) {
    const rows = session.copies.map((copy) => [copy.store, dateTime(copy.updated), shortPath(copy.path)])
    const [first, ...rest] = table([['copy', 'updated', 'path'], ...rows])
    const shown = session.copies.map(
      (copy) => stores.find((store) => store.path === copy.path && store.kind === copy.store)?.shown ?? '',
    )
    lines.push(style.bold(first!), ...rest.flatMap((row, index) => [row, wrap(style.dim(shown[index]!), width, '  ')]))
  } else {
    const head = ['kind', 'sessions', 'size', 'newest', 'path']
    const rows = stores.map((store) => [
      store.kind,
      grouped(store.sessions),
      fileSize(store.bytes),
      store.newest === null ? '' : dateTime(store.newest),
      shortPath(store.path),
    ])
    const [first, ...rest] = table([head, ...rows], [1, 2])
    lines.push(style.bold(first!), ...rest.flatMap((row, index) => [row, wrap(style.dim(stores[index]!.shown), width, '  ')]))
  }
  const reasons = Map.groupBy(stranded, ({ reason }) => reason)
  for (const [reason, sessions] of reasons) {
    lines.push('', style.warn(`Stranded: ${count(sessions.length, 'session')}`), wrap(style.dim(safeLine(reason)), width, '  '))
    lines.push(...sessions.slice(0, named).map((item) => `  ${sessionLine(item.session, 0, { ...layout, width: width - 2 })}`))
    if (sessions.length > named) lines.push(style.dim(`  … and ${count(sessions.length - named, 'more session')}; ${more}`))
  }
  if (stranded.length > 0) lines.push('', wrap(style.accent(cure(hasStoreInUse)), width, ''))
  for (const depth of depths ?? []) lines.push('', ...depthLines(depth, layout))
  if (problems.length > 0) lines.push('', style.bad(`Problems: ${problems.length}`))
  lines.push(...problems.map(({ path, reason }) => `  ${shortPath(path)}: ${safeLine(reason)}`))
  return `${lines.join('\n')}\n`
}

const amountWords = ({ sessions, messages, parts }: Amount) =>
  `${count(sessions, 'session')}, ${count(messages, 'message')}, ${count(parts, 'part')}`

/** What the pages of a database could give: what counts in it, and what was deleted from it. */
function* depthLines({ path, damaged, live, freed }: Depth, { style, width }: { style: Style; width: number }): Iterable<string> {
  yield style.bold(`In the pages of ${shortPath(path)}`)
  yield `  ${amountWords(live)}`
  if (damaged !== 'no') {
    const inPart = [count(live.sessions - live.wholeSessions, 'session'), count(live.messages - live.wholeMessages, 'message')]
    yield style.warn(`  it is damaged: ${inPart.join(' and ')} of these are there in part`)
  }
  if (damaged === 'more from now on')
    yield wrap('this is more than SQLite still leads to: from now on it is read from its pages', width, '  ')
  if (freed.sessions > 0)
    yield `  deleted, and still there: ${amountWords(freed)}; ${count(freed.wholeSessions, 'session')} whole`
  else yield style.dim('  nothing that was deleted is still there')
}
