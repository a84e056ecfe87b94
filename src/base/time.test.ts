import { expect, test } from 'vitest'
import { OcvaultError } from './errors.ts'
import { parseTime } from './time.ts'

const now = new Date(2026, 10, 21, 14, 30)

test.each([
  ['2026-08-01', new Date(2026, 7, 1)],
  ['2026-08-01T09:05', new Date(2026, 7, 1, 9, 5)],
  ['today', new Date(2026, 10, 21)],
  ['yesterday', new Date(2026, 10, 20)],
  ['7d', new Date(now.getTime() - 7 * 86_400_000)],
  ['36h', new Date(now.getTime() - 36 * 3_600_000)],
  ['90m', new Date(now.getTime() - 90 * 60_000)],
  ['2w', new Date(now.getTime() - 14 * 86_400_000)],
])('%s is a time', (text, time) => expect(parseTime(text, now)).toBe(time.getTime()))

test.each(['', 'soon', '2026-02-30', '2026-13-01', '2026-08-01T25:00', '7', '-7d', '7y', '2026-8-1'])('%j is none', (text) =>
  expect(() => parseTime(text, now)).toThrow(OcvaultError),
)
