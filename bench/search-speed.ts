import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { compare, median, type Subject } from './measure.ts'
import { addMessage, longestSession } from './writer.ts'

const usage = `What a search takes beside bare Node, on a quiet store and beside an OpenCode that writes; every figure in one run.

  node bench/search-speed.ts --store DATA_DIR [--runs 7] [--writing] [--main dist/main.js] [--scratch DIR]

  --store DATA_DIR  of 1.18, as bench/generate.ts makes it
  --writing         also what is changed: a copy of the store is made in --scratch, and written as OpenCode writes it
  --main FILE       another build, to compare with`

const { values: flags } = parseArgs({
  options: {
    store: { type: 'string' },
    runs: { type: 'string', default: '7' },
    writing: { type: 'boolean', default: false },
    main: { type: 'string', default: resolve(import.meta.dirname, '../dist/main.js') },
    scratch: { type: 'string', default: tmpdir() },
  },
})
if (flags.store === undefined) {
  console.log(usage)
  process.exit(2)
}

const runs = Number(flags.runs)
const main = resolve(flags.main)
const work = mkdtempSync(join(flags.scratch, 'ocvault-speed-'))
const cache = join(work, 'cache')
const node: Subject = { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] }
const ocvault = (store: string, name: string, ...args: string[]): Subject => ({
  name,
  command: process.execPath,
  args: [main, ...args, '--root', store],
  env: { XDG_CACHE_HOME: cache },
})

const searches: readonly (readonly [name: string, query: string, hoped: number])[] = [
  ['a rare word', 'zebra-quokka', 4],
  ['a common word', 'the', 4],
  ['a phrase', '"the session"', 4],
  ['Chinese', '日本', 4],
  ['`pars*`', 'pars*', 5],
  ['`tool:bash parser`', 'tool:bash parser', 5],
  ['a question of 12 words', 'why does the parser drop the last token of a quoted string', 6],
]

/** CPU time of a program and what it started, in s, and its greatest memory, in MB. */
function effort({ command, args, env }: Subject): { readonly cpu: number; readonly peak: number } {
  const { stderr, status } = spawnSync('/usr/bin/time', ['-f', '%U %S %M', command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  const [user = 0, system = 0, kilobytes = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
  return { cpu: user + system, peak: kilobytes / 1000 }
}

const bytesIn = (folder: string) => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

async function quiet(store: string): Promise<void> {
  const subjects = searches.map(([name, query]) => ocvault(store, name, 'search', query))
  const [bare, ...measured] = await compare([node, ocvault(store, 'ocvault --version', '--version'), ...subjects], runs)
  console.log(`\n| | first byte | total | peak memory | times bare Node | hoped for |\n|---|---|---|---|---|---|`)
  console.log(`| bare Node | | ${bare!.total.toFixed(0)} ms | | | |`)
  for (const [at, { name, firstByte, total, peak }] of measured.entries()) {
    const hoped = searches[at - 1]?.[2]
    const figures = [`${firstByte.toFixed(0)} ms`, `${total.toFixed(0)} ms`, `${Math.round((peak ?? 0) / 1e6)} MB`]
    const ratio = `${(total / bare!.total).toFixed(1)} ×`
    console.log(`| ${[name, ...figures, ratio, hoped === undefined ? '' : `≤ ${hoped} ×`].join(' | ')} |`)
  }
}

async function writing(original: string): Promise<void> {
  const store = join(work, 'opencode')
  mkdirSync(store)
  const path = join(store, 'opencode.db')
  copyFileSync(join(original, 'opencode.db'), path)
  const search = ocvault(store, 'search', 'search', 'zebra-quokka')
  effort(search)
  await new Promise((done) => setTimeout(done, 3000)) // what was just written is not trusted yet
  effort(search)
  const db = new DatabaseSync(path)
  const longest = longestSession(db)
  const size = db.prepare('SELECT sum(length(data)) AS n FROM part WHERE session_id = ?').get(longest)!
  const other = db
    .prepare('SELECT id FROM session WHERE id <> ? ORDER BY time_updated DESC')
    .all(longest)
    .map(({ id }) => String(id))
  console.log(`\nThe longest session has ${(Number(size.n) / 1e6).toFixed(0)} MB of parts.`)
  let number = 0
  const measured = new Map<string, number[]>()
  const note = (name: string, cpu: number) => measured.set(name, [...(measured.get(name) ?? []), cpu])
  const inside = (change: () => void) => {
    db.exec('BEGIN')
    change()
    db.exec('COMMIT')
  }
  const addMessages = (ids: readonly string[]) =>
    inside(() => {
      for (const id of ids) addMessage(db, id, number++, Date.now())
    })
  for (let round = 0; round < Math.max(3, runs); round++) {
    note('bare Node', effort(node).cpu)
    note('nothing changed', effort(search).cpu)
    inside(() => db.prepare('UPDATE project SET time_updated = time_updated + 1').run())
    note('OpenCode wrote, and changed no session', effort(search).cpu)
    addMessages([longest])
    note('one message in the longest session', effort(search).cpu)
    addMessages([other[round]!])
    note('one message in a short session', effort(search).cpu)
    await new Promise((done) => setTimeout(done, 3000))
    effort(search)
  }
  for (let round = 0; round < 3; round++) {
    const some = other.filter((_id, at) => at % 150 === round).slice(0, 300)
    addMessages(some)
    note('300 changed sessions', effort(search).cpu)
  }
  const fresh = median(measured.get('nothing changed')!)
  console.log('\n| CPU time | | times one on a fresh index |\n|---|---|---|')
  for (const [name, values] of measured)
    console.log(`| ${name} | ${median(values).toFixed(2)} s | ${(median(values) / fresh).toFixed(2)} × |`)
  for (let round = 0; round < 10; round++) {
    const some = other.filter((_id, at) => at % 400 === round + 20).slice(0, 100)
    addMessages(some)
    effort(search)
  }
  db.close()
  const share = (100 * bytesIn(join(cache, 'ocvault', 'search'))) / statSync(path).size
  console.log(`\nAfter 1,000 further updates the indexes of both have ${(share / 2).toFixed(1)} % of a database.`)
}

try {
  const store = resolve(flags.store)
  const making = ocvault(store, 'making the index', 'index', '--rebuild')
  const started = performance.now()
  const { cpu, peak } = effort(making)
  const seconds = (performance.now() - started) / 1000
  const folder = join(cache, 'ocvault', 'search')
  const bytes = existsSync(folder) ? bytesIn(folder) : 0
  const share = (100 * bytes) / statSync(join(store, 'opencode.db')).size
  console.log(
    `making the index: ${seconds.toFixed(1)} s, CPU ${cpu.toFixed(1)} s, ${peak.toFixed(0)} MB; ${share.toFixed(1)} % of the database`,
  )
  await quiet(store)
  if (flags.writing) await writing(store)
} finally {
  rmSync(work, { recursive: true })
}
