// `npm start -- <args>` is the command line; `npm start` alone is a tour of it on a store that ships with the repository.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const main = join(root, 'dist', 'main.js')
const args = process.argv.slice(2)

if (args.length > 0) {
  // npm runs scripts in the repository; the user's own directory decides which project is meant.
  if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
  process.argv[1] = main
  await import(main)
} else {
  tour()
}

function tour() {
  const sample = join(root, 'fixtures', 'stores', 'upgraded-1.1.65-1.2.1-1.18.33', 'opencode')
  const say = (text) => process.stdout.write(`\n${text}\n`)
  const run = (...command) => {
    process.stdout.write(`\n${styleText(['bold', 'cyan'], `$ ocvault ${command.join(' ')}`)}\n`)
    const { status } = spawnSync(process.execPath, [main, ...command], { stdio: 'inherit', cwd: root })
    if (status !== 0) process.exit(status ?? 1)
  }
  const ocvault = (...command) => run(...command, '--root', relative(root, sample))
  say(`A tour of ocvault, on a store that three releases of OpenCode wrote one after another: 1.1.65 in JSON files, 1.2.1
moved them into a database and went on, 1.18.33 upgraded the database.`)
  say('1. Find: which stores are there, and what does OpenCode no longer show?')
  ocvault('where')
  say('2. List: every session once, however many copies of it there are; subagents under the session that started them.')
  ocvault('list', '--tree')
  say('3. Read: what was said and done. Tools are folded to a line; --tools and --full open them.')
  ocvault('show', 'ses_e035702e', '--no-pager', '--last', '5')
  say('4. Search: over prompts, answers, tools and paths. On your own sessions an index makes it a matter of milliseconds.')
  ocvault('search', 'token', '--no-index', '--limit', '1')
  say('5. Keep: one file with everything, and the proof that it can be restored, without touching anything.')
  const folder = mkdtempSync(join(tmpdir(), 'ocvault-tour-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  const archive = join(folder, 'everything.zip')
  ocvault('backup', '-o', archive)
  run('restore', archive, '--drill')
  say(`What else there is:

  npm start -- list --all                  the sessions of this machine (yours, read-only)
  npm start -- list --since 7d --tree      this directory's project, last week, with subagents
  npm start -- show latest                 read the newest one, through your pager
  npm start -- where                       after an upgrade: where did my sessions go?
  npm start -- search 'token -jwt'         what did I once solve?
  npm start -- export latest --format html -o page.html    a page to read and to send
  npm start -- backup --all                every session of this machine in one file
  npm start -- list --all --json           the same for a program; every command has --json and --help

README.md has the five-minute tour.`)
}
