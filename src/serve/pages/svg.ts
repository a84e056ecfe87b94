import { scaleBand, scaleLinear, scaleQuantize } from 'd3-scale'
import { escapeHTML } from '../../render/pages/html/escape.ts'

/** A value of a day, and how a person reads it. */
export interface Bar {
  readonly name: string
  readonly value: number
  readonly words: string
}

const size = { width: 760, height: 150, left: 46, bottom: 18, top: 8 }

/** Upright bars, one beside the other, with a scale. @param tick how a value of the scale is written */
export function bars(values: readonly Bar[], label: string, tick: (value: number) => string): string {
  const x = scaleBand(
    values.map(({ name }) => name),
    [size.left, size.width],
  ).padding(0.25)
  const y = scaleLinear([0, Math.max(1e-9, ...values.map(({ value }) => value))], [size.height - size.bottom, size.top]).nice(3)
  const lines = y.ticks(3).map((value) => {
    const at = y(value).toFixed(1)
    return `<line x1="${size.left}" x2="${size.width}" y1="${at}" y2="${at}"/><text x="${size.left - 6}" y="${at}" dy="3.5" text-anchor="end">${escapeHTML(tick(value))}</text>`
  })
  const drawn = values.map(({ name, value, words }) => {
    const top = y(value)
    const height = Math.max(value > 0 ? 1 : 0, size.height - size.bottom - top)
    const at = `x="${x(name)!.toFixed(1)}" width="${x.bandwidth().toFixed(1)}" y="${(size.height - size.bottom - height).toFixed(1)}" height="${height.toFixed(1)}"`
    return `<rect ${at} rx="1.5"><title>${escapeHTML(`${name}: ${words}`)}</title></rect>`
  })
  const ends = [values[0], values.at(-1)].map((value, at) => {
    const place = at === 0 ? `x="${size.left}"` : `x="${size.width}" text-anchor="end"`
    return value ? `<text ${place} y="${size.height - 4}">${escapeHTML(value.name)}</text>` : ''
  })
  return `<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHTML(label)}">
${lines.join('')}${drawn.join('')}${ends.join('')}
</svg>
`
}

const cell = 13
const dayMs = 86_400_000

/** A year as a calendar: a column for each week, the darker a day the more there is. @param until `2026-11-28`, the last day */
export function calendar(days: ReadonlyMap<string, Bar>, until: string, label: string): string {
  const end = Date.parse(`${until}T00:00:00Z`)
  const weekday = (new Date(end).getUTCDay() + 6) % 7
  const start = end - (52 * 7 + weekday) * dayMs
  const shade = scaleQuantize([0, Math.max(1e-9, ...Array.from(days.values(), ({ value }) => value))], [1, 2, 3, 4])
  const cells: string[] = []
  let months = ''
  for (let at = start; at <= end; at += dayMs) {
    const number = Math.round((at - start) / dayMs)
    const [column, row] = [Math.floor(number / 7), number % 7]
    const name = new Date(at).toISOString().slice(0, 10)
    const day = days.get(name)
    const level = day && day.value > 0 ? shade(day.value) : 0
    cells.push(
      `<rect class="l${level}" x="${column * cell}" y="${16 + row * cell}" width="10" height="10" rx="2"><title>${escapeHTML(`${name}: ${day?.words ?? 'nothing'}`)}</title></rect>`,
    )
    if (name.endsWith('-01') && column < 51) {
      const month = new Date(at).toLocaleString('en', { month: 'short', timeZone: 'UTC' })
      months += `<text x="${column * cell}" y="10">${month}</text>`
    }
  }
  return `<svg class="chart calendar" viewBox="0 0 ${53 * cell} ${16 + 7 * cell}" role="img" aria-label="${escapeHTML(label)}">
${months}${cells.join('')}
</svg>
`
}
