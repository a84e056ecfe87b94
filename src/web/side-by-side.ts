/** A line of a diff, on both sides; null where a side has none. */
interface Pair {
  readonly before: string | null
  readonly after: string | null
  readonly kind: 'same' | 'changed' | 'head'
}

/** The lines of a unified diff as pairs: what was taken out beside what came in its place. */
function pairsOf(diff: string): Pair[] {
  const pairs: Pair[] = []
  let out: string[] = []
  let come: string[] = []
  const flush = () => {
    for (let at = 0; at < Math.max(out.length, come.length); at++) {
      pairs.push({ before: out[at] ?? null, after: come[at] ?? null, kind: 'changed' })
    }
    out = []
    come = []
  }
  for (const line of diff.split('\n')) {
    if (/^(---|\+\+\+|@@|Index:|diff |={20})/.test(line)) {
      flush()
      pairs.push({ before: line, after: null, kind: 'head' })
    } else if (line.startsWith('-')) out.push(line.slice(1))
    else if (line.startsWith('+')) come.push(line.slice(1))
    else {
      flush()
      const text = line.replace(/^ /, '')
      pairs.push({ before: text, after: text, kind: 'same' })
    }
  }
  flush()
  return pairs
}

/** A unified diff as a table of two columns. */
export function sideBySide(diff: string): HTMLElement {
  const holder = document.createElement('div')
  holder.className = 'sides'
  holder.tabIndex = 0
  const table = holder.appendChild(document.createElement('table'))
  for (const { before, after, kind } of pairsOf(diff)) {
    const row = table.appendChild(document.createElement('tr'))
    row.className = kind
    const cell = (text: string | null, side: string) => {
      const td = row.appendChild(document.createElement('td'))
      td.textContent = text
      if (kind === 'changed' && text !== null) td.className = side
      return td
    }
    const first = cell(before, 'out')
    if (kind === 'head') first.colSpan = 2
    else cell(after, 'in')
  }
  return holder
}
