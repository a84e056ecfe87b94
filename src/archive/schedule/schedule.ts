import { OcvaultError } from '../../base/errors.ts'

/** What runs a command at set times: systemd (user timers), cron, or launchd of macOS. */
export type Scheduler = 'systemd' | 'cron' | 'launchd'

export type Interval = 'hour' | 'day' | 'week'

/** A command that is to run by itself. */
export interface Job {
  /** Names its files: letters, digits, `-` and `.` only. */
  readonly name: string
  /** The program, as an absolute path, and its arguments. */
  readonly command: readonly string[]
  /** What the command is to find in its environment; a timer hands on nothing of a shell's. */
  readonly environment: Readonly<Record<string, string>>
  readonly every: Interval
  /** The file that takes what goes wrong, as an absolute path. Only launchd needs one: systemd has its journal, cron its mail. */
  readonly log: string
}

/** A file that a scheduler takes. */
export interface ScheduleFile {
  readonly name: string
  readonly content: string
}

/** At a minute and an hour that not every other job has chosen; noon, when a laptop is more likely awake. */
const [minute, hour] = [17, 12]

/** What Vixie cron and its descendants read of a command; they cut off the rest without a word. */
const longestCronCommand = 998

/**
 * The files with which a scheduler runs a job: service and timer, one line of a crontab, or a property list.
 * @throws OcvaultError `usage` when a word of the command cannot be written down for that scheduler
 */
export function scheduleFiles(scheduler: Scheduler, job: Job): ScheduleFile[] {
  for (const word of [...job.command, ...Object.values(job.environment), job.log]) {
    if (/[\x00-\x1f\x7f]/.test(word)) {
      throw new OcvaultError('usage', `${JSON.stringify(word)} holds a control character, which no timer takes`)
    }
  }
  return { systemd, cron, launchd }[scheduler](job)
}

/**
 * A word as systemd reads it in `ExecStart` and `Environment`: C escapes in quotes, and `%` doubled, which begins a specifier.
 */
function systemdWord(word: string): string {
  const plain = word.replaceAll('%', '%%')
  return /^[\w@%+,./:=-]+$/.test(plain) ? plain : `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/**
 * `:` keeps systemd (244 and later) from taking `$` for a variable. It stands only where there is a `$`, because `$$` would not
 * do: it is one sign in an argument, and two in the program's path.
 */
function systemd({ name, command, environment, every }: Job): ScheduleFile[] {
  const literal = command.some((word) => word.includes('$')) ? ':' : ''
  const calendar = { hour: 'hourly', day: 'daily', week: 'weekly' }[every]
  const service = [
    '[Unit]',
    'Description=Backup of the OpenCode sessions (ocvault)',
    '',
    '[Service]',
    'Type=oneshot',
    'Nice=10',
    ...Object.entries(environment).map(([key, value]) => `Environment=${systemdWord(`${key}=${value}`)}`),
    `ExecStart=${literal}${command.map(systemdWord).join(' ')}`,
  ]
  const timer = [
    '[Unit]',
    `Description=Backup of the OpenCode sessions, ${calendar} (ocvault)`,
    '',
    '[Timer]',
    `OnCalendar=${calendar}`,
    '# A machine that was off runs it when it is on again.',
    'Persistent=true',
    '# Two machines that share a folder do not begin at the same moment.',
    'RandomizedDelaySec=10min',
    '',
    '[Install]',
    'WantedBy=timers.target',
  ]
  return [
    { name: `${name}.service`, content: `${service.join('\n')}\n` },
    { name: `${name}.timer`, content: `${timer.join('\n')}\n` },
  ]
}

/**
 * A word as `/bin/sh` reads it. `%` stands outside of quotes with a backslash before it: cron takes a bare one for the end of a
 * line, most crons remove the backslash, and the shell removes it where cron (busybox) does not.
 */
function cronWord(word: string): string {
  const quoted = (text: string) => (/^[\w@+,./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)
  if (word === '') return "''"
  return word
    .split('%')
    .map((text) => (text === '' ? '' : quoted(text)))
    .join('\\%')
}

function cron({ name, command, environment, every }: Job): ScheduleFile[] {
  const when = { hour: `${minute} * * * *`, day: `${minute} ${hour} * * *`, week: `${minute} ${hour} * * 0` }[every]
  const settings = Object.entries(environment).map(([key, value]) => `${key}=${cronWord(value)} `)
  // Errors go to stderr, which cron sends by mail; the summary of a backup that went well is no news.
  const line = `${settings.join('')}${command.map(cronWord).join(' ')} >/dev/null`
  if (Buffer.byteLength(line) > longestCronCommand) {
    throw new OcvaultError(
      'usage',
      `this command is longer than the ${longestCronCommand} bytes that cron takes; put it into a script`,
    )
  }
  return [{ name: `${name}.cron`, content: `${when} ${line}\n` }]
}

const xml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function launchd({ name, command, environment, every, log }: Job): ScheduleFile[] {
  const key = (text: string, depth = 1) => `${'  '.repeat(depth)}<key>${xml(text)}</key>`
  const string = (text: string, depth = 2) => `${'  '.repeat(depth)}<string>${xml(text)}</string>`
  const times = { Minute: minute, ...(every !== 'hour' && { Hour: hour }), ...(every === 'week' && { Weekday: 0 }) }
  const variables = Object.entries(environment)
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    key('Label'),
    string(name, 1),
    key('ProgramArguments'),
    '  <array>',
    ...command.map((word) => string(word)),
    '  </array>',
    ...(variables.length > 0
      ? [
          key('EnvironmentVariables'),
          '  <dict>',
          ...variables.flatMap(([variable, value]) => [key(variable, 2), string(value)]),
          '  </dict>',
        ]
      : []),
    key('StartCalendarInterval'),
    '  <dict>',
    ...Object.entries(times).flatMap(([unit, value]) => [key(unit, 2), `    <integer>${value}</integer>`]),
    '  </dict>',
    key('ProcessType'),
    string('Background', 1),
    key('StandardErrorPath'),
    string(log, 1),
    '</dict>',
    '</plist>',
  ]
  return [{ name: `${name}.plist`, content: `${lines.join('\n')}\n` }]
}
