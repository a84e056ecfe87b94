const day = 86_400_000

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const thisYear = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })
const otherYear = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' })
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const number = new Intl.NumberFormat('en')

/** `14:05` today, `Nov 21` this year, else with its year. */
export function shortTime(ms: number, now = Date.now()): string {
  const date = new Date(ms)
  if (now - ms < day && date.getDate() === new Date(now).getDate()) return clock.format(date)
  return (date.getFullYear() === new Date(now).getFullYear() ? thisYear : otherYear).format(date)
}

export const longTime = (ms: number): string => whole.format(new Date(ms))

/** `1 message`, `1,200 messages`. */
export const count = (n: number, noun: string): string => `${number.format(n)} ${noun}${n === 1 ? '' : 's'}`

export const grouped = (n: number): string => number.format(n)

/** `980`, `12k`, `1.2M`. */
export function short(n: number): string {
  if (n < 1000) return String(Math.round(n))
  if (n < 1_000_000) return `${n < 10_000 ? (n / 1000).toFixed(1) : Math.round(n / 1000)}k`
  return `${(n / 1_000_000).toFixed(n < 10_000_000 ? 1 : 0)}M`
}

export const money = (cost: number): string => `$${cost.toFixed(cost > 0 && cost < 0.1 ? 4 : 2)}`

/** The last name of a directory. */
export const folder = (path: string): string => path.split(/[/\\]/).filter(Boolean).at(-1) ?? path

export const titleOf = (session: { readonly title: string | null }): string => session.title?.trim() || '(no title)'
