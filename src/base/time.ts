import { OcvaultError } from './errors.ts'

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * A time as a person writes it, in ms since the epoch: `2026-08-01` and `2026-08-01T14:30` (local), `today`, `yesterday` (their
 * midnight), `7d`, `36h`, `90m`, `2w` (so long ago).
 * @throws OcvaultError `usage`
 */
export function parseTime(text: string, now = new Date()): number {
  if (text === 'now') return now.getTime()
  if (text === 'today' || text === 'yesterday') {
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() - (text === 'today' ? 0 : 1)).getTime()
  }
  const ago = /^(\d{1,9})([mhdw])$/.exec(text)
  if (ago) return now.getTime() - Number(ago[1]) * units[ago[2]!]!
  const date = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d))?$/.exec(text)
  if (date) {
    const [year, month, day, hour, minute] = date.slice(1).map((digits) => Number(digits ?? 0))
    const time = new Date(year!, month! - 1, day, hour, minute)
    if (time.getMonth() === month! - 1 && time.getDate() === day && time.getHours() === hour) return time.getTime()
  }
  throw new OcvaultError(
    'usage',
    `not a time: ${JSON.stringify(text)}; give 2026-08-01, 2026-08-01T14:30, today, yesterday, 7d or 36h`,
  )
}
