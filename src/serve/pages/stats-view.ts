import { escapeHTML } from '../../render/pages/html/escape.ts'
import { safeLine } from '../../render/safe-text.ts'
import { count, duration, grouped, money, shortPath } from '../../render/words.ts'
import type { StatsOverview } from '../../stats/answers.ts'
import type { Facets } from '../roster.ts'
import { links } from './links.ts'
import { type Bar, bars, calendar } from './svg.ts'
import { table } from './table.ts'

type Row = StatsOverview['days'][number]

/** Which figures are shown: what stands in the form. */
export interface StatsChoice {
  readonly project?: string | undefined
  readonly agent?: string | undefined
  readonly model?: string | undefined
  readonly since?: string | undefined
}

/** So many days are drawn as bars. */
const daysShown = 60

const tokensOf = ({ tokens }: Pick<Row, 'tokens'>) => tokens.input + tokens.output + tokens.cacheRead + tokens.cacheWrite
const costOf = ({ cost }: Pick<Row, 'cost'>) => cost.stored + cost.estimated
const nameOf = ({ label, key }: Row) => safeLine(String(label ?? key ?? '(none)'))

const short = (n: number) => {
  if (n >= 1e9) return `${(n / 1e9).toFixed(1)} G`
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)} M`
  return n >= 1e4 ? `${Math.round(n / 1e3)} k` : grouped(Math.round(n))
}

/** What was used, as pictures, each with its table. */
export function statsView(overview: StatsOverview, choice: StatsChoice, facets: Facets): string {
  const { total, days, tz } = overview
  if (total.sessions === 0) return page(form(choice, facets), '<p class="note">Nothing to count here.</p>\n')
  const last = days.at(-1)?.key ?? new Date().toISOString().slice(0, 10)
  const day = (row: Row, value: number, words: string): Bar => ({ name: String(row.key), value, words })
  const byName = new Map(days.map((row) => [String(row.key), row]))
  const byDay = (value: (row: Row) => number, words: (row: Row) => string) =>
    lastDays(String(last)).map((name) => {
      const row = byName.get(name)
      return row ? day(row, value(row), words(row)) : { name, value: 0, words: 'nothing' }
    })
  const paid = (row: Row) => money(costOf(row))
  const used = (row: Row) => `${short(tokensOf(row))} tokens`
  const activity = new Map(
    days.map((row) => [String(row.key), day(row, row.messages, `${count(row.messages, 'message')}, ${paid(row)}`)]),
  )
  const hours = overview.hours.map((row) => day(row, row.messages, count(row.messages, 'message')))
  return page(
    form(choice, facets),
    [
      tiles(overview),
      section('The year', calendar(activity, String(last), 'Messages on each day of a year')),
      costOf(total) > 0
        ? section(
            'Cost by day',
            bars(byDay(costOf, paid), 'Cost by day', (value) => `$${value}`),
          )
        : '',
      section('Tokens by day', bars(byDay(tokensOf, used), 'Tokens by day', short) + behind(dayTable(days))),
      section('Hours of the day', bars(hours, 'Messages by hour of the day', short)),
      section('Models', rows(overview.models, 'Model')),
      section(
        'Projects',
        rows(overview.projects, 'Project', (row) => shortPath(nameOf(row))),
      ),
      section('Agents', rows(overview.agents, 'Agent')),
      section('Tools', tools(overview.tools)),
      section('Dearest sessions', sessions(overview.dearest)),
      section('Longest sessions', sessions(overview.longest)),
      section('Files', files(overview)),
      `<p class="note">Days are those of ${escapeHTML(tz)}. Each message counts once, whatever copies and forks there are of it.${estimates(overview)}</p>\n`,
    ].join(''),
  )
}

/** The days up to one, without gaps. */
function lastDays(until: string): string[] {
  const end = Date.parse(`${until}T00:00:00Z`)
  const days = [...Array(daysShown).keys()].reverse()
  return days.map((ago) => new Date(end - ago * 86_400_000).toISOString().slice(0, 10))
}

const page = (head: string, body: string) =>
  `<article class="stats">\n<header><h1>Stats</h1>\n${head}</header>\n${body}</article>\n`

const section = (name: string, body: string) => `<section>\n<h2>${name}</h2>\n${body}</section>\n`

const behind = (body: string) =>
  `<details class="fold"><summary><b>Table</b></summary><div class="inside">\n${body}</div></details>\n`

function form({ project, agent, model, since }: StatsChoice, facets: Facets): string {
  const option = (value: string, words: string, chosen: string | undefined) =>
    `<option value="${escapeHTML(value)}"${value === (chosen ?? '') ? ' selected' : ''}>${escapeHTML(words)}</option>`
  const select = (name: string, label: string, options: readonly (readonly [string, string])[], chosen: string | undefined) =>
    `<label><span>${label}</span> <select name="${name}">${options.map(([value, words]) => option(value, words, chosen)).join('')}</select></label>\n`
  const any = ['', 'any'] as const
  const named = (values: readonly (readonly [string, number])[]) => [any, ...values.map(([value]) => [value, value] as const)]
  const times = [
    ['', 'any time'],
    ['today', 'today'],
    ['7d', 'the last 7 days'],
    ['30d', 'the last 30 days'],
    ['365d', 'the last year'],
  ] as const
  return `<form class="choose" method="get" action="/stats">
${select('project', 'Project', [any, ...facets.directory.map(([path]) => [path, shortPath(path)] as const)], project)}${select('agent', 'Agent', named(facets.agent), agent)}${select('model', 'Model', named(facets.model), model)}${select('since', 'Since', times, since)}<button class="small">Show</button>
</form>
`
}

function tiles({ total }: StatsOverview): string {
  const { sessions: all, subagents, messages, prompts, calls, failures, time, cost } = total
  const list: readonly (readonly [string, string, string])[] = [
    ['Cost', money(costOf(total)), cost.estimated > 0 ? `${money(cost.estimated)} of it estimated` : 'as OpenCode noted it'],
    ['Tokens', short(tokensOf(total)), `${short(total.tokens.output)} of them written`],
    ['Sessions', grouped(all), `${grouped(subagents)} of subagents`],
    ['Messages', grouped(messages), `${grouped(prompts)} prompts`],
    ['Tool calls', grouped(calls), `${grouped(failures)} failed`],
    ['Active', duration(time.active), 'without long gaps'],
  ]
  const tile = ([name, value, more]: (typeof list)[number]) =>
    `<div><dt>${name}</dt><dd><strong>${value}</strong> <span>${more}</span></dd></div>`
  return `<dl class="tiles">\n${list.map(tile).join('\n')}\n</dl>\n`
}

/** A share of the greatest as a bar in a cell. */
const share = (part: number, most: number) =>
  `<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="${((100 * part) / Math.max(most, 1e-9)).toFixed(1)}" height="8" rx="2"/></svg>`

function rows(list: readonly Row[], name: string, words: (row: Row) => string = nameOf): string {
  const isPaid = list.some((row) => costOf(row) > 0)
  const weight = isPaid ? costOf : tokensOf
  const most = Math.max(...list.map(weight))
  return table(
    list,
    [
      { name, cell: words },
      { name: 'Share', cell: (row) => share(weight(row), most), isHTML: true },
      { name: 'Cost', cell: (row) => money(costOf(row)), isNumber: true },
      { name: 'Tokens', cell: (row) => short(tokensOf(row)), isNumber: true },
      { name: 'Sessions', cell: (row) => grouped(row.sessions), isNumber: true },
      { name: 'Messages', cell: (row) => grouped(row.messages), isNumber: true },
    ],
    `${name}s`,
  )
}

function tools(list: readonly Row[]): string {
  const most = Math.max(...list.map(({ calls }) => calls))
  const percent = ({ calls, failures }: Row) =>
    `${grouped(failures)} (${calls === 0 ? 0 : Math.round((100 * failures) / calls)} %)`
  return table(
    list,
    [
      { name: 'Tool', cell: nameOf },
      { name: 'Share', cell: (row) => share(row.calls, most), isHTML: true },
      { name: 'Calls', cell: (row) => grouped(row.calls), isNumber: true },
      { name: 'Failed', cell: percent, isNumber: true },
      { name: 'Median', cell: ({ time }) => (time.call.median === null ? '' : duration(time.call.median)), isNumber: true },
    ],
    'Tools',
  )
}

const sessions = (list: readonly Row[]) =>
  table(
    list,
    [
      {
        name: 'Session',
        cell: (row) => `<a href="${links.session(String(row.key))}">${escapeHTML(nameOf(row))}</a>`,
        isHTML: true,
      },
      { name: 'Cost', cell: (row) => money(costOf(row)), isNumber: true },
      { name: 'Tokens', cell: (row) => short(tokensOf(row)), isNumber: true },
      { name: 'Active', cell: ({ time }) => duration(time.active), isNumber: true },
    ],
    'Sessions',
  )

const files = ({ files: list }: StatsOverview) =>
  table(
    list,
    [
      { name: 'File', cell: ({ path }) => shortPath(path) },
      { name: 'Changed', cell: ({ edits }) => grouped(edits), isNumber: true },
      { name: 'Read', cell: ({ reads }) => grouped(reads), isNumber: true },
      { name: 'Sessions', cell: (file) => grouped(file.sessions), isNumber: true },
    ],
    'Files',
  )

const dayTable = (days: readonly Row[]) =>
  table(
    [...days].reverse(),
    [
      { name: 'Day', cell: nameOf },
      { name: 'Cost', cell: (row) => money(costOf(row)), isNumber: true },
      { name: 'Tokens', cell: (row) => short(tokensOf(row)), isNumber: true },
      { name: 'Messages', cell: (row) => grouped(row.messages), isNumber: true },
      { name: 'Sessions', cell: (row) => grouped(row.sessions), isNumber: true },
    ],
    'Days',
  )

const estimates = ({ prices }: StatsOverview) =>
  prices.length === 0 ? '' : ` Where OpenCode noted no cost, it was estimated by the prices of ${escapeHTML(prices.join(', '))}.`
