import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { offline } from '../e2e/support/offline.ts'
import { compare, type Measurement, type Subject } from './measure.ts'

/**
 * Times ocvault against what people use today, in the same run, and prints ratios.
 *   node bench/run.ts --store DIR/v1/opencode [--tree DIR/json/opencode] [--runs 10] [--opencode]
 * Makes no store itself: bench/generate.ts does.
 */
const { values: flags } = parseArgs({
  options: {
    store: { type: 'string' },
    tree: { type: 'string' },
    runs: { type: 'string', default: '10' },
    opencode: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const root = resolve(import.meta.dirname, '..')
const runs = Number(flags.runs)
const node = process.execPath
const ocvault = (name: string, ...args: string[]): Subject => ({
  name,
  command: node,
  args: [join(root, 'dist/main.js'), ...args],
})

/** What `list --json --limit N` answers, for the sqlite3 program: the same sessions, the same fields, the same order. */
function listSQL(limit: number): string {
  const columns = `id, title, slug, parent_id, project_id, directory, agent, model, version, share_url,
    time_created, time_updated, time_archived,
    cost, tokens_input, tokens_output, tokens_reasoning, tokens_cache_read, tokens_cache_write`
  const subagents = '(SELECT count(*) FROM session AS child WHERE child.parent_id = session.id) AS subagents'
  return `SELECT ${columns}, ${subagents} FROM session WHERE parent_id IS NULL ORDER BY time_updated DESC LIMIT ${limit}`
}

async function report(title: string, subjects: readonly Subject[]): Promise<void> {
  const [ours, ...others] = await compare(subjects, runs)
  console.log(`\n### ${title}\n\n| | total | first byte | peak memory | ocvault takes |\n|---|---|---|---|---|`)
  console.log(row(ours!, ''))
  for (const other of others) console.log(row(other, `${(ours!.total / other.total).toFixed(2)} ×`))
}

function row({ name, total, firstByte, peak }: Measurement, ratio: string): string {
  const memory = peak === null ? '' : `${Math.round(peak / 1e6)} MB`
  return `| ${name} | ${total.toFixed(0)} ms | ${firstByte.toFixed(0)} ms | ${memory} | ${ratio} |`
}

async function databaseCases(store: string): Promise<void> {
  const file = join(store, 'opencode.db')
  const sqlite = (name: string, sql: string): Subject => ({ name, command: 'sqlite3', args: ['-readonly', '-json', file, sql] })
  const bare: Subject = { name: 'bare Node', command: node, args: ['-e', '0'] }
  const at = ['--root', store]
  await report('list, the newest 100 of all', [
    ocvault('ocvault list --limit 100 --json', 'list', '--json', '--limit', '100', ...at),
    sqlite('sqlite3, the same query', listSQL(100)),
    bare,
  ])
  await report('list, everything', [
    ocvault('ocvault list --json', 'list', '--json', ...at),
    sqlite('sqlite3, the same query', listSQL(-1)),
    bare,
  ])
  await report('list, everything, as text', [ocvault('ocvault list', 'list', ...at), bare])

  const id = newestRoot(file)
  const rows = `SELECT data FROM message WHERE session_id = '${id}' UNION ALL SELECT data FROM part WHERE session_id = '${id}'`
  await report('show, the newest session', [
    ocvault('ocvault show latest', 'show', 'latest', ...at),
    ocvault('ocvault show latest --json', 'show', 'latest', '--json', ...at),
    ocvault('ocvault show latest --last 4', 'show', 'latest', '--last', '4', ...at),
    sqlite('sqlite3, its rows in any order', rows),
  ])
}

function newestRoot(file: string): string {
  const db = new DatabaseSync(file, { readOnly: true })
  const found = db.prepare('SELECT id FROM session WHERE parent_id IS NULL ORDER BY time_updated DESC LIMIT 1').get()
  db.close()
  return String(found?.id)
}

async function treeCases(tree: string): Promise<void> {
  const newest = 'map(select(.parentID == null)) | sort_by(-.time.updated) | .[:100]'
  const jq = `find '${join(tree, 'storage/session')}' -name '*.json' -print0 | xargs -0 cat | jq -s '${newest}'`
  await report('list on a JSON tree, the newest 100', [
    ocvault('ocvault list --limit 100 --json', 'list', '--json', '--limit', '100', '--root', tree),
    { name: 'find, cat and jq', command: 'sh', args: ['-c', jq] },
  ])
}

/** The real binary writes to what it opens, so it gets a copy, and a home of its own. */
async function openCodeCase(store: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'ocvault-bench-'))
  const data = join(home, '.local/share/opencode')
  mkdirSync(data, { recursive: true })
  cpSync(join(store, 'opencode.db'), join(data, 'opencode.db'))
  const env = {
    ...offline,
    HOME: home,
    XDG_DATA_HOME: undefined,
    XDG_CONFIG_HOME: undefined,
    XDG_STATE_HOME: undefined,
    XDG_CACHE_HOME: undefined,
  }
  const binary = join(root, 'node_modules/.bin/opencode')
  const args = ['session', 'list', '--format', 'json', '-n', '100']
  await report('list against OpenCode itself, the newest 100', [
    {
      ...ocvault('ocvault list --limit 100 --json, of all projects', 'list', '--json', '--limit', '100', '--root', data),
      cwd: home,
      env,
    },
    { name: 'opencode session list -n 100, of one project', command: binary, args, cwd: home, env },
  ])
  rmSync(home, { recursive: true, force: true })
}

if (flags.help || (flags.store === undefined && flags.tree === undefined)) {
  console.log('node bench/run.ts --store DATA_DIR [--tree DATA_DIR] [--runs 10] [--opencode]')
} else {
  await report('start', [ocvault('ocvault --version', '--version'), { name: 'bare Node', command: node, args: ['-e', '0'] }])
  if (flags.store !== undefined && existsSync(flags.store)) {
    await databaseCases(resolve(flags.store))
    if (flags.opencode) await openCodeCase(resolve(flags.store))
  }
  if (flags.tree !== undefined) await treeCases(resolve(flags.tree))
}
