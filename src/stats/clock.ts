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

/** Slots of a day in UTC: within it a zone is as far from UTC as at both its ends, or is asked for each. */
const slotsInDay = 96

/** The time where a person lives, summer time included. */
export class Clock {
  readonly zone: string
  readonly #format: Intl.DateTimeFormat
  readonly #moments = new Map<number, Moment>()
  readonly #offsets = new Map<number, number>()

  /** @param zone as IANA names them, `Europe/Berlin`. @throws OcvaultError `usage` when there is no such zone */
  constructor(zone: string) {
    this.zone = zone
    const two = '2-digit'
    const fields = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const
    try {
      this.#format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', calendar: 'iso8601', ...fields })
    } catch (error) {
      throw new OcvaultError('usage', `no time zone ${JSON.stringify(zone)}; give one as Europe/Berlin or UTC`, { cause: error })
    }
  }

  /** @param slot quarters of an hour since the epoch */
  at(slot: number): Moment {
    const known = this.#moments.get(slot)
    if (known) return known
    const [day = '', time = ''] = new Date(slot * slotMs + this.#offsetAt(slot)).toISOString().split('T')
    const moment = {
      day,
      week: weekOf(day),
      month: day.slice(0, 7),
      year: day.slice(0, 4),
      hour: time.slice(0, 2),
      weekday: weekdays[weekdayOf(day)]!,
    }
    this.#moments.set(slot, moment)
    return moment
  }

  /** How far the zone is before UTC, in ms. Intl is asked seldom: it takes longer than all the rest. */
  #offsetAt(slot: number): number {
    const start = Math.floor(slot / slotsInDay) * slotsInDay
    const [first, last] = [this.#ask(start), this.#ask(start + slotsInDay)]
    return first === last ? first : this.#ask(slot)
  }

  #ask(slot: number): number {
    const known = this.#offsets.get(slot)
    if (known !== undefined) return known
    const parts = new Map(this.#format.formatToParts(slot * slotMs).map(({ type, value }) => [type, Number(value)]))
    const [year = 0, month = 1, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map((name) =>
      parts.get(name as Intl.DateTimeFormatPartTypes),
    )
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - slot * slotMs
    this.#offsets.set(slot, offset)
    return offset
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
