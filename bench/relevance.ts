import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { searchSessions } from '../src/api/search.ts'
import { Memory } from '../src/memory/memory.ts'
import { searchSessions as searchMemory } from '../src/memory/search-sessions.ts'
import { openCatalog } from '../src/stores/catalog/catalog.ts'
import { writeDialogues } from './relevance/dialogue.ts'
import { type Bench, locomo } from './relevance/locomo.ts'
import { solved } from './relevance/solved.ts'

const usage = `How often the session that was meant comes first (R@1), or among the first five (R@5), and the mean of 1/rank (MRR).

  node bench/relevance.ts [--locomo FILE] [--labelled FILE] [--noise N] [--cli] [--agents] [--misses]

  --locomo FILE    dialogues of LoCoMo as its authors publish them
  --labelled FILE  [{ name, dialogues, queries }], as bench/relevance/dialogue.ts has them
  --noise N        our own queries are asked of a generated store of so many root sessions (default 200)
  --cli            every query through dist/main.js as a program of its own, and not through the API
  --agents         every query as an agent asks it, through the tool search_sessions, in pages of five
  --misses         prints what was not found first`

const { values: flags } = parseArgs({
  options: {
    locomo: { type: 'string' },
    labelled: { type: 'string' },
    noise: { type: 'string', default: '200' },
    cli: { type: 'boolean', default: false },
    agents: { type: 'boolean', default: false },
    misses: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (flags.help) {
  console.log(usage)
  process.exit(0)
}

const work = mkdtempSync(join(tmpdir(), 'ocvault-relevance-'))
process.env.XDG_CACHE_HOME = join(work, 'cache')
const main = resolve(import.meta.dirname, '../dist/main.js')
const shown = 10

/** The first sessions that a search gives, as the command line asks for them. */
async function answers(root: string, query: string): Promise<string[]> {
  if (flags.cli) {
    try {
      const args = [main, 'search', '--json', '--root', root, '--', query]
      const found = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }))
      return (found as { session: { id: string } }[]).map(({ session }) => session.id)
    } catch {
      return [] // nothing was found, or the query is none
    }
  }
  if (flags.agents) return answersToAgents(root, query)
  const catalog = openCatalog({ roots: [root] })
  try {
    const ids: string[] = []
    for await (const { session } of (await searchSessions(catalog, { query, limit: shown })).results) ids.push(session.id)
    return ids
  } finally {
    catalog.close()
  }
}

/** The same sessions as an agent is told of them: five at a time. */
async function answersToAgents(root: string, query: string): Promise<string[]> {
  const memory = new Memory({ roots: [root] })
  try {
    const ids: string[] = []
    for (let cursor: string | undefined | null; cursor !== null && ids.length < shown; ) {
      const asked = { query, limit: 5, includeActive: true, ...(cursor !== undefined && { cursor }) }
      const answer = await memory.ask({}, (recall) => searchMemory(recall, asked))
      ids.push(...answer.hits.map(({ session }) => session))
      cursor = answer.next
    }
    return ids
  } finally {
    memory.close()
  }
}

interface Tally {
  asked: number
  first: number
  five: number
  reciprocal: number
  readonly times: number[]
}

const tallies = new Map<string, Tally>()

function count(kind: string, rank: number, ms: number): void {
  const tally = tallies.get(kind) ?? { asked: 0, first: 0, five: 0, reciprocal: 0, times: [] }
  tallies.set(kind, tally)
  tally.asked++
  tally.times.push(ms)
  if (rank === 0) tally.first++
  if (rank >= 0 && rank < 5) tally.five++
  if (rank >= 0) tally.reciprocal += 1 / (rank + 1)
}

async function run(set: string, benches: readonly Bench[], fill?: (path: string) => void): Promise<void> {
  for (const [number, { name, dialogues, queries }] of benches.entries()) {
    const root = join(work, `${set}-${number}`)
    const path = join(root, 'opencode.db')
    fill?.(root)
    writeDialogues(existsSync(join(root, 'v1/opencode/opencode.db')) ? join(root, 'v1/opencode/opencode.db') : path, dialogues)
    const data = existsSync(path) ? root : join(root, 'v1/opencode')
    await answers(data, 'warm up')
    for (const { query, right, kind } of queries) {
      const start = performance.now()
      const found = await answers(data, query).catch(() => [])
      const rank = found.findIndex((id) => right.includes(id))
      for (const kindOf of [set, `${set}: ${kind}`]) count(kindOf, rank, performance.now() - start)
      if (flags.misses && rank !== 0) console.log(`${name}  ${rank < 0 ? '-' : rank + 1}  ${query}  ← ${right.join(', ')}`)
    }
  }
}

function generate(root: string): void {
  const size = ['--sessions', flags.noise, '--kinds', 'v1']
  execFileSync(process.execPath, [join(import.meta.dirname, 'generate.ts'), '--out', root, ...size], { stdio: 'ignore' })
}

try {
  if (flags.locomo !== undefined) await run('LoCoMo', locomo(flags.locomo))
  if (flags.labelled !== undefined) await run('labelled', JSON.parse(readFileSync(flags.labelled, 'utf8')) as Bench[])
  await run('solved', [solved()], generate)
} finally {
  rmSync(work, { recursive: true })
}
console.log('\n| queries | asked | R@1 | R@5 | MRR | median |\n|---|---|---|---|---|---|')
for (const [kind, { asked, first, five, reciprocal, times }] of tallies) {
  const percent = (part: number) => `${((100 * part) / asked).toFixed(1)} %`
  const median = times.sort((a, b) => a - b)[times.length >> 1]!
  console.log(
    `| ${kind} | ${asked} | ${percent(first)} | ${percent(five)} | ${(reciprocal / asked).toFixed(3)} | ${median.toFixed(0)} ms |`,
  )
}
