import { OcvaultError } from '../base/errors.ts'
import { slotMs } from './figures.ts'

/** A quarter of an hour as a calendar and a clock show it where a person lives. */
export interface Moment {
  /** `2026-11-28`. */
  readonly day: string
  /** ISO 8601: `2026-W48`, a year's first week is the one with its first Thursday. */
  readonly week: string
  /** `2026-11`. */
  readonly month: string
  readonly year: string
  /** `00` to `23`. */
  readonly hour: string
  readonly weekday: string
}

export const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

/** The time zone of this machine. */
export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** The time where a person lives, summer time included. */
export class Clock {
  readonly zone: string
  readonly #format: Intl.DateTimeFormat
  readonly #moments = new Map<number, Moment>()

  /** @param zone as IANA names them, `Europe/Berlin`. @throws OcvaultError `usage` when there is no such zone */
  constructor(zone: string) {
    this.zone = zone
    try {
      this.#format = new Intl.DateTimeFormat('en-CA', {
        timeZone: zone,
        hourCycle: 'h23',
        era: 'short',
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
      })
    } catch (error) {
      throw new OcvaultError('usage', `no time zone ${JSON.stringify(zone)}; give one as Europe/Berlin or UTC`, { cause: error })
    }
  }

  /** @param slot quarters of an hour since the epoch */
  at(slot: number): Moment {
    const known = this.#moments.get(slot)
    if (known) return known
    const parts = new Map(this.#format.formatToParts(slot * slotMs).map(({ type, value }) => [type, value]))
    const [year, month, date] = [parts.get('year')!.padStart(4, '0'), parts.get('month')!, parts.get('day')!]
    const day = `${year}-${month}-${date}`
    const moment = {
      day,
      week: weekOf(day),
      month: `${year}-${month}`,
      year,
      hour: parts.get('hour')!,
      weekday: weekdays[weekdayOf(day)]!,
    }
    this.#moments.set(slot, moment)
    return moment
  }
}

const dayMs = 86_400_000

/** 0 is Monday. */
export const weekdayOf = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

/** The day that is so many days later. */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10)

function weekOf(day: string): string {
  const thursday = dayAfter(day, 3 - weekdayOf(day))
  const days = (Date.parse(thursday) - Date.parse(`${thursday.slice(0, 4)}-01-01`)) / dayMs
  return `${thursday.slice(0, 4)}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`
}
