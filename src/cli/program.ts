import { Argument, Command, Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }

const collect = (value: string, previous: string[] = []) => [...previous, value]

function common(
  command: Command,
  examples: readonly [string, string][],
  root = 'read this instead of the machine’s own stores: a data directory, a home, a database, a JSON tree or an exported session (repeatable)',
): Command {
  const width = Math.max(...examples.map(([line]) => line.length))
  return command
    .option('--root <path>', root, collect)
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'no hints')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText('after', `\nExamples:\n${examples.map(([line, what]) => `  $ ${line.padEnd(width)}   ${what}`).join('\n')}`)
}

/** Which sessions of a list are meant; every command that takes many sessions has these. */
function selecting(command: Command): Command {
  return command
    .option('--all', 'sessions of all projects')
    .option('--project <dir>', 'sessions of this directory’s project instead of the current one’s')
    .option('--since <time>', 'updated at or after: 2026-08-01, today, yesterday, 7d, 36h')
    .option('--until <time>', 'updated before')
    .option('--agent <name>', 'sessions that used this agent')
    .option('--model <text>', 'sessions that used a model whose provider/name holds this')
    .option('--title <text>', 'sessions whose title holds this')
    .addOption(new Option('--archived <which>', 'archived sessions alone, or left out').choices(['only', 'no']))
}

/** The command line. Each command's code is loaded when it runs. */
export function createProgram(): Command {
  const program = new Command('ocvault')
    .description(
      'Finds, searches, keeps, moves and shares every session of the coding agent OpenCode, whatever release wrote it.',
    )
    .version(manifest.version, '-V, --version')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `ocvault: ${text
            .replace(/^error: /, '')
            .trim()
            .replaceAll('\n', ' ')}\n`,
        ),
    })
    .showHelpAfterError(false)
    .addHelpText(
      'after',
      `
Examples:
  $ ocvault list --all            every session of every project, newest first
  $ ocvault show latest           read the newest session of this directory
  $ ocvault where                 every store on this machine, and what OpenCode no longer shows

A session is named by its id, the beginning of its id, or "latest".`,
    )

  common(
    selecting(
      program
        .command('list')
        .alias('ls')
        .argument('[text...]', 'words that title, id, slug or directory hold')
        .description('list sessions, newest first: those of this directory’s project, or of --root'),
    )
      .option('--subagents', 'also the sessions of subagents')
      .option('--tree', 'subagents under the session that started them')
      .addOption(new Option('--sort <key>', 'order').choices(['updated', 'created', 'title', 'cost']).default('updated'))
      .option('--limit <n>', 'at most so many (50 on a terminal, else all; 0 is all)'),
    [
      ['ocvault list --since 7d', 'this project’s sessions of the last week'],
      ['ocvault list --all parser --json | jq -r ".[].id"', 'ids of all sessions about a parser'],
    ],
  ).action(async (text: string[], flags) => (await import('./list.ts')).list(text, flags))

  common(
    program
      .command('show')
      .argument('<session>', 'an id, the beginning of one, or latest')
      .description('read a session: prompts, answers, and what the tools did in a line each')
      .option('--tools', 'what went into the tools and came out')
      .option('--reasoning', 'what the model thought')
      .option('--full', 'everything: nothing folded, nothing cut')
      .option('--last <n>', 'only the last n messages')
      .option('--message <id>', 'only this message')
      .option('--tree', 'the subagents’ sessions inside, where they were started')
      .option('--no-pager', 'print at once, not through $PAGER'),
    [
      ['ocvault show latest --last 4', 'how this directory’s newest session ended'],
      ['ocvault show ses_e0357cce --tools --tree', 'a session with its tools and subagents'],
    ],
  ).action(async (session: string, flags) => (await import('./show.ts')).show(session, flags))

  common(
    selecting(
      program
        .command('export')
        .argument('[session...]', 'ids, beginnings of ids, or latest; without, the flags select, as those of list do')
        .description('write sessions as files that OpenCode imports, or to read'),
    )
      .addOption(
        new Option(
          '--format <name>',
          'opencode: what OpenCode 1.x exports and imports; opencode2: the same of 2.x; jsonl: a message a line; md, html, txt: a page to read',
        )
          .choices(['opencode', 'opencode2', 'jsonl', 'md', 'html', 'txt'])
          .default('opencode'),
      )
      .option('-o, --output <path>', 'a file, a folder, or a zip (x.zip) instead of the terminal')
      .option('--tree', 'also the sessions of subagents (as it is for several sessions); a page holds them inside')
      .option('--no-tree', 'without them')
      .option('--force', 'replace files that are there'),
    [
      ['ocvault export latest > session.json', 'one session, as opencode import takes it'],
      ['ocvault export --all --since 30d -o month.zip', 'the sessions of a month, with an index'],
    ],
  ).action(async (sessions: string[], flags) => (await import('./export.ts')).exportCommand(sessions, flags))

  common(
    program
      .command('search')
      .alias('find')
      .argument('<query...>', 'words, "a phrase", -word, a OR b, prefix*, /regex/i, and filters like role:user')
      .description('find sessions by what was said and done in them: those of this directory’s project, or of --root')
      .option('--all', 'sessions of all projects, this directory’s first')
      .option('--project <dir>', 'sessions of this directory’s project instead of the current one’s (project:)')
      .option('--since <time>', 'sessions updated at or after: 2026-08-01, today, yesterday, 7d, 36h (since:)')
      .option('--until <time>', 'sessions updated before (until:)')
      .addOption(new Option('--archived <which>', 'archived sessions alone, or left out').choices(['only', 'no']))
      .option('--session <id>', 'only this session (session:)')
      .option('--role <role>', 'only in messages of user, assistant or system (role:)', collect)
      .option(
        '--kind <kind>',
        'only in messages that are a prompt, answer, synthetic, compaction, shell or notice (kind:)',
        collect,
      )
      .option('--tool <name>', 'only in calls of this tool (tool:)', collect)
      .option('--agent <name>', 'only in messages of this agent (agent:)', collect)
      .option('--model <text>', 'only in messages of a model whose provider/name holds this (model:)', collect)
      .option('--path <path>', 'sessions that touched this file or folder (path:)', collect)
      .option('--in <area>', 'where words may stand: text, tools, reasoning, paths, title (repeatable)', collect)
      .option('--case', 'words with capitals must stand with these capitals')
      .addOption(new Option('--sort <order>', 'order').choices(['relevance', 'newest', 'oldest']).default('relevance'))
      .option('--limit <n>', 'at most so many sessions (0 is all)', '10')
      .option('-C, --context <n>', 'show so many messages around each hit')
      .option('--explain', 'why a session stands where it does')
      .option('--no-index', 'read everything instead of using the index'),
    [
      ['ocvault search jwt expiry', 'sessions of this project that hold both words'],
      ['ocvault search --all \'"connection reset" -docker tool:bash\'', 'a phrase in what bash was asked or printed'],
    ],
  ).action(async (words: string[], flags) => (await import('./search.ts')).search(words, flags))

  common(
    program
      .command('index')
      .description('bring the search index up to date; search does so by itself')
      .option('--status', 'only say what there is')
      .option('--rebuild', 'make it anew')
      .option('--drop', 'delete it'),
    [
      ['ocvault index --status', 'how large it is, and where'],
      ['ocvault index --rebuild', 'when you doubt what search says'],
    ],
  ).action(async (flags) => (await import('./search-index.ts')).index(flags))

  common(
    program
      .command('import')
      .argument('<path...>', 'exported files, zips and folders of them, or stores')
      .description('bring sessions into OpenCode’s database, those of every release; ocvault undo takes it back')
      .option('--dry-run', 'show what would be done, and change nothing')
      .option('--project <dir>', 'the directory whose project they go to, instead of this one')
      .option('--keep-project', 'leave them in the project and directory that they come from')
      .option(
        '--map <old=new>',
        'a directory that has moved: rewrites where sessions ran, never what was said (repeatable)',
        collect,
      )
      .option('--update', 'replace sessions that are there and differ')
      .option('--as-copy', 'import sessions that are there and differ once more, under fresh ids')
      .addOption(new Option('--into <generation>', 'write for this OpenCode instead of the one in use').choices(['v1', 'v2'])),
    [
      ['ocvault import session.json', 'a session from somewhere else, into this directory’s project'],
      ['ocvault import month.zip --keep-project --dry-run', 'what an export would bring back'],
    ],
    'write into this instead of the machine’s own database: a data directory, a home or a database',
  ).action(async (paths: string[], flags) => (await import('./import.ts')).importCommand(paths, flags))

  common(
    selecting(
      program
        .command('scan')
        .argument('[session or file...]', 'ids, beginnings of ids, latest, or files; without, the newest session here')
        .description('find keys, passwords and other secrets in sessions; changes nothing'),
    )
      .option('--check', 'exit with 4 when there are any that .opencode/ocvault.json does not allow')
      .option(
        '--allow <match>',
        'let this stay from now on, noted in .opencode/ocvault.json: sha256:… (see --json), /an expression/, or the text itself, which is noted as its hash (repeatable)',
        collect,
      ),
    [
      ['ocvault scan latest', 'what would be redacted, masked, and where it stands'],
      ['ocvault scan --check .opencode/sessions/*.json', 'before a push'],
    ],
  ).action(async (names: string[], flags) => (await import('./scan.ts')).scan(names, flags))

  common(
    selecting(
      program
        .command('backup')
        .argument('[text...]', 'words that title, id, slug or directory hold')
        .description('everything of this directory’s project, or of the sessions that are selected, in one file'),
    )
      .option(
        '-o, --output <file>',
        'the zip to write, or a folder for it; without, a name that says what it is and when it was made',
      )
      .option('--force', 'replace a file that is there')
      .option('--with-snapshots', 'also OpenCode’s snapshot repositories of these projects')
      .option('--encrypt <recipient>', 'encrypt for an age recipient, age1… (repeatable)', collect)
      .option('--passphrase', 'encrypt with a pass phrase, which is asked for, or in OCVAULT_PASSPHRASE')
      .option('--to <dir>', 'keep a folder up to date instead: only what has changed is written, nothing is lost')
      .option('--prune', 'with --to: show sessions that OpenCode has deleted, and remove them from the folder')
      .option('--yes', 'with --prune: without asking'),
    [
      ['ocvault backup', 'this project: sessions, subagents, attachments, todos, diffs'],
      ['ocvault backup --all -o all.zip', 'every session of every project'],
      ['ocvault backup --all --to ~/backup/opencode', 'the same as files, of which only what changed is written'],
    ],
  ).action(async (text: string[], flags) => (await import('./backup.ts')).backup(text, flags))

  common(
    program
      .command('verify')
      .argument('<archive>', 'a zip or a folder that backup wrote')
      .description('check every byte of a backup, and say which session is damaged')
      .option('--against-store', 'say what has come, changed and gone in the stores since')
      .option('--identity <file>', 'the age identities that open an encrypted one; a pass phrase may be in OCVAULT_PASSPHRASE'),
    [
      ['ocvault verify all.zip', 'is it whole?'],
      ['ocvault verify all.zip --against-store', 'what it lacks by now'],
    ],
    'compare with this instead of the machine’s own stores: a data directory, a home, a database or a JSON tree (repeatable)',
  ).action(async (path: string, flags) => (await import('./verify.ts')).verify(path, flags))

  common(
    program
      .command('restore')
      .argument('<archive>', 'a zip or a folder that backup wrote')
      .argument('[session...]', 'only these with their subagents: ids, or their beginnings')
      .description('bring sessions back from a backup, deleted ones too; ocvault undo takes it back')
      .option('--dry-run', 'show what would be done, and change nothing')
      .option('--drill', 'restore everything into throw-away stores and compare: a test that touches nothing')
      .option('--project <dir>', 'the directory whose project they go to, instead of their own')
      .option(
        '--map <old=new>',
        'a directory that has moved: rewrites where sessions ran, never what was said (repeatable)',
        collect,
      )
      .option('--update', 'replace sessions that are there and differ')
      .option('--as-copy', 'restore sessions that are there and differ once more, under fresh ids')
      .option('--identity <file>', 'the age identities that open an encrypted one; a pass phrase may be in OCVAULT_PASSPHRASE')
      .addOption(
        new Option(
          '--into <layout>',
          'write for this OpenCode instead of the one in use; json is the tree of 1.1 and before',
        ).choices(['v1', 'v2', 'json']),
      ),
    [
      ['ocvault restore all.zip --dry-run', 'what would come back, session by session'],
      ['ocvault restore all.zip ses_e0357cce', 'one session that was deleted, with its subagents'],
      ['ocvault restore all.zip --drill', 'is the backup worth anything?'],
    ],
    'restore into this instead of the machine’s own database: a data directory, a home or a database',
  ).action(async (path: string, names: string[], flags) => (await import('./restore.ts')).restore(path, names, flags))

  common(
    program
      .command('undo')
      .argument('[change]', 'which one, by the beginning of its name; without, the last')
      .description('take back what an import has changed; refused when it was changed since')
      .option('--list', 'show what can be taken back')
      .option('--dry-run', 'say what would be done, and change nothing')
      .option('--force', 'also what was changed since, which is lost then'),
    [
      ['ocvault undo --list', 'imports that can be taken back'],
      ['ocvault undo', 'take the last one back'],
    ],
    'only changes of this database (a data directory, a home or a database)',
  ).action(async (change: string | undefined, flags) => (await import('./undo.ts')).undoCommand(change, flags))

  common(
    program
      .command('save')
      .argument(
        '[session]',
        'an id, the beginning of one, or latest; without, the one that runs this, or this directory’s newest',
      )
      .description('save a session and its subagents into the repository (.opencode/sessions), for others to go on with')
      .option('--ref', 'into refs/ocvault/sessions, which no branch has, instead of the work tree; ocvault share push shares it')
      .option('--commit', 'also commit the files, and nothing else')
      .option('--dry-run', 'show what would be done, and change nothing')
      .option('--no-redact', 'leave keys and passwords in; needs --force')
      .option('--force', 'allow --no-redact, and with --ref save again what was taken out for everybody')
      .option('--trust', 'agree to the rules of .opencode/ocvault.json that let secrets stay; asked once on a terminal'),
    [
      ['ocvault save --commit', 'this directory’s newest session, ready to push'],
      ['ocvault save ses_e0357cce --dry-run', 'which file it would be, and how large'],
    ],
  ).action(async (session: string | undefined, flags) => (await import('./save.ts')).save(session, flags))

  common(
    program
      .command('load')
      .argument('[session]', 'a file, its number in the list, or a part of its name; without, pick from the list')
      .description('bring a session that was saved in the repository into OpenCode, or what is new of it')
      .option('--ref', 'from refs/ocvault/sessions instead of the work tree; ocvault share pull fetches it')
      .option('--dry-run', 'show what would be done, and change nothing'),
    [
      ['ocvault load', 'what is saved here, newest first'],
      ['ocvault load 1', 'the newest one; opencode -s goes on with it'],
    ],
    'write into this instead of the machine’s own database: a data directory, a home or a database',
  ).action(async (session: string | undefined, flags) => (await import('./load.ts')).load(session, flags))

  common(
    program
      .command('share')
      .addArgument(
        new Argument('<what>', 'status, or an exchange of what --ref saved').choices(['status', 'push', 'pull', 'remove']),
      )
      .argument('[session]', 'remove: an id, a file, or a part of a title')
      .description('how saved sessions stand to those here; push and pull refs/ocvault/sessions, or take a session out of it')
      .option('--ref', 'status of what save --ref saved')
      .option('--trust', 'push: transcripts may go to the address that .opencode/ocvault.json names; asked once on a terminal'),
    [
      ['ocvault share status', 'what is new to load, and what to save again'],
      ['ocvault share push', 'to origin, or to share.remote of .opencode/ocvault.json'],
      ['ocvault share remove ses_e0357cce', 'out of refs/ocvault/sessions, with the next push for everybody'],
    ],
  ).action(async (what: 'status' | 'push' | 'pull' | 'remove', session: string | undefined, flags) =>
    (await import('./share.ts')).share(what, session, flags),
  )

  common(
    program
      .command('init')
      .description('give OpenCode the commands /session-save, /session-load and /session-search, and agents a skill')
      .option('--global', 'for all projects of this machine instead of this one')
      .option('--remove', 'take them out again')
      .option('--dry-run', 'show what would be done, and change nothing'),
    [
      ['ocvault init', 'for everyone who works in this repository'],
      ['ocvault init --global --remove', 'as if it had never been'],
    ],
  ).action(async (flags) => (await import('./init.ts')).initCommand(flags))

  common(
    program
      .command('where')
      .argument('[session]', 'only where this session stands')
      .description('every store that was found, what OpenCode no longer shows, and what could not be read'),
    [
      ['ocvault where', 'after an upgrade: where are my sessions?'],
      ['ocvault where ses_e0357cce', 'every copy of one session'],
    ],
  ).action(async (session: string | undefined, flags) => (await import('./where.ts')).where(session, flags))

  common(
    selecting(
      program
        .command('schedule')
        .description('print what runs a backup into a folder by itself: a systemd timer, a line for cron, or a launchd agent')
        .requiredOption('--to <dir>', 'the folder that ocvault backup --to keeps up to date'),
    )
      .addOption(new Option('--every <interval>', 'how often').choices(['hour', 'day', 'week']).default('day'))
      .option('--systemd', 'a service and a timer (default where systemd runs)')
      .option('--cron', 'a line of a crontab (default elsewhere)')
      .option('--launchd', 'a property list (default on macOS)')
      .option('-o, --output <dir>', 'write the files into this folder')
      .option('--force', 'replace files that are there'),
    [
      ['ocvault schedule --all --to ~/backup/opencode', 'every day, everything'],
      ['(crontab -l; ocvault schedule --all --to /srv/oc --cron) | crontab -', 'add it to the crontab'],
    ],
  ).action(async (flags) => (await import('./schedule.ts')).schedule(flags))

  for (const command of program.commands) command.exitOverride().configureOutput(program.configureOutput())
  return program
}
