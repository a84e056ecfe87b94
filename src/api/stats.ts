import type { SessionStats, Stats, StatsOverview } from '../stats/answers.ts'
import { Counting, type StatsWatch, totalOf } from '../stats/counting.ts'
import { TouchedFiles } from '../stats/files.ts'
import type { Key } from '../stats/key-names.ts'
import { readFigures } from '../stats/read-figures.ts'
import { byCalls, type StatsRow } from '../stats/rows.ts'
import { answersOf } from '../stats/session-figures.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'
import type { Request } from './requests.ts'
import { filterOf, sessionNamed } from './sessions.ts'

/** What was used: each message once, whatever copies and forks there are of it. docs/stats.md has the rules. */
export async function stats(catalog: Catalog, request: Request<'stats'>, watch: StatsWatch = {}): Promise<Stats> {
  const { by = [], limit = 0 } = request
  const counting = await Counting.of(catalog, request.tz)
  const [total, rows] = [counting.groups([], true), counting.groups(by, true)]
  await counting.run(await filterOf(catalog, request), watch, ({ session, cells }) => {
    total.add(session, cells)
    if (by.length > 0) rows.add(session, cells)
  })
  return { by, total: totalOf(total), rows: counting.rows(rows, by, limit || undefined), ...counting.about() }
}

/** How many rows of each kind an overview has. */
const shown = 8

/** The same at a glance: totals, days, and the first of everything. `by` is not looked at. */
export async function statsOverview(catalog: Catalog, request: Request<'stats'>, watch: StatsWatch = {}): Promise<StatsOverview> {
  const { limit = shown } = request
  const counting = await Counting.of(catalog, request.tz)
  const of = (key: Key, withTimes = false) => counting.groups([key], withTimes)
  const total = counting.groups([], true)
  const [days, hours, models, projects] = [of('day'), of('hour'), of('model', true), of('project')]
  const [agents, tools, sessions, files] = [of('agent'), of('tool', true), of('session'), new TouchedFiles()]
  await counting.run(await filterOf(catalog, request), watch, ({ session, cells }) => {
    for (const groups of [total, days, hours, models, projects, agents, tools, sessions]) groups.add(session, cells)
    files.add(cells)
  })
  const named = (rows: StatsRow[]) => rows.filter(({ key }) => key !== null).slice(0, limit)
  const longest = sessions
    .all()
    .sort((a, b) => b.sums.active - a.sums.active || ((a.values[0] ?? '') < (b.values[0] ?? '') ? -1 : 1))
  return {
    total: totalOf(total),
    days: counting.rows(days, ['day']),
    hours: counting.rows(hours, ['hour']),
    models: named(counting.rows(models, ['model'])),
    projects: counting.rows(projects, ['project'], limit),
    agents: named(counting.rows(agents, ['agent'])),
    tools: named(counting.rows(tools, ['tool']).sort(byCalls)),
    dearest: counting.rows(sessions, ['session'], limit),
    longest: longest.slice(0, limit).map((group) => counting.labels.row(group, ['session'])),
    files: files.most(limit),
    ...counting.about(),
  }
}

/**
 * One session: each answer of it, and what those below it used.
 * @throws OcvaultError what {@link sessionNamed} throws
 */
export async function sessionStats(catalog: Catalog, request: Request<'sessionStats'>): Promise<SessionStats> {
  const session = await sessionNamed(catalog, request.session, request.project)
  const counting = await Counting.of(catalog, request.tz)
  const [total, tools, files] = [counting.groups([], true), counting.groups(['tool'], true), new TouchedFiles()]
  const tree = Array.from(catalog.tree(session), ([each, depth]) => {
    const counted = { ...each, stores: [], chosen: true, rootID: session.id, isSubagent: depth > 0 }
    const { cells, history, oddities } = readFigures(each, catalog.messages(each.id))
    const all = [...cells, ...history.map(({ cell }) => cell)]
    counting.note(counted, oddities)
    const own = counting.groups([], true)
    for (const groups of [total, tools, own]) groups.add(counted, all)
    files.add(all)
    return { id: each.id, title: each.title, depth, ...totalOf(own) }
  })
  const { id, title, directory } = session
  return {
    session: { id, title, directory },
    total: totalOf(total),
    tree,
    tools: counting
      .rows(tools, ['tool'])
      .filter(({ key }) => key !== null)
      .sort(byCalls),
    files: files.most(shown),
    answers: [...answersOf(catalog.messages(id), counting.estimates)],
    ...counting.about(),
  }
}
