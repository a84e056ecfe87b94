import { grouped } from '../words.ts'

/** `950`, `12.3k`, `4.56M`: three digits that tell, for columns. */
export function short(n: number): string {
  const units = ['', 'k', 'M', 'G', 'T']
  let unit = 0
  let value = n
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  if (unit === 0) return String(Math.round(value))
  return `${value >= 99.95 ? Math.round(value) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2)}${units[unit]}`
}

/** An amount of money with the sign that a person wants to see; nothing is converted. */
export function amount(cost: number, currency: string): string {
  const digits = cost > 0 && cost < 0.1 ? 4 : 2
  const [whole, rest] = cost.toFixed(digits).split('.')
  return `${currency}${grouped(Number(whole))}.${rest}`
}

/** `41 ms`, `4.5 s`, `45 s`, `12 min`, `3 h 05`: for columns. */
export function span(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.round(ms)} ms`
  if (ms > 0 && ms < 9950) return `${(ms / 1000).toFixed(1)} s`
  const s = Math.round(ms / 1000)
  if (s < 100) return `${s} s`
  const min = Math.round(s / 60)
  if (min < 100) return `${min} min`
  return `${grouped(Math.floor(min / 60))} h ${String(min % 60).padStart(2, '0')}`
}

/** `12 %`; nothing of nothing. */
export const share = (part: number, whole: number): string => (whole === 0 ? '' : `${Math.round((part / whole) * 100)} %`)
