import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { channelOf } from '../../opencode/data-dirs.ts'
import type { SessionID } from '../../opencode/ids.ts'
import { count } from '../../render/words.ts'
import type { Catalog, Stranded } from '../../stores/catalog/catalog.ts'
import type { FoundStore } from '../../stores/catalog/discover.ts'
import { isKeptDatabase, keptMark } from '../../stores/catalog/kept-database.ts'
import { type Cure, type Finding, finding } from './finding.ts'
import { missingDirectories } from './moved-directories.ts'

/** Sessions of directories that have moved. What is gone for good is a note: nothing can be done about it. */
export function movedFindings(catalog: Catalog, notes: string[]): Finding[] {
  const gone = missingDirectories(catalog)
  const lost = gone.filter(({ now, isOfHere }) => now === null && isOfHere)
  if (lost.length > 0)
    notes.push(
      `sessions were started in ${lost.length} place${lost.length === 1 ? '' : 's'} that ${lost.length === 1 ? 'is' : 'are'} gone: ${lost[0]!.path}${lost.length > 1 ? ', …' : ''}; whoever knows where to says it with ocvault relink OLD NEW`,
    )
  return gone
    .filter(({ now }) => now !== null)
    .map(({ path, sessions, now }) => {
      const says = `${count(sessions.length, 'session')} of a directory that is gone; it is most likely ${now} now`
      return finding('moved-directory', path, says, { sessions, cure: { do: 'relink', from: path, to: now } })
    })
}

/** Sessions that nobody shows, where somebody shows others. */
export function strandedFindings(found: readonly Stranded[], rescue: Cure | null): Finding[] {
  const by = Map.groupBy(found, ({ session, reason }) => `${session.copies[0]?.path}\0${reason}`)
  return [...by.values()].map((those) => {
    const { session, reason } = those[0]!
    const path = session.copies[0]?.path ?? ''
    const says = `${count(those.length, 'session')} that no OpenCode here shows: ${reason}`
    return finding('stranded', path, says, {
      sessions: those.map((each) => each.session.id),
      cure: rescue,
    })
  })
}

/** Subagents whose session is gone: OpenCode leads to them from there alone. */
export function orphanedFindings(catalog: Catalog): Finding[] {
  const ids = new Set<SessionID>()
  const children: { id: SessionID; parentID: SessionID; path: string }[] = []
  for (const { id, parentID, copies, remains } of catalog.sessions()) {
    // Of others there is no record, but what was said in them.
    if (remains === undefined) ids.add(id)
    if (parentID !== null) children.push({ id, parentID, path: copies[0]?.path ?? '' })
  }
  const orphans = children.filter(({ parentID }) => !ids.has(parentID))
  return [...Map.groupBy(orphans, ({ path }) => path)].map(([path, those]) => {
    const says = `${count(those.length, 'session')} of subagents whose own session is gone: OpenCode lists ${those.length === 1 ? 'it' : 'them'} nowhere`
    return finding('orphaned', path, says, { sessions: those.map(({ id }) => id), cure: { do: 'deleted', path } })
  })
}

/**
 * Two databases of release channels that are both in use, and databases under names that no OpenCode opens.
 * @param stranded sessions that nobody shows: where none is of such a database, there is nothing to be done about it
 */
export function channelFindings(found: readonly FoundStore[], stranded: readonly Stranded[], rescue: Cure | null): Finding[] {
  const lost = new Set(stranded.flatMap(({ session }) => session.copies.map(({ path }) => path)))
  const recentMs = 30 * 86_400_000
  const used = found.filter(
    ({ store }) => channelOf(basename(store.path)) !== undefined && newest(store.size().newest) < recentMs,
  )
  const findings: Finding[] = []
  for (const [folder, stores] of Map.groupBy(used, ({ store }) => dirname(store.path))) {
    const paths = [...new Set(stores.map(({ store }) => store.path))]
    if (paths.length < 2) continue
    const names = paths.map((path) => basename(path)).join(', ')
    const says = `OpenCode of several channels was used within 30 days, each with sessions of its own: ${names}`
    findings.push(finding('two-channels', folder, says, { cure: paths.some((path) => lost.has(path)) ? rescue : null }))
  }
  const strays = found.filter(({ store, hidden }) => hidden !== null && channelOf(basename(store.path)) === undefined)
  for (const path of new Set(strays.map(({ store }) => store.path))) {
    if (isKeptDatabase(path)) {
      const database = path.slice(0, path.lastIndexOf(keptMark))
      const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      const says = 'the database as it was before it was compacted: to be forgotten when all is well'
      findings.push(finding('kept-database', path, says, { bytes, gain: bytes, cure: { do: 'forget', database } }))
      continue
    }
    const says = 'a database beside the others, as a syncer leaves it of a conflict, or a person as a copy'
    findings.push(finding('stray-database', path, says, { cure: lost.has(path) ? rescue : null }))
  }
  return findings
}

const newest = (time: number | null) => Date.now() - (time ?? 0)
