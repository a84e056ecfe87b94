import type { Hit } from './hit.ts'
import { kindOfName, type Named } from './names.ts'
import { isSecretValue } from './values.ts'

/** Rows below a head that are looked at. */
const mostRows = 200

const rule = /^[\s|+:─━┼├┤╞╪╡-]+$/

/**
 * Secrets in columns: a table's head says what a column holds (Markdown, psql, mysql, CSV, tabs, `vault kv get`), or a list of
 * columns (`INSERT INTO`).
 * @param at where a word of a name stands; its line is the head
 */
export function columnsAt(text: string, at: number): { hits: readonly Hit[]; end: number } {
  const before = text.slice(Math.max(0, at - longestLine), at)
  // A line without end is no head.
  if (before.length === longestLine && !/[\n\0]/.test(before)) return { hits: [], end: at + longestLine }
  const lineFrom = at - before.length + Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\0')) + 1
  const head = lineOf(text, lineFrom)
  const end = lineFrom + head.length
  const divider = dividerOf(head)
  if (divider === undefined) return { hits: [], end }
  const kinds = cellsOf(head, divider).map(({ cell }) => kindOfName(cell.replace(/[*`"']/g, '').trim()))
  if (kinds.every((kind) => kind === null)) return { hits: [], end }
  const rows = [...rowsBelow(text, end + 1, divider, kinds)]
  return { hits: rows.flatMap(({ hits }) => hits), end: rows.at(-1)?.end ?? end }
}

function* rowsBelow(
  text: string,
  first: number,
  divider: string,
  kinds: readonly (Named | null)[],
): Generator<{ hits: readonly Hit[]; end: number }> {
  let from = first
  for (let row = 0; row < mostRows && from < text.length && text[from - 1] === '\n'; row++) {
    const line = lineOf(text, from)
    if (!rule.test(line)) {
      const cells = cellsOf(line, divider)
      if (cells.length !== kinds.length) return
      const hits: Hit[] = []
      for (const [index, { cell, start }] of cells.entries()) {
        const named = kinds[index]
        const lead = /^[\s"'`*]*/.exec(cell)![0].length
        const value = cell.slice(lead).replace(/[\s"'`*]+$/, '')
        if (!named || value === '' || !isSecretValue(value, named.kind, 'line', named.isSure)) continue
        hits.push({ start: from + start + lead, end: from + start + lead + value.length, kind: named.kind, rank: 1 })
      }
      yield { hits, end: from + line.length }
    }
    from += line.length + 1
  }
}

const longestLine = 2000

const lineOf = (text: string, from: number) => /^[^\n\0]*/.exec(text.slice(from, from + longestLine))![0]

function dividerOf(head: string): string | undefined {
  for (const divider of ['|', '│', '\t']) if (head.includes(divider)) return divider
  return /^"?[\w .-]{1,40}"?(?:,"?[\w .-]{1,40}"?){1,30}$/.test(head.trimEnd()) ? ',' : undefined
}

function cellsOf(line: string, divider: string): { cell: string; start: number }[] {
  const cells: { cell: string; start: number }[] = []
  let start = 0
  for (const cell of line.split(divider)) {
    cells.push({ cell, start })
    start += cell.length + divider.length
  }
  return cells
}

/** `INSERT INTO users (email, password) VALUES ('…', '…')`. */
export function* insertedAt(text: string, at: number): Generator<Hit> {
  const match = /^insert\s{1,8}into\s[^()\n\0]{1,80}\((?<names>[^()\0]{1,1000})\)\s*values\s*/i.exec(text.slice(at, at + 1200))
  if (!match) return
  const kinds = match.groups!.names!.split(',').map((name) => kindOfName(name.replace(/[\s`"[\]]/g, '')))
  if (kinds.every((kind) => kind === null)) return
  let from = at + match[0].length
  const row = /\((?<values>(?:'(?:[^'\0]|''){0,2000}'|[^'()\0]){0,4000}?)\)[\s,]{0,20}/y
  for (let count = 0; count < mostRows; count++) {
    row.lastIndex = from
    const values = row.exec(text)
    if (!values) return
    let index = 0
    for (const item of values.groups!.values!.matchAll(/\s*(?<text>'(?:[^']|''){0,2000}'|[^',]{1,400})\s*(?:,|$)/dg)) {
      const named = kinds[index++]
      const [start, end] = item.indices!.groups!.text!
      const value = item.groups!.text!
      if (!named || !value.startsWith("'") || !isSecretValue(value.slice(1, -1), named.kind, 'quoted', named.isSure)) continue
      yield { start: from + 1 + start + 1, end: from + 1 + end - 1, kind: named.kind, rank: 1 }
    }
    from += values[0].length
  }
}

/** The values of a Kubernetes Secret, whatever their names are. */
export function kubernetesSecretAt(text: string, at: number): { hits: readonly Hit[]; end: number } {
  const own = Math.min(at, 4_000)
  const area = text.slice(at - own, at + 20_000)
  const from = Math.max(area.lastIndexOf('\n---', own), area.lastIndexOf('\0', own), 0)
  const next = /\n---|\0/.exec(area.slice(own))
  const document = area.slice(from, next ? own + next.index : area.length)
  const base = at - own + from
  return { hits: [...valuesIn(document, base)], end: base + document.length }
}

function* valuesIn(document: string, base: number): Generator<Hit> {
  for (const block of document.matchAll(
    /\n(?<indent>[ \t]*)(?:stringData|data):[ \t]*\r?\n(?<lines>(?:\k<indent>[ \t]+[^\n]*\n?){1,100})/dg,
  )) {
    const [start] = block.indices!.groups!.lines!
    yield* valuesOf(
      block.groups!.lines!,
      base + start,
      /^[ \t]+[\w.-]{1,100}:[ \t]*(?<quote>["']?)(?<value>[^\s"'|>][^\n"']{2,20000}?)\k<quote>[ \t]*$/gm,
    )
    yield* valuesOf(block.groups!.lines!, base + start, /:[ \t]*[|>]-?[ \t]*\n(?<value>(?:[ \t]{3,}[^\n]*\n?)+)/gm)
  }
  for (const block of document.matchAll(/"(?:data|stringData)"\s*:\s*\{(?<lines>[^{}]{1,20000})\}/dg)) {
    const [start] = block.indices!.groups!.lines!
    yield* valuesOf(block.groups!.lines!, base + start, /:\s*"(?<value>[^"]{3,20000})"/gm)
  }
}

function* valuesOf(lines: string, base: number, pattern: RegExp): Generator<Hit> {
  for (const match of lines.matchAll(new RegExp(pattern.source, `${pattern.flags}d`))) {
    const [start, end] = match.indices!.groups!.value!
    const value = match.groups!.value!.trim()
    const lead = match.groups!.value!.length - match.groups!.value!.trimStart().length
    if (value.length < 3 || /^\[?\*+|^<\*/.test(value)) continue
    yield {
      start: base + start + lead,
      end: base + Math.min(end, start + lead + value.length),
      kind: 'kubernetes-secret',
      rank: 2,
    }
  }
}
