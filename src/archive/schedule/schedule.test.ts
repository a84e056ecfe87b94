import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tempDir } from '../../testing/temp.ts'
import { type Job, type Scheduler, scheduleFiles } from './schedule.ts'

const job = (more: Partial<Job> = {}): Job => ({
  name: 'ocvault-backup',
  command: [process.execPath, '/opt/ocvault/main.js', 'backup', '--all', '--to=/srv/open code'],
  environment: {},
  every: 'day',
  log: '/home/dev/ocvault.log',
  ...more,
})

const contentOf = (scheduler: Scheduler, more: Partial<Job>) =>
  scheduleFiles(scheduler, job(more))
    .map(({ content }) => content)
    .join('\n')

/** Words as people have them in paths: blanks, quotes, and what systemd, cron, shells and XML find special. */
const word = fc
  .array(fc.oneof(fc.constantFrom(...` %'"\\$&<>!#;*?~\`=-:@(){}[]`), fc.string({ unit: 'grapheme', maxLength: 4 })), {
    maxLength: 8,
  })
  .map((pieces) => pieces.join('').replace(/[\x00-\x1f\x7f]/g, ''))

/** Reads a line of words as systemd.service(5) and systemd.unit(5) describe it. */
function systemdWords(line: string): string[] {
  const words = line.match(/"(?:[^"\\]|\\.)*"|[^\s"]+/g) ?? []
  return words.map((text) => (text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text).replaceAll('%%', '%'))
}

test('systemd reads the words that were meant', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), (words) => {
      const line = /\nExecStart=(:?)([^\n]*)\n/.exec(contentOf('systemd', { command: ['/bin/true', ...words] }))!
      expect(systemdWords(line[2]!)).toEqual(['/bin/true', ...words])
      // Without the colon `$` would begin a variable.
      expect(line[1]).toBe(words.some((text) => text.includes('$')) ? ':' : '')
      // A lone % is a specifier, which is an error or something else than what was meant.
      expect(line[2]!.replaceAll('%%', '')).not.toContain('%')
    }),
  )
})

const haveSystemd = spawnSync('systemd-analyze', ['--version']).status === 0

test.runIf(haveSystemd)('systemd finds nothing wrong with the units', () => {
  const folder = join(tempDir())
  const awkward = { XDG_DATA_HOME: '/home/with space/50%/"quoted" $HOME' }
  const command = [process.execPath, '--to=/srv/it\'s 50% of "$HOME" \\o/']
  for (const every of ['hour', 'day', 'week'] as const) {
    for (const { name, content } of scheduleFiles('systemd', job({ every, environment: awkward, command }))) {
      writeFileSync(join(folder, name), content)
    }
    const units = ['ocvault-backup.service', 'ocvault-backup.timer'].map((name) => join(folder, name))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { encoding: 'utf8' })
    // It also tells of units of this machine.
    expect({ status, ours: stderr.split('\n').filter((line) => line.includes('ocvault')) }).toEqual({ status: 0, ours: [] })
  }
})

/** What cron gives to the shell: everything up to a bare `%`; `\%` is `%` for most, and left as it is by busybox. */
function cronCommand(line: string, keepsBackslash: boolean): string {
  const command = line.trimEnd().split(' ').slice(5).join(' ')
  expect(command).not.toMatch(/(?<!\\)%/)
  return (keepsBackslash ? command : command.replaceAll('\\%', '%')).replace(/ >\/dev\/null$/, '')
}

test('cron and its shell read the words that were meant', () => {
  const print = ['-e', 'process.stdout.write(JSON.stringify([process.argv.slice(1), process.env.XDG_DATA_HOME]))', '--']
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), word, fc.boolean(), (words, home, keepsBackslash) => {
      const line = contentOf('cron', { command: [process.execPath, ...print, ...words], environment: { XDG_DATA_HOME: home } })
      const told = execFileSync('/bin/sh', ['-c', cronCommand(line, keepsBackslash)], { encoding: 'utf8' })
      expect(JSON.parse(told)).toEqual([words, home])
    }),
    { numRuns: 40 },
  )
})

test('a property list holds the words that were meant', () => {
  const text = (xml: string) => xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), word, (words, home) => {
      const plist = contentOf('launchd', { command: ['/bin/true', ...words], environment: { XDG_DATA_HOME: home } })
      const strings = [...plist.matchAll(/<string>([^<]*)<\/string>/g)].map(([, inner]) => text(inner!))
      expect(strings).toEqual(['ocvault-backup', '/bin/true', ...words, home, 'Background', '/home/dev/ocvault.log'])
    }),
  )
})

test.each([
  ['hour', 'OnCalendar=hourly', /^17 \* \* \* \* /],
  ['day', 'OnCalendar=daily', /^17 12 \* \* \* /],
  ['week', 'OnCalendar=weekly', /^17 12 \* \* 0 /],
] as const)('every %s', (every, calendar, line) => {
  expect(contentOf('systemd', { every })).toContain(calendar)
  expect(contentOf('cron', { every })).toMatch(line)
  expect(contentOf('launchd', { every }).includes('<key>Weekday</key>')).toBe(every === 'week')
  expect(contentOf('launchd', { every }).includes('<key>Hour</key>')).toBe(every !== 'hour')
})

test('what no timer could run is refused', () => {
  for (const scheduler of ['systemd', 'cron', 'launchd'] as const) {
    expect(() => contentOf(scheduler, { command: ['/bin/true', 'two\nlines'] })).toThrow('control character')
    expect(() => contentOf(scheduler, { environment: { XDG_DATA_HOME: '/a\0b' } })).toThrow('control character')
  }
  expect(() => contentOf('cron', { command: ['/bin/true', 'x'.repeat(1000)] })).toThrow('longer than the 998 bytes')
})
