import { common, selecting } from '../common-flags.ts'
import { choiceFrom, type Given, needed, on, text } from '../flags.ts'
import { verb } from '../verb.ts'

const flags = {
  to: needed('<dir>', 'the folder that ocvault backup --to keeps up to date'),
  ...selecting,
  every: choiceFrom('day', '<interval>', ['hour', 'day', 'week'], 'how often'),
  systemd: on('a service and a timer (default where systemd runs)'),
  cron: on('a line of a crontab (default elsewhere)'),
  launchd: on('a property list (default on macOS)'),
  output: text('<dir>', 'write the files into this folder', 'o'),
  force: on('replace files that are there'),
  ...common(),
}

export type ScheduleFlags = Given<typeof flags>

export const schedule = verb({
  name: 'schedule',
  about: 'print what runs a backup into a folder by itself: a systemd timer, a line for cron, or a launchd agent',
  flags,
  examples: [
    ['ocvault schedule --all --to ~/backup/opencode', 'every day, everything'],
    ['(crontab -l; ocvault schedule --all --to /srv/oc --cron) | crontab -', 'add it to the crontab'],
  ],
})
