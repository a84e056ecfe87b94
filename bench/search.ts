import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { compare, type Measurement, type Subject } from './measure.ts'

/**
 * Times ocvault search, with its index and without, against ripgrep over the same sessions as JSON files and against `LIKE` in
 * the sqlite3 program, all in one run; and what making and checking the index costs. node bench/search.ts --store DIR/v1/opencode
 * [--tree DIR/json/opencode] [--runs 5]
 */
const { values: flags } = parseArgs({
  options: { store: { type: 'string' }, tree: { type: 'string' }, runs: { type: 'string', default: '5' } },
})
if (flags.store === undefined) {
  console.log('node bench/search.ts --store DATA_DIR [--tree DATA_DIR] [--runs 5]')
  process.exit(2)
}

const runs = Number(flags.runs)
const store = resolve(flags.store)
const database = join(store, 'opencode.db')
const cache = mkdtempSync(join(tmpdir(), 'ocvault-bench-'))
const main = resolve(import.meta.dirname, '../dist/main.js')
const ocvault = (name: string, ...args: string[]): Subject => ({
  name,
  command: process.execPath,
  args: [main, ...args, '--root', store],
  env: { XDG_CACHE_HOME: cache },
})
const like = (pattern: string): Subject => {
  const where = `data LIKE '%${pattern}%'`
  return {
    name: `sqlite3 LIKE '%${pattern}%'`,
    command: 'sqlite3',
    args: ['-readonly', database, `SELECT id FROM part WHERE ${where}`],
  }
}
const ripgrep = (...args: string[]): Subject[] =>
  flags.tree === undefined
    ? []
    : [{ name: `rg ${args.join(' ')}`, command: 'rg', args: ['-l', '--no-ignore', ...args, resolve(flags.tree)] }]

async function report(title: string, subjects: readonly Subject[], count = runs): Promise<Measurement[]> {
  const measured = await compare(subjects, count)
  const ours = measured[0]!
  console.log(`\n### ${title}\n\n| | total | peak memory | against ocvault |\n|---|---|---|---|`)
  for (const [at, { name, total, peak }] of measured.entries()) {
    const memory = peak === null ? '' : `${Math.round(peak / 1e6)} MB`
    console.log(
      `| \`${name}\` | ${total.toFixed(0)} ms | ${memory} | ${at === 0 ? '' : `${(total / ours.total).toFixed(1)} ×`} |`,
    )
  }
  return measured
}

/** Bytes of the tables and indexes of a database, without OpenCode's event log. */
function sizeWithoutEvents(): number {
  const db = new DatabaseSync(`file://${database}?immutable=1`, { readOnly: true })
  const { size } = db.prepare("SELECT sum(pgsize) AS size FROM dbstat WHERE name NOT LIKE '%event%'").get() as { size: number }
  db.close()
  return size
}

const [built] = await report('making the index', [ocvault('ocvault index --rebuild', 'index', '--rebuild')], 1)
const [{ index, bytes }] = JSON.parse(
  new TextDecoder().decode(
    (await import('node:child_process')).execFileSync(process.execPath, [main, 'index', '--status', '--json', '--root', store], {
      env: { ...process.env, XDG_CACHE_HOME: cache },
    }),
  ),
)
const { size } = statSync(database)
const plain = sizeWithoutEvents()
const inMB = (length: number) => `${(length / 1e6).toFixed(0)} MB`
console.log(
  [
    `\n${index ? '' : 'no '}index of ${inMB(bytes)}; database ${inMB(size)}, without events ${inMB(plain)}`,
    `: ${((100 * bytes) / plain).toFixed(1)} %; made at ${(size / 1e3 / built!.total).toFixed(0)} MB/s of database`,
  ].join(''),
)

const cases: readonly [string, string, Subject, readonly string[]][] = [
  ['a rare word', 'zebra-quokka', like('zebra-quokka'), ['-i', '-F', 'zebra-quokka']],
  ['a common word', 'the', like('the'), ['-i', '-w', 'the']],
  ['a phrase', '"the session"', like('the session'), ['-i', 'the session']],
  ['a regular expression', '/quokka\\w*/i', like('quokka'), ['-i', 'quokka\\w*']],
  ['Chinese', '日本', like('日本'), ['日本']],
]
for (const [name, query, sqlite, pattern] of cases) {
  const measured = await report(name, [
    ocvault(`ocvault search ${query}`, 'search', query),
    ocvault(`ocvault search --no-index ${query}`, 'search', '--no-index', query),
    sqlite,
    ...ripgrep(...pattern),
  ])
  console.log(`\nwithout an index: ${(size / 1e3 / measured[1]!.total).toFixed(0)} MB/s of database`)
}
await report('start, and the check of an unchanged store', [
  ocvault('ocvault index --status', 'index', '--status'),
  ocvault('ocvault --version', '--version'),
  { name: 'bare Node', command: process.execPath, args: ['-e', '0'] },
])
rmSync(cache, { recursive: true })
