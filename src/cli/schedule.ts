import { existsSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { type ScheduleFile, type Scheduler, scheduleFiles } from '../archive/schedule/schedule.ts'
import { blocksOf } from '../base/blocks.ts'
import { OcvaultError } from '../base/errors.ts'
import { writeAtomically } from '../base/files.ts'
import { safeJSON, safeLine, safeText } from '../render/safe-text.ts'
import { refuseExisting } from '../transfer/export/destination.ts'
import { hint, Output } from './terminal.ts'
import type { ScheduleFlags } from './verbs/schedule.ts'

/** What OpenCode's data is looked for by: a timer does not have what a shell has set. */
const variables = ['XDG_DATA_HOME', 'OPENCODE_DB']

/** `ocvault schedule`. */
export async function schedule(flags: ScheduleFlags): Promise<void> {
  const scheduler = schedulerFor(flags)
  const command = commandFor(flags)
  const environment = Object.fromEntries(variables.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
  const name = nameFor(flags.to, scheduler)
  const log = join(homedir(), 'Library', 'Logs', `${name}.log`)
  const files = scheduleFiles(scheduler, { name, command, environment, every: flags.every, log })
  const { output } = flags
  if (output !== undefined) write(files, output, flags.force ?? false)
  const out = new Output()
  if (flags.json) await out.write(`${safeJSON({ scheduler, command, files }, 2)}\n`)
  else if (output === undefined) await out.write(printed(files))
  await out.flush()
  if (command[1]?.includes('_npx')) {
    process.stderr.write(
      'ocvault: this ocvault runs from the cache of npx, which npm empties; npm install -g ocvault, and run this again\n',
    )
  }
  hint(`\n${nextStep(scheduler, files)}`, flags)
}

function schedulerFor({ systemd, cron, launchd }: ScheduleFlags): Scheduler {
  const asked = (Object.entries({ systemd, cron, launchd }) as [Scheduler, boolean | undefined][]).filter(([, flag]) => flag)
  if (asked.length > 1) throw new OcvaultError('usage', '--systemd, --cron and --launchd exclude each other')
  if (asked[0]) return asked[0][0]
  if (process.platform === 'win32') {
    throw new OcvaultError('usage', 'Windows has none of these; let its Task Scheduler run ocvault backup --all --to DIR')
  }
  if (process.platform === 'darwin') return 'launchd'
  return existsSync('/run/systemd/system') ? 'systemd' : 'cron'
}

/** The command line of the backup: this Node, this program, and every path as it is from here. */
function commandFor(flags: ScheduleFlags): string[] {
  if (flags.all && flags.project !== undefined) throw new OcvaultError('usage', '--all and --project exclude each other')
  const { root = [], since, until, agent, model, title, archived } = flags
  const project = flags.project ?? (flags.all || root.length > 0 ? undefined : '.')
  const values = {
    '--since': since,
    '--until': until,
    '--agent': agent,
    '--model': model,
    '--title': title,
    '--archived': archived,
  }
  const program = realpathSync(process.argv[1]!)
  return [
    ...[process.execPath, program, 'backup'],
    ...root.map((path) => `--root=${resolve(path)}`),
    ...(flags.all ? ['--all'] : []),
    ...(project === undefined ? [] : [`--project=${resolve(project)}`]),
    ...Object.entries(values).flatMap(([flag, value]) => (value === undefined ? [] : [`${flag}=${value}`])),
    `--to=${resolve(flags.to)}`,
  ]
}

/** Named after the folder, so that two mirrors can have a timer each. */
function nameFor(folder: string, scheduler: Scheduler): string {
  const words = basename(resolve(folder))
    .replace(/[^0-9A-Za-z]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  const stem = scheduler === 'launchd' ? 'dev.ocvault.backup' : 'ocvault-backup'
  return words === '' ? stem : `${stem}${scheduler === 'launchd' ? '.' : '-'}${words}`
}

function write(files: readonly ScheduleFile[], folder: string, force: boolean): void {
  if (!force) refuseExisting(files.map(({ name }) => join(folder, name)))
  for (const { name, content } of files) writeAtomically(join(folder, name), blocksOf([content]), { access: 'shared' })
}

/** Several files are told apart by their names; one can be piped to where it belongs. */
function printed(files: readonly ScheduleFile[]): string {
  const shown = process.stdout.isTTY ? safeText : (text: string) => text
  return shown(files.map(({ name, content }) => (files.length > 1 ? `# ${name}\n${content}` : content)).join('\n'))
}

function nextStep(scheduler: Scheduler, files: readonly ScheduleFile[]): string {
  const name = safeLine(files.at(-1)!.name)
  const again = 'ocvault schedule … --'
  return {
    systemd: `mkdir -p ~/.config/systemd/user && ${again}systemd -o ~/.config/systemd/user && systemctl --user daemon-reload && systemctl --user enable --now ${name}`,
    cron: `(crontab -l; ${again}cron) | crontab -`,
    launchd: `${again}launchd -o ~/Library/LaunchAgents && launchctl load ~/Library/LaunchAgents/${name}`,
  }[scheduler]
}
