import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Clock } from './clock.ts'
import { slotMs } from './figures.ts'

const at = (zone: string, time: string) => new Clock(zone).at(Math.floor(Date.parse(time) / slotMs))

test('days and hours are those of the time zone, summer time included', () => {
  // On 2026-03-29 the clock in Berlin goes from 02:00 to 03:00, on 2026-10-25 from 03:00 back to 02:00.
  expect(at('Europe/Berlin', '2026-03-28T23:30:00Z')).toMatchObject({ day: '2026-03-29', hour: '00', weekday: 'Sunday' })
  expect(at('Europe/Berlin', '2026-03-29T00:59:00Z')).toMatchObject({ day: '2026-03-29', hour: '01' })
  expect(at('Europe/Berlin', '2026-03-29T01:00:00Z')).toMatchObject({ day: '2026-03-29', hour: '03' })
  expect(at('Europe/Berlin', '2026-10-25T00:30:00Z')).toMatchObject({ day: '2026-10-25', hour: '02' })
  expect(at('Europe/Berlin', '2026-10-25T01:30:00Z')).toMatchObject({ day: '2026-10-25', hour: '02' })
  expect(at('Asia/Kathmandu', '2026-01-01T18:15:00Z')).toMatchObject({ day: '2026-01-02', hour: '00' })
  expect(at('America/New_York', '2028-02-29T12:00:00Z')).toMatchObject({ day: '2028-02-29', month: '2028-02', week: '2028-W09' })
})

test('weeks are those of ISO 8601', () => {
  const weeks = ['2020-12-31', '2021-01-03', '2021-01-04', '2024-12-30', '2026-12-31', '2027-01-01'].map(
    (day) => at('UTC', `${day}T12:00:00Z`).week,
  )
  expect(weeks).toEqual(['2020-W53', '2020-W53', '2021-W01', '2025-W01', '2026-W53', '2026-W53'])
})

test('every quarter of an hour is in the day that the time zone has', () => {
  const zones = fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC', 'Asia/Kolkata')
  const slots = fc.integer({ min: 1_700_000, max: 2_100_000 })
  fc.assert(
    fc.property(zones, slots, fc.nat(slotMs - 1), (zone, slot, rest) => {
      const { day, month, year, hour } = new Clock(zone).at(slot)
      // Swedes write dates as ISO does.
      const written = new Date(slot * slotMs + rest).toLocaleString('sv-SE', { timeZone: zone })
      expect([day, hour]).toEqual([written.slice(0, 10), written.slice(11, 13)])
      expect([month, year]).toEqual([day.slice(0, 7), day.slice(0, 4)])
    }),
    { numRuns: 200 },
  )
})

test('a zone that is none is an error of usage', () => {
  expect(() => new Clock('Mars/Olympus')).toThrow(expect.objectContaining({ code: 'usage' }))
})
